"""A run on disk: enough to go on from it bit for bit. safetensors and JSON, never a pickle."""

from __future__ import annotations

import hashlib
import json
import os
import random
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from .. import expect
from ..processes import rank
from . import identity
from .history import History

_FORMAT = "sslcourse training checkpoint 2"


class File:
    """The checkpoint of one run at `path` (None: keep nothing).

    It holds the method's whole state_dict (EMA teachers and buffers included), the optimiser's state, the state of all
    random generators, the history, the run's settings, and a SHA-256 of it all. It is written beside its place and moved
    there in one step, so that a kill at any time leaves the last whole one (and at most one `.part`, which the next run
    writes over). Under torchrun the first process writes it, and all read it.
    """

    def __init__(self, path: str | Path | None, method: nn.Module, optimizer: torch.optim.Optimizer, settings: dict):
        self.path = Path(path).expanduser() if path is not None else None
        self.method, self.optimizer, self.settings = method, optimizer, settings

    def exists(self) -> bool:
        """Whether there is a run to go on from."""
        return self.path is not None and self.path.exists()

    def save(self, history: History, *, finished: bool) -> None:
        """Write everything. Raises OSError if the disk refuses; the last whole checkpoint then stays."""
        if self.path is None or rank() != 0:
            return
        from safetensors.torch import save

        tensors = {f"method.{name}": value for name, value in self.method.state_dict().items()}
        for index, state in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{index}.{name}": torch.as_tensor(v) for name, v in state.items() if v is not None}
        random_tensors, random_numbers = _randomness()
        tensors |= random_tensors
        tensors = {name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}
        about = {
            "format": _FORMAT, "settings": self.settings, "history": history.to_dict(), "finished": finished,
            "random": random_numbers,
        }
        words = json.dumps(about)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_name(f"{self.path.name}.part")
        try:
            part.write_bytes(save(tensors, metadata={"sslcourse": words, "sha256": _checksum(words, tensors)}))
            os.replace(part, self.path)
        finally:
            part.unlink(missing_ok=True)

    def load(self) -> tuple[History, bool]:
        """Put method, optimiser and generators where the run was; its history, and whether it had reached its end.

        Raises ValueError if the file is damaged, no checkpoint of this loop, or one of another run: with another method,
        other data or other settings.
        """
        about, tensors = _read(self.path)
        expect.that(not (other := self._others(about["settings"])), "checkpoint", expect.Words(f"a run with {other}"),
                    f"a run with the method, data and settings of this one, or a path other than {self.path.name}")

        self.method.load_state_dict(_under("method.", tensors))
        state: dict[int, dict[str, Tensor]] = {}
        for name, value in _under("optimizer.", tensors).items():
            index, entry = name.split(".", 1)
            state.setdefault(int(index), {})[entry] = value
        self.optimizer.load_state_dict({"state": state, "param_groups": self.optimizer.state_dict()["param_groups"]})
        _set_randomness(_under("random.", tensors), about["random"])
        return History(**{**about["history"], "interrupted": False}), about["finished"]


    def _others(self, settings: dict) -> dict:
        """Of the settings on file those that are not this run's, three at most: the first ones say enough."""
        names = [name for name in settings | self.settings if settings.get(name) != self.settings.get(name)]
        return {name: "other rows" if name == "data" else settings.get(name) for name in names[:3]}


def _read(path: Path) -> tuple[dict, dict[str, Tensor]]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            metadata = {"sslcourse": "{}", "sha256": ""} | (file.metadata() or {})
            tensors = {name: file.get_tensor(name) for name in file.keys()}
        about = json.loads(metadata["sslcourse"])
    except (SafetensorError, ValueError) as error:
        raise ValueError(f"checkpoint: {path.name} can't be read ({error}); remove it to start anew") from error
    expect.that(about.get("format") == _FORMAT, "checkpoint", path.name, "a checkpoint that this loop has written")
    whole = metadata["sha256"] == _checksum(metadata["sslcourse"], tensors)
    expect.that(whole, "checkpoint", expect.Words(f"{path.name}, damaged"), "what was written; remove it to start anew")
    return about, tensors


def _checksum(words: str, tensors: dict[str, Tensor]) -> str:
    """SHA-256 of all that a checkpoint says: a flipped bit in a weight would be trained on without a word."""
    digest = hashlib.sha256(words.encode())
    for name, value in sorted(tensors.items()):
        identity.add(digest, f"{name} {value.dtype} {tuple(value.shape)}", value)
    return digest.hexdigest()


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def _randomness() -> tuple[dict[str, Tensor], dict]:
    """The state of the generators of torch, NumPy and Python: tensors, and what of it is plain numbers."""
    python, numpy = random.getstate(), np.random.get_state()
    tensors = {"random.torch": torch.get_rng_state(), "random.numpy": torch.from_numpy(numpy[1].astype(np.int64))}
    if torch.cuda.is_available():
        tensors["random.cuda"] = torch.cuda.get_rng_state()
    return tensors, {"python": [python[0], list(python[1]), python[2]], "numpy": [numpy[0], *numpy[2:]]}


def _set_randomness(tensors: dict[str, Tensor], numbers: dict) -> None:
    torch.set_rng_state(tensors["torch"])
    if "cuda" in tensors and torch.cuda.is_available():
        torch.cuda.set_rng_state(tensors["cuda"])
    kind, *rest = numbers["numpy"]
    np.random.set_state((kind, tensors["numpy"].numpy().astype(np.uint32), *rest))
    version, words, gauss = numbers["python"]
    random.setstate((version, tuple(words), gauss))
