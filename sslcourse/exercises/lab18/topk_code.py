"""Exercise `topk_code`: which entries of a code may stay."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import methods
from ..compare import close
from ..engine import Exercise, catches

TIED = 0.5                  # what the entries of the last input are that are as large as others; no other input has it


def topk_code_cases() -> dict[str, tuple]:
    def some(n: int, width: int, k: int, seed: int, shift: float = 0.0, dtype: torch.dtype = torch.float32) -> tuple:
        drawn = torch.randn(n, width, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        scale = torch.arange(1, n + 1, dtype=torch.float64)[:, None]            # rows differ in how loud they are
        return (scale * drawn + shift).to(dtype), k

    return {
        "four rows of 9, two stay": some(4, 9, 2, seed=0),
        "one stays": some(3, 6, 1, seed=1),
        "rows with fewer positive entries than k": some(5, 8, 4, seed=2, shift=-1.5),
        "as many rows as entries": some(6, 6, 3, seed=3),
        "all may stay": some(3, 5, 5, seed=4),
        "double precision": some(3, 20, 5, seed=5, dtype=torch.float64),
        "entries that are as large as the k-th": (torch.tensor([[2.0, TIED, -1.0, TIED, TIED, 1.0],
                                                                [TIED, TIED, 0.25, TIED, TIED, 0.0],
                                                                [-2.0, 3.0, TIED, 0.25, TIED, 4.0]]), 3),
    }


def align(got: object, want: Tensor) -> object:
    """Which of the tied entries stay is left open, not how many."""
    if not isinstance(got, Tensor) or got.shape != want.shape or not bool((want == TIED).any()):
        return got
    if not torch.equal((got == TIED).sum(dim=1), (want == TIED).sum(dim=1)):
        return got
    return torch.where(want == TIED, want, torch.where(got == TIED, 0.0, got)).to(got.dtype)


def _kept(a: Tensor, k: int, by: Tensor | None = None, dim: int = 1) -> Tensor:
    """`a` where `by` is among the k largest, 0 elsewhere."""
    places = (a if by is None else by).topk(k, dim=dim).indices
    return a * torch.zeros_like(a).scatter(dim, places, 1.0)


@catches("The k values are there, and where they stood is lost. The decoder has to know which atoms they belong to: a row of "
         "the code has K entries, as a row of `a` has, nearly all of them 0.")
def values_alone(got, a, k):
    return k < a.shape[1] and close(got, a.relu().topk(k, dim=1).values) or close(got, a.topk(k, dim=1).values)


@catches("Negative entries stay where a row has fewer than k positive ones. A latent fires or it does not: raise them to 0 "
         "first, `a.relu()`.")
def negative_ones_stay(got, a, k):
    return close(got, _kept(a, k))


@catches("The largest are chosen by their absolute value. A strongly negative entry says that the direction is *not* there: "
         "it does not take part.")
def by_the_absolute_value(got, a, k):
    kept = _kept(a, k, a.abs())
    return k < a.shape[1] and (close(got, kept) or close(got, kept.relu()))


@catches("This keeps the k largest of each *column*, over the batch. Each row is one image's code: `dim=1`.")
def down_the_batch(got, a, k):
    return k <= len(a) and (close(got, _kept(a, k, dim=0).relu()) or close(got, _kept(a, k, dim=0)))


@catches("This keeps the N · k largest of the whole batch. That is BatchTopK, and comes later: here each row has its own k.")
def of_the_whole_batch(got, a, k):
    return close(got, methods.batch_topk_code(a, k))


@catches("Here stand ones and zeros: who fires, not how strongly. The code holds the values themselves.")
def ones_for_values(got, a, k):
    return close(got, (methods.topk_code(a, k) > 0).to(a.dtype)) or close(got, _kept(torch.ones_like(a), k, a))


@catches("Negative entries are gone, and nothing else is: every positive one still fires. Only the k largest of a row stay.")
def all_positive_ones(got, a, k):
    return k < a.shape[1] and close(got, a.relu())


@catches("One too few stays. The k-th largest entry belongs to them: compare with `>=`, not with `>`.")
def one_too_few(got, a, k):
    fewer = methods.topk_code(a, k - 1) if k > 1 else torch.zeros_like(a)
    return k < a.shape[1] and close(got, fewer)


@catches("Where several entries are as large as the k-th, all of them stay here, more than k. The *places* that `topk` "
         "returns are k in any case.")
def all_that_tie(got, a, k):
    return close(got, a.relu() * (a >= a.topk(k, dim=1).values[:, -1:]))


@catches("The k *smallest* stay. `topk` gives the largest, `sort` begins with the smallest.")
def smallest_stay(got, a, k):
    kept = _kept(a, k, -a)
    return k < a.shape[1] and (close(got, kept) or close(got, kept.relu()))


EXERCISE = Exercise(
    "topk_code", "18_sparse_autoencoders", "Only k may fire", minutes=10, difficulty=2, importance=5,
    reference=methods.topk_code, returns=("code",), cases=topk_code_cases, align=align, trains_on=("a",),
    used_in="in every training below",
    mistakes=(values_alone, negative_ones_stay, by_the_absolute_value, of_the_whole_batch, down_the_batch, ones_for_values,
              one_too_few, all_positive_ones, all_that_tie, smallest_stay),
    hints=("A row of the code is as long as a row of the input, and nearly all of it is 0. Find the places first, then write "
           "the values there.",
           "After the ReLU, `topk` along the rows gives k values and their places. A table of zeros takes them: `scatter`.",
           "`values, places = a.relu().topk(k, dim=1)`, then `torch.zeros_like(a).scatter(1, places, values)`."),
)
