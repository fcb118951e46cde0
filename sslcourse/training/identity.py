"""What makes a run this run and no other: its method and its data, told in a few words that a checkpoint can keep."""

from __future__ import annotations

import hashlib
import inspect
import re
from collections.abc import Sequence

import torch
from torch import Tensor, nn

ROWS = 256  # of each column, evenly spaced: enough to tell two data sets apart, and read in a moment


def of_method(method: nn.Module) -> dict[str, str]:
    """The classes of a method and of its parts, what each was built with, and the shape of every weight.

    What a part was built with are those of its attributes that are named like an argument of its constructor: a
    temperature, a width, the views. Counters and other things that change while it is trained are none.

    >>> of_method(nn.Dropout(0.5))
    {'method': 'Dropout', 'method.p': '0.5', 'method.inplace': 'False'}
    """
    found = {}
    for name, part in method.named_modules(prefix="method"):
        found[name] = type(part).__qualname__
        for argument in inspect.signature(type(part).__init__).parameters:
            value = getattr(part, argument, None)
            if argument in vars(part) and not isinstance(value, Tensor | nn.Module):
                found[f"{name}.{argument}"] = re.sub(r" at 0x\w+", "", repr(value))     # a function's place in memory
    return found | {name: str(tuple(value.shape)) for name, value in method.state_dict().items() if isinstance(value, Tensor)}


def of_data(columns: Sequence[Tensor]) -> str:
    """A checksum of columns of one length: types, shapes, and the numbers in `ROWS` evenly spaced rows.

    >>> of_data([torch.zeros(3)]) == of_data([torch.zeros(3)]), of_data([torch.zeros(3)]) == of_data([torch.ones(3)])
    (True, False)
    """
    digest = hashlib.sha256()
    for column in columns:
        rows = column[torch.linspace(0, len(column) - 1, ROWS).long().unique().to(column.device)]
        add(digest, f"{column.dtype} {tuple(column.shape)}", rows)
    return digest.hexdigest()


def add(digest: hashlib._Hash, name: str, value: Tensor) -> None:
    """Put a tensor's name and bytes into a checksum."""
    digest.update(name.encode())
    digest.update(value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy())


