"""What a wrong answer has to do with the right one: the same in every case, up to a sign, a factor, a place or an axis.

Told where no mistake of the exercise's own fits. A relation counts only if it holds in all cases, with one rule for its
numbers: "6 here and 4 there" is "the number of rows of `z0`" only if it is that everywhere.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import torch
from torch import Tensor

from .compare import TOLERANCE, close, plain, scale
from .factors import Pair, Told, factor, near, offset

NEARLY = 1e-3               # of the largest wanted entry


def told(cases: list[tuple[Tensor, Tensor, dict[str, object]]]) -> Told | None:
    """The first relation that holds in all cases, at least one of which differs."""
    pairs = [Pair(plain(got), plain(want), args, TOLERANCE.get(want.dtype, 0.0)) for got, want, args in cases]
    if any(pair.got.is_complex() or pair.want.is_complex() for pair in pairs):
        return None
    if all(pair.got.shape == pair.want.shape for pair in pairs):
        truth = all(want.dtype == torch.bool for _, want, _ in cases)
        return _of_truth(pairs) if truth else _nearly(pairs) or _first(ALIKE, pairs) or factor(pairs) or offset(pairs)
    return _first(RESHAPED, pairs) or _along_an_axis(pairs)


def _nearly(pairs: list[Pair]) -> Told | None:
    """It agrees to three digits or more in every case, and in none to all of them."""
    gaps = [(pair.got - pair.want).abs().max().item() / scale(pair.want) if pair.want.numel() else 0.0 for pair in pairs]
    if not all(gap < NEARLY for gap in gaps):               # (a gap that is NaN is not)
        return None
    digits = min(int(-math.log10(max(gap, 1e-12))) for gap in gaps)
    return Told("epsilon", f"It agrees to {digits} digits, and not beyond: an ε inside a logarithm, a root or a division "
                "that is larger than it need be, a constant with few digits, or single precision on the way?")


def _first(table: tuple, pairs: list[Pair]) -> Told | None:
    scalars = any(pair.want.ndim == 0 and pair.got.ndim == 0 for pair in pairs)
    for kind, words, made in table:
        if not (scalars and kind in OF_ROWS) and all(_holds(made, pair) for pair in pairs):
            return Told(kind, words)
    return None


def _holds(made: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]], pair: Pair) -> bool:
    try:
        one, other = made(pair.got, pair.want)
    except (RuntimeError, IndexError, ValueError):          # too few axes for it
        return False
    return near(one, other, pair)


def _several(x: Tensor, dim: int) -> Tensor:
    """`x`, which has more than one entry along `dim`: a single one, divided by itself, is 1 whatever it was."""
    if x.ndim == 0 or x.shape[dim] < 2:
        raise IndexError("one entry alone")
    return x


def _unit(x: Tensor, dim: int) -> Tensor:
    return _several(x, dim) / x.norm(dim=dim, keepdim=True)


def _share(x: Tensor, dim: int) -> Tensor:
    return _several(x, dim) / x.sum(dim=dim, keepdim=True)


def _softmax(x: Tensor) -> Tensor:
    return _several(x, -1).softmax(-1)


def _columns(got: Tensor, want: Tensor) -> tuple[Tensor, Tensor]:
    """Softmaxes along two axes of one table differ, in the logarithm, by a number a row and a number a column."""
    if not close(got.sum(0), torch.ones_like(got.sum(0))):
        return got, want
    gap = got.log() - want.log()
    return gap, gap.mean(0) + gap.mean(1, keepdim=True) - gap.mean()


# What only a row can show: the softmax of a single number is 1, and its mean is the number itself.
OF_ROWS = ("softmax_missing", "softmax_again", "normalized", "not_normalized", "not_shares", "centered", "not_centered")

# kind, the sentence, and the two tensors that agree if it is true
ALIKE = (
    ("negated", "All of it has the wrong sign.", lambda g, w: (g, -w)),
    ("complement", "It is 1 minus what is wanted.", lambda g, w: (g, 1 - w)),
    ("nats", "It is ln 2 times what is wanted: nats where bits are meant, `log` for `log2`, or an ln 2 too many.",
     lambda g, w: (g, w * math.log(2))),
    ("bits", "It is 1 / ln 2 times what is wanted: bits where nats are meant, `log2` for `log`, or divided by ln 2 twice.",
     lambda g, w: (g, w / math.log(2))),
    ("doubled", "It is twice what is wanted.", lambda g, w: (g, 2 * w)),
    ("halved", "It is half of what is wanted.", lambda g, w: (g, w / 2)),
    ("bytes_divided", "It is what is wanted, divided by 255: pixels that should stay as they came.",
     lambda g, w: (g * 255, w)),
    ("bytes_kept", "It is 255 times what is wanted: pixels that should be divided by 255.", lambda g, w: (g, w * 255)),
    ("reciprocal", "It is 1 divided by what is wanted.", lambda g, w: (g, 1 / w)),
    ("root", "It is the square root of what is wanted.", lambda g, w: (g.abs(), w.sqrt())),
    ("square", "It is the square of what is wanted.", lambda g, w: (g, w.square())),
    ("logarithm", "It is the logarithm of what is wanted.", lambda g, w: (g, w.log())),
    ("exponential", "It is `exp` of what is wanted.", lambda g, w: (g, w.exp())),
    ("magnitude", "Its size is right everywhere, and its sign is not.", lambda g, w: (g.abs(), w.abs())),
    ("softmax_missing", "A softmax over each row is missing.", lambda g, w: (_softmax(g), w)),
    ("softmax_of_columns", "The softmax runs along the other axis: here each column adds up to 1, and wanted is each row.",
     _columns),
    ("softmax_again", "There is a softmax too many.", lambda g, w: (g, _softmax(w))),
    ("transposed", "It is transposed: rows and columns have changed places.", lambda g, w: (g, w.transpose(-1, -2))),
    ("normalized", "The rows have been scaled to length 1, which is not asked for.", lambda g, w: (g, _unit(w, -1))),
    ("not_normalized", "The rows are right up to their length: scale each of them to length 1.",
     lambda g, w: (_unit(g, -1), w)),
    ("columns_not_normalized", "The columns are right up to their length.", lambda g, w: (_unit(g, 0), w)),
    ("not_shares", "The rows are right up to a factor: divide each by its sum.", lambda g, w: (_share(g, -1), w)),
    ("centered", "A mean has been taken off each row that should stay.", lambda g, w: (g, w - w.mean(-1, keepdim=True))),
    ("not_centered", "The rows are right up to their mean, which should be taken off.",
     lambda g, w: (g - g.mean(-1, keepdim=True), w)),
    ("reversed", "It is in the reverse order.", lambda g, w: (g.flip(0), w)),
    ("rows_reversed", "Each row is in the reverse order.", lambda g, w: (g.flip(-1), w)),
    ("shifted", "Everything has slipped by one place.", lambda g, w: (g.roll(1, 0), w)),
    ("shifted", "Everything has slipped by one place.", lambda g, w: (g.roll(-1, 0), w)),
    ("shifted_in_rows", "Each row has slipped by one place.", lambda g, w: (g.roll(1, -1), w)),
    ("shifted_in_rows", "Each row has slipped by one place.", lambda g, w: (g.roll(-1, -1), w)),
    ("rows_permuted", "Each row holds the right numbers, in another order.",
     lambda g, w: (g.sort(-1).values, w.sort(-1).values)),
    ("columns_permuted", "The right numbers, but in each column in another order.",
     lambda g, w: (g.sort(0).values, w.sort(0).values)),
    ("permuted", "All the right numbers are there, in other places.",
     lambda g, w: (g.flatten().sort().values, w.flatten().sort().values)),
)
RESHAPED = (
    ("transposed", "The numbers are right, with rows and columns exchanged: transpose it.",
     lambda g, w: (g.transpose(-1, -2), w)),
    ("flattened", "The numbers are right, and only the shape is not.", lambda g, w: (g.flatten(), w.flatten())),
    ("not_averaged", "The mean over all of yours is what is wanted.", lambda g, w: (g.mean(), w.squeeze())),
    ("not_summed", "The sum over all of yours is what is wanted.", lambda g, w: (g.sum(), w.squeeze())),
    ("averaged", "It is the mean over all that is wanted.", lambda g, w: (g.squeeze(), w.mean())),
    ("summed", "It is the sum over all that is wanted.", lambda g, w: (g.squeeze(), w.sum())),
)


def _along_an_axis(pairs: list[Pair]) -> Told | None:
    ranks = {(pair.got.ndim, pair.want.ndim) for pair in pairs}
    if len(ranks) != 1:
        return None
    [(more, less)] = ranks

    def all_hold(made: Callable) -> bool:
        return all(_holds(made, pair) for pair in pairs)

    every = ("mean", torch.Tensor.mean), ("sum", torch.Tensor.sum), ("largest", torch.Tensor.amax)
    for axis, (name, fold) in itertools.product(range(max(more, less)), every):
        if more == less + 1 and all_hold(lambda g, w, fold=fold, axis=axis: (fold(g, dim=axis), w)):
            return Told(f"{name}_to_come", f"The {name} of yours along axis {axis} is what is wanted.")
        if less == more + 1 and all_hold(lambda g, w, fold=fold, axis=axis: (g, fold(w, dim=axis))):
            return Told(f"{name}_too_much", f"It is the {name} of what is wanted, along axis {axis}, which should stay.")
    for order in itertools.permutations(range(more)) if more == less and 2 < more < 5 else ():
        if all_hold(lambda g, w, order=order: (g.permute(order), w)):
            return Told("axes", f"The numbers are right, and the axes stand in another order: `.permute{order}` mends it.")
    for axis in range(more) if more == less else ():
        if all_hold(lambda g, w, axis=axis: (g.narrow(axis, 0, w.shape[axis]), w)):
            return Told("too_many", f"The beginning is right, and there is more than is wanted along axis {axis}.")
        if all_hold(lambda g, w, axis=axis: (g, w.narrow(axis, 0, g.shape[axis]))):
            return Told("too_few", f"What is there is right, and the rest along axis {axis} is missing.")
    return None


def _of_truth(pairs: list[Pair]) -> Told | None:
    table = (("complement", "True and False have changed places.", lambda g, w: (g, 1 - w)), *(
        row for row in ALIKE if row[0] in ("transposed", "reversed", "rows_reversed", "shifted", "shifted_in_rows")))
    said = _first(table, pairs)
    if said is None and all(bool((pair.got >= pair.want).all()) for pair in pairs):
        said = Told("too_many_true", "All that should be True is, and some more is True that should not be.")
    if said is None and all(bool((pair.got <= pair.want).all()) for pair in pairs):
        said = Told("too_few_true", "What is True is rightly so, and some of it is missing.")
    return said
