"""Answers beside wanted answers: equal within what the dtype can hold, and put into a few words where they differ."""

from __future__ import annotations

import contextlib
import contextvars
import math
import numbers
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

TOLERANCE = {torch.float64: 1e-6, torch.float32: 1e-4, torch.float16: 1e-2, torch.bfloat16: 5e-2}
FLOOR = 0.1                 # where all wanted entries are smaller than this, the tolerance shrinks no further

_watched: contextvars.ContextVar[Asked | None] = contextvars.ContextVar("watched", default=None)


@dataclass
class Asked:
    """What a mistake's detector has compared an answer with: how often, and how often with something not finite."""

    finite: bool                            # the right answer is finite
    compared: int = 0
    depth: int = 0


@contextlib.contextmanager
def watching(finite: bool) -> Iterator[Asked]:
    """Count the comparisons inside. None with a value that is not finite holds, unless the right answer has such entries."""
    asked = Asked(finite)
    token = _watched.set(asked)
    try:
        yield asked
    finally:
        _watched.reset(token)


def close(got: object, want: object) -> bool:
    """One shape, and the same everywhere to within the precision of `want` times its largest entry; NaN equals NaN.

    Where every entry of `want` is small the tolerance is absolute: the rounding of a sum does not shrink with its result.
    Anything else that `got` may be (another type, another shape, another number of parts) is simply not close.
    """
    asked = _watched.get()
    if asked is None or asked.depth:
        return _close(got, want)
    if asked.finite and not _finite(want):
        return False
    asked.compared += 1
    asked.depth += 1
    try:
        return _close(got, want)
    finally:
        asked.depth -= 1


def _close(got: object, want: object) -> bool:
    if isinstance(want, (tuple, list)):
        return isinstance(got, (tuple, list)) and len(got) == len(want) and all(map(_close, got, want))
    if isinstance(want, numbers.Number):
        want, got = torch.as_tensor(want), torch.as_tensor(got) if isinstance(got, numbers.Number) else got
    if not isinstance(want, Tensor):
        return type(got) is type(want) and bool(got == want)
    if not isinstance(got, Tensor) or got.shape != want.shape:
        return False
    within = TOLERANCE.get(want.dtype, 0.0)
    got, want = plain(got), plain(want)
    if not want.numel():
        return True
    return bool(torch.isclose(got, want, rtol=0.0, atol=within * scale(want), equal_nan=True).all())


def scale(want: Tensor) -> float:
    """What the tolerance is measured by: the largest finite entry, or FLOOR."""
    finite = want[want.isfinite()].abs()
    return max(finite.max().item(), FLOOR) if finite.numel() else FLOOR


def apart(got: Tensor, want: Tensor) -> Tensor:
    """True for each entry that differs, of two tensors of one shape."""
    within = TOLERANCE.get(want.dtype, 0.0)
    got, want = plain(got), plain(want)
    return ~torch.isclose(got, want, rtol=0.0, atol=within * scale(want), equal_nan=True)


def worst(got: Tensor, want: Tensor) -> str:
    """Where two tensors of one shape differ most, and by what: ``entry [1, 3] is 0.25, wanted 0.5``; ``Got 1, wanted 2``."""
    got, want = plain(got), plain(want)
    alike = (got == want) | (got.isnan() & want.isnan())
    gap = torch.where(alike, 0.0, torch.nan_to_num((got - want).abs(), nan=torch.inf))
    at = [int(i) for i in torch.unravel_index(gap.argmax(), gap.shape)]
    one, other = in_digits(got[tuple(at)].item(), want[tuple(at)].item())
    return f"{f'entry {at} is' if at else 'Got'} {one}, wanted {other}"


def in_digits(*values: complex) -> tuple[str, ...]:
    """The numbers with five digits each, or with as many as it takes to tell them apart."""
    for digits in (5, 7, 9, 12, 17):
        words = tuple(f"{value:.{digits}g}" for value in values)
        if len(set(words)) == len(set(values)):
            break
    return words


def unchanged(old: object, new: object) -> bool:
    """`new` still holds what `old`, a copy of it, held: tensors, arrays, modules, and containers of them."""
    if isinstance(old, Tensor):
        alike = old.shape == new.shape and old.dtype == new.dtype
        return alike and bool(((old == new) | ((old != old) & (new != new))).all())         # NaN differs from itself
    if isinstance(old, np.ndarray):
        return np.array_equal(old, new, equal_nan=old.dtype.kind in "fc") and old.dtype == new.dtype
    if isinstance(old, torch.nn.Module):
        return unchanged(dict(old.state_dict()), dict(new.state_dict()))
    if isinstance(old, dict):
        return old.keys() == new.keys() and all(unchanged(old[key], new[key]) for key in old)
    if isinstance(old, (list, tuple)):
        return len(old) == len(new) and all(map(unchanged, old, new))
    return not isinstance(old, (numbers.Number, str)) or old == new


def describe(values: dict[str, object]) -> str:
    """``X (40, 6) float32, k = 3``: arrays by shape and dtype, numbers by value, anything else not at all."""
    words = []
    for name, value in values.items():
        if isinstance(value, Tensor) and value.ndim == 0:
            words.append(f"{name} = {value.item():.5g}, a tensor")
        elif isinstance(value, (Tensor, np.ndarray)):
            words.append(f"{name} {tuple(value.shape)} {str(value.dtype).removeprefix('torch.')}")
        elif isinstance(value, (bool, int, float)):
            words.append(f"{name} = {value!r}")
    return ", ".join(words)


def kind(value: object) -> str:
    """What `value` is, in words a student uses."""
    if isinstance(value, Tensor):
        return f"a tensor of shape {tuple(value.shape)}"
    if isinstance(value, np.ndarray):
        return "a NumPy array"
    if isinstance(value, numbers.Number):
        return f"the plain number {value:.5g}" if isinstance(value, float) else f"the plain number {value}"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    article = "an" if type(value).__name__[:1].lower() in "aeiou" else "a"
    return f"{article} {type(value).__name__}"


def plain(value: Tensor) -> Tensor:
    """`value` on the CPU, without a graph, in double precision."""
    value = value.detach().cpu()
    return value if value.is_complex() else value.double()


def _finite(value: object) -> bool:
    if isinstance(value, (tuple, list)):
        return all(map(_finite, value))
    if isinstance(value, Tensor):
        return bool(value.isfinite().all())
    return not isinstance(value, float) or math.isfinite(value)
