"""Bug hunt in lab 20: BatchNorm's variance over processes in one message, which is gone where the mean is large."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import training
from .. import engine
from ..compare import close
from ..engine import Exercise, catches


def moments_of_shares_cases() -> dict[str, tuple]:
    def some(rows: list[int], columns: int, seed: int, mean: float = 0.0, deviation: float = 1.0,
             dtype: torch.dtype = torch.float32) -> tuple[list[Tensor]]:
        generator = torch.Generator().manual_seed(seed)
        return ([(mean + deviation * torch.randn(n, columns, generator=generator, dtype=torch.float64)).to(dtype)
                 for n in rows],)

    return {
        "two processes, mean 1000, deviation 0.1": some([8, 8], 4, seed=0, mean=1000.0, deviation=0.1),
        "three processes, far below 0": some([5, 5, 5], 3, seed=1, mean=-2000.0, deviation=0.2),
        "shares of different length": some([7, 2], 4, seed=2, mean=3000.0, deviation=0.5),
        "numbers around 0": some([6, 6], 5, seed=3),
        "one process": some([9], 2, seed=4, mean=800.0, deviation=0.1),
        "double precision": some([4, 4, 4, 4], 3, seed=5, mean=50.0, dtype=torch.float64),
    }


def _second(got: object) -> object:
    return got[1] if isinstance(got, (tuple, list)) and len(got) == 2 else None


@catches("The formula is right on paper, and float32 has seven digits: a mean of 1000 makes squares of a million, and a "
         "variance of 0.01 is what is left in the eighth. Send the mean first. Then each process adds up the squares of "
         "its rows *around that mean*, and sends those.")
def mean_of_squares_minus_square(got, shares):
    x = torch.cat(shares)
    squares = sum(share.square().sum(dim=0) for share in shares) / len(x)
    mean = sum(share.sum(dim=0) for share in shares) / len(x)
    gap = squares - mean**2
    return any(close(_second(got), way) for way in (gap, gap.clamp(min=0), gap.abs()))


@catches("Each process takes squares around its *own* mean. Where the means differ the rows are further from the mean of "
         "all: that part of the variance is lost.")
def around_its_own_mean(got, shares):
    x = torch.cat(shares)
    own = sum((share - share.mean(dim=0)).square().sum(dim=0) for share in shares)
    return len(shares) > 1 and close(_second(got), own / len(x))


@catches("This is the mean of the processes' means. Where one holds more rows it has to count for more: add up sums, and "
         "divide by the rows of all.")
def mean_of_means(got, shares):
    mean = torch.stack([share.mean(dim=0) for share in shares]).mean(dim=0)
    around = sum((share - mean).square().sum(dim=0) for share in shares) / sum(map(len, shares))
    return len({len(share) for share in shares}) > 1 and close(_second(got), around)


@catches("This is the unbiased variance, divided by n − 1. BatchNorm normalises by the biased one, divided by n.")
def unbiased(got, shares):
    return close(_second(got), torch.cat(shares).var(dim=0))


@catches("Each process's mean of squares is added up. Add up the sums of squares, and divide by the rows of all.")
def means_added(got, shares):
    mean = torch.cat(shares).mean(dim=0)
    return len(shares) > 1 and close(_second(got), sum((share - mean).square().mean(dim=0) for share in shares))


def merged_as_well(got: object, want: tuple[Tensor, Tensor]) -> object:
    """Moments that are merged share by share (Chan, Golub & LeVeque) are as good: in float32 the fourth digit is theirs."""
    mean, variance = got
    near = variance.dtype == want[1].dtype == torch.float32 and variance.shape == want[1].shape
    return (mean, want[1]) if near and bool(((variance - want[1]).abs() <= 2e-3 * want[1].max()).all()) else got


MOMENTS = Exercise(
    "moments_of_shares", "20_scaling", "Mean and variance over processes", minutes=10, difficulty=3, importance=4,
    reference=training.moments_of_shares, returns=("mean", "variance"), cases=moments_of_shares_cases,
    align=merged_as_well,
    mistakes=(around_its_own_mean, mean_of_means, unbiased, mean_of_squares_minus_square, means_added),
    hints=("", "", ""),
)


def hunt_moments_of_shares(shares):
    rows = sum(len(share) for share in shares)
    mean = sum(share.sum(dim=0) for share in shares) / rows
    squares = sum(share.square().sum(dim=0) for share in shares) / rows
    return mean, squares - mean**2


EXERCISE = engine.hunt(
    MOMENTS, hunt_moments_of_shares, title="Bug hunt: a variance below 0",
    hints=("On numbers around 0 nothing is wrong. Try numbers around 1000 that differ by 0.1: which two large numbers are "
           "subtracted, and how many digits of them are there?",
           "float32 keeps about seven digits. What could each process add up, once it knows the mean of all, that is small "
           "from the start?",
           "`squares = sum((share - mean).square().sum(dim=0) for share in shares)`, and the variance is `squares / rows`: "
           "a second message, after the mean."),
)
