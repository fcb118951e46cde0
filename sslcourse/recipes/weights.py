"""Weights on disk, in labs/weights: one safetensors file a recipe, in half precision, with its scores in the header."""

from __future__ import annotations

import json
import os
from pathlib import Path

import torch
from torch import nn

from .. import expect, labs

LIMIT = 3_000_000  # bytes: a clone of the course stays small


def path(name: str) -> Path:
    """The file of the recipe called `name`; a FileNotFoundError where the package was installed without the course."""
    return labs.root() / "labs" / "weights" / f"{name}.safetensors"


def write(name: str, method: nn.Module, about: dict[str, object]) -> Path:
    """Keep the method's state_dict, floats rounded to half precision, and `about` as JSON beside it.

    Written beside its place and moved there in one step. Raises ValueError where the file would pass `LIMIT` bytes.
    """
    from safetensors.torch import save

    tensors = {key: value.detach().cpu().contiguous().clone() for key, value in method.state_dict().items()}
    tensors = {key: value.half() if value.is_floating_point() else value for key, value in tensors.items()}
    infinite = [key for key, value in tensors.items() if value.is_floating_point() and not value.isfinite().all()]
    beyond = expect.Words(f"{infinite} beyond half precision")
    expect.that(not infinite, "method", beyond, "weights that half precision holds")
    content = save(tensors, metadata={"sslcourse": json.dumps(about, sort_keys=True)})
    size = expect.Words(f"{len(content):,} bytes")
    expect.that(len(content) <= LIMIT, "method", size, f"at most {LIMIT:,} bytes of weights")

    file = path(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        os.replace(part, file)
    finally:
        part.unlink(missing_ok=True)
    return file


def about(name: str) -> dict:
    """What was written beside the weights: the scores, the seconds that the training took, the versions."""
    from safetensors import safe_open

    with safe_open(_there(name), framework="pt") as file:
        return json.loads((file.metadata() or {}).get("sslcourse", "{}"))


def read(name: str, method: nn.Module) -> None:
    """Put the stored weights into `method`, in its own precision.

    Raises FileNotFoundError, which says how to make them, where there are none; a ValueError where they are of another
    network.
    """
    from safetensors.torch import load_file

    tensors = load_file(_there(name))
    own = method.state_dict()
    other = sorted(own.keys() ^ tensors.keys()) + [
        key for key in own.keys() & tensors.keys() if own[key].shape != tensors[key].shape
    ]
    expect.that(not other, "method", expect.Words(f"a network that differs in {other[:3]}"), f"the one that made {name}")
    with torch.no_grad():
        for key, value in own.items():
            value.copy_(tensors[key])


def _there(name: str) -> Path:
    file = path(name)
    if not file.exists():
        raise FileNotFoundError(f"there are no weights of {name} yet: `python -m sslcourse weights {name}` makes them")
    return file
