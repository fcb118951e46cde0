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
from collections.abc import Iterator

import torch

aten = torch.ops.aten
READS = {                           # operations whose result's shape, or the result itself, has to come back to Python
    aten._local_scalar_dense.default: "item()", aten.is_nonzero.default: "bool()", aten.nonzero.default: "nonzero()",
    aten.equal.default: "equal()", aten.masked_select.default: "masked_select()", aten.unique_dim.default: "unique()",
    aten._unique2.default: "unique()", aten.unique_consecutive.default: "unique_consecutive()",
    aten.bincount.default: "bincount()",
}
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
