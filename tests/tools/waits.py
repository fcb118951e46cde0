"""Where a program waits for the pretended GPU: each time a number is read from it, and each copy to it that blocks.

    with counted() as waits:
        method.loss(batch)
    print(waits)                     # a Counter: {"bool(), expect.py:115 for losses/nt_xent.py:24": 2, …}

A GPU works through a queue while Python fills it. Whoever asks for a number waits until the queue is empty, and then the
GPU waits for Python: a step of training should ask seldom.
"""

from __future__ import annotations

import contextlib
import sys
from collections import Counter
from collections.abc import Callable, Iterator

import torch

aten = torch.ops.aten
READS = {                           # operations whose result's shape, or the result itself, has to come back to Python
    aten._local_scalar_dense.default: "item()", aten.is_nonzero.default: "bool()", aten.nonzero.default: "nonzero()",
    aten.equal.default: "equal()", aten.masked_select.default: "masked_select()", aten.unique_dim.default: "unique()",
    aten._unique2.default: "unique()", aten.unique_consecutive.default: "unique_consecutive()",
    aten.bincount.default: "bincount()",
}
INDEXED = (aten.index.Tensor, aten.index_put.default, aten.index_put_.default, aten._index_put_impl_.default)
PLACES = ("expect.py", "losses/inputs.py")      # who checks for others: it is told for whom

_open: list[Counter] = []


@contextlib.contextmanager
def counted() -> Iterator[Counter]:
    """Counts what is noted inside the block, by what it was and the line of the course that asked for it."""
    found: Counter = Counter()
    _open.append(found)
    try:
        yield found
    finally:
        _open.remove(found)


def note(what: str) -> None:
    """Python waits here."""
    if _open:
        _open[-1][f"{what}, {_where()}"] += 1


def of_operation(func, args: tuple, kwargs: dict, on_gpu: Callable[[object], bool], there: bool) -> None:
    """Note a copy between the devices, and an operation whose result Python needs before it can go on.

    `there`: whether its result is on the GPU.
    """
    gpu = any(map(on_gpu, args))
    if func is aten._to_copy.default and there != gpu:
        note("copy to the GPU" if there else "cpu()") if not kwargs.get("non_blocking") else None
    elif func is aten.copy_.default and len(set(map(on_gpu, args[:2]))) == 2:
        note("copy_() between the devices")
    elif func in READS and gpu:
        note(READS[func])
    elif func is aten.repeat_interleave.Tensor and gpu and kwargs.get("output_size") is None:
        note("repeat_interleave() of a length that Python does not know")
    elif func in INDEXED and on_gpu(args[0]):
        indices = [x for x in args[1] if isinstance(x, torch.Tensor)]
        if any(x.dtype in (torch.bool, torch.uint8) for x in indices):
            note("boolean index")
        elif not all(map(on_gpu, indices)):
            note("index from the CPU")


def _where() -> str:
    """The innermost line of the course on the stack, and the one that it works for."""
    found, frame = [], sys._getframe(2)
    while frame is not None:
        path = frame.f_code.co_filename.replace("\\", "/")
        if "/sslcourse/" in path:
            place = path.rsplit("/sslcourse/")[-1]
            found.append(f"{place}:{frame.f_lineno}")
            if place not in PLACES:
                break
        frame = frame.f_back
    return " for ".join([found[0], found[-1]][: len(found)]) if found else "outside of the course"
