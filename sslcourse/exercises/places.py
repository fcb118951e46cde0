"""Where a wrong answer differs from the right one: in how many entries, and whether they lie on a diagonal or in a row."""

from __future__ import annotations

import torch
from torch import Tensor

from .compare import apart, plain


def where(got: Tensor, want: Tensor) -> str:
    """``3 of 12 entries differ, all of them in row 2``; "" for a single number, or where every entry differs."""
    differs = apart(got, want)
    count, total = int(differs.sum()), differs.numel()
    if total < 2 or not count:
        return ""
    if count == total:
        return "Every entry differs"
    place = _place(differs) if count > 1 else ""
    return f"{count} of {total} entries differ{place}{_not_finite(plain(got), differs)}"


def _place(differs: Tensor) -> str:
    """All that differs lies here, and here all differs."""
    if differs.ndim == 1:
        at = differs.nonzero().flatten().tolist()
        return f", at {', '.join(map(str, at))}" if len(at) <= 3 else ""
    if differs.ndim == 2:
        rows, columns = differs.shape
        diagonal = torch.eye(rows, columns, dtype=torch.bool)
        lower = torch.ones_like(diagonal).tril(-1)
        for name, mask in (("on the diagonal", diagonal), ("off the diagonal", ~diagonal), ("below the diagonal", lower),
                           ("above the diagonal", lower.mT if rows == columns else ~diagonal & ~lower)):
            if bool(mask.any()) and torch.equal(differs, mask):
                return f", just those {name}"
        for name, mask in (("on the diagonal", diagonal), ("below the diagonal", lower),
                           ("above the diagonal", ~diagonal & ~lower)):
            if not bool((differs & ~mask).any()):
                return f", all of them {name}"
    for axis in range(differs.ndim):
        others = [d for d in range(differs.ndim) if d != axis]
        at = differs.any(dim=others).nonzero().flatten().tolist() if others else []
        if 0 < len(at) < differs.shape[axis] and len(at) <= 3:
            word = {0: "row", 1: "column"}.get(axis) if differs.ndim == 2 else None
            numbers = ", ".join(map(str, at))
            return f", all of them in {word}{'s' * (len(at) > 1)} {numbers}" if word else (
                f", all of them at {numbers} of axis {axis}")
    return ""


def _not_finite(got: Tensor, differs: Tensor) -> str:
    bad = ~got.isfinite() & differs
    if not bool(bad.any()):
        return ""
    name = "NaN" if bool(got[bad].isnan().all()) else "infinite"
    return f"; {int(bad.sum())} of yours {'is' if int(bad.sum()) == 1 else 'are'} {name}"
