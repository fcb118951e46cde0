"""Is a wrong answer the right one times a number, or plus a number, and does that number have a name?"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from .compare import FLOOR, scale


class Told(NamedTuple):
    """The relation's name, and the sentence about it."""

    kind: str
    words: str


@dataclass
class Pair:
    """What came and what was wanted of one case, in double precision, and the case's arguments by name."""

    got: Tensor
    want: Tensor
    args: dict[str, object]
    within: float


def near(one: Tensor, other: Tensor, pair: Pair) -> bool:
    """One shape, and the same to within the precision of the case, measured by `other`'s own size."""
    if one.shape != other.shape or not one.numel() or bool(other.isnan().all()):
        return False
    finite = other[other.isfinite()].abs()
    size = max(finite.max().item(), 1e-12) if finite.numel() else 1.0       # its own: chance has many tries here
    within = max(pair.within, 1e-6) * size
    return bool(torch.isclose(one, other, rtol=0.0, atol=within, equal_nan=True).all())


def factor(pairs: list[Pair]) -> Told | None:
    """All of it is too large by one factor, which has a name, or which many entries agree on."""
    factors = []
    for pair in pairs:
        both = pair.got.isfinite() & pair.want.isfinite()
        got, want = pair.got[both], pair.want[both]
        square = (want * want).sum().item()
        times = (got * want).sum().item() / square if square else math.nan
        finite = bool((pair.got.isfinite() == pair.want.isfinite()).all())
        if not finite or not math.isfinite(times) or times == 0 or not near(got, want * times, pair):
            return None
        factors.append(times)
    named = _named(factors, pairs)
    if named:
        return Told("scaled", f"It is what is wanted, times {named}.")
    if any(pair.want.numel() < 3 for pair in pairs) or min(abs(f - 1) for f in factors) < 1e-2:
        return None                                         # any number is some multiple of any other
    one = f"{factors[0]:.4g}" if max(factors) - min(factors) < 1e-3 * abs(factors[0]) else "one factor, another in each case"
    return Told("scaled", f"It is right up to a factor: what is wanted, times {one}.")


def offset(pairs: list[Pair]) -> Told | None:
    """All of it is too large by one number."""
    gaps = []
    for pair in pairs:
        both = pair.got.isfinite() & pair.want.isfinite()
        if not bool(both.any()) or not bool((pair.got.isfinite() == pair.want.isfinite()).all()):
            return None
        gap = (pair.got[both] - pair.want[both]).mean().item()
        if not bool(((pair.got[both] - pair.want[both] - gap).abs() <= max(pair.within, 1e-6) * scale(pair.want)).all()):
            return None
        gaps.append(gap)
    if max(gaps) - min(gaps) <= 1e-3 * abs(gaps[0]) and abs(gaps[0]) > FLOOR * 1e-2 and len(gaps) > 1:
        where = "everywhere" if any(pair.want.numel() > 1 for pair in pairs) else "in every case"
        return Told("offset", f"It is {abs(gaps[0]):.4g} too {'large' if gaps[0] > 0 else 'small'}, {where}.")
    if all(pair.want.numel() > 2 for pair in pairs) and min(map(abs, gaps)) > FLOOR * 1e-2:
        return Told("offset", "In each case all of it is off by one and the same number, another in each case.")
    return None


def _named(factors: list[float], pairs: list[Pair]) -> str | None:
    """What the factors are in every case: a number of rows, an argument, or one of these turned round."""
    if len(pairs) < 2 or len({round(f, 4) for f in factors}) < 2:
        return None                                         # one number for all cases has nothing to do with the input
    for words, values in _quantities(pairs):
        for form, made in (("{}", lambda v: v), ("1 / {}", lambda v: 1 / v), ("the square of {}", lambda v: v * v),
                           ("1 / the square of {}", lambda v: 1 / (v * v)), ("the root of {}", lambda v: v**0.5),
                           ("1 / the root of {}", lambda v: v**-0.5), ("1 − 1 / n, n being {}", lambda v: (v - 1) / v),
                           ("n / (n − 1), n being {}", lambda v: v / (v - 1))):
            try:
                if all(abs(made(value) / f - 1) < max(pair.within, 1e-6) * 10
                       for value, f, pair in zip(values, factors, pairs)):
                    return form.format(words)
            except (ZeroDivisionError, TypeError):
                continue
    return None


def _quantities(pairs: list[Pair]) -> Iterator[tuple[str, list[float]]]:
    for name in pairs[0].args:
        given = [pair.args.get(name) for pair in pairs]         # None where a case does without it
        if all(isinstance(value, Tensor) for value in given):
            places = {0: "the number of rows of", 1: "the number of columns of"} if given[0].ndim <= 2 else {}
            for axis in range(min(value.ndim for value in given)):
                yield (f"{places.get(axis, f'the size of axis {axis} of')} `{name}`",
                       [value.shape[axis] for value in given])
            if all(value.ndim for value in given):
                yield f"the number of entries of `{name}`", [value.numel() for value in given]
        elif all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in given):
            yield f"`{name}`", given
