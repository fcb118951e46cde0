"""Exercise `sinkhorn_knopp`: every image a distribution, every output its share."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import losses
from ..compare import close
from ..engine import Exercise, catches


def sinkhorn_knopp_cases() -> dict[str, tuple]:
    def some(n: int, k: int, epsilon: float, iterations: int, seed: int, dtype: torch.dtype = torch.float32,
             scale: float = 0.3) -> tuple:
        generator = torch.Generator().manual_seed(seed)
        logits = scale * torch.randn(n, k, generator=generator, dtype=torch.float64)
        return (logits + scale * torch.linspace(2, 0, k, dtype=torch.float64)).to(dtype), epsilon, iterations

    return {
        "six images, four outputs": some(6, 4, 0.3, 3, seed=0),
        "more outputs than images": some(3, 7, 0.2, 3, seed=1),
        "as many images as outputs": some(5, 5, 0.5, 2, seed=2),
        "one round": some(6, 3, 0.4, 1, seed=3),
        "logits far from 0": some(5, 4, 0.05, 3, seed=4, scale=12.0),
        "double precision": some(8, 5, 0.25, 4, seed=5, dtype=torch.float64),
    }


def rounds(logits: Tensor, epsilon: float, iterations: int, *, first: int = 0, last: int = 1, mean: bool = False) -> Tensor:
    """Divide by sums (or means) along `first` and then along `last`, so many times; on logarithms, in float64."""
    log_q = logits.double() / epsilon
    for _ in range(iterations):
        for dim in (first, last):
            total = log_q.logsumexp(dim=dim, keepdim=True)
            log_q = log_q - (total - torch.tensor(float(log_q.shape[dim])).log() if mean else total)
    return log_q.exp().to(logits.dtype)


@catches("Infinite, or not a number: exp(logits / ε) has left the range of float32. A large logit makes it infinite; one "
         "far below the largest makes it 0, and a column of zeros is divided by 0. Work on logarithms: dividing by a sum is "
         "subtracting its `logsumexp`.")
def overflow(got, logits, epsilon, iterations):
    return not bool(torch.as_tensor(got).isfinite().all())


@catches("The columns have the last word here, so that the rows are no distributions any more: they have to sum to 1. In "
         "each round the columns come first, then the rows.")
def columns_last(got, logits, epsilon, iterations):
    return close(got, rounds(logits, epsilon, iterations, first=1, last=0))


@catches("The rows do sum to 1 in the end, but each round still begins with them: rows, columns, and after the last round "
         "the rows once more. In each round the columns come first, then the rows.")
def rows_first_and_again(got, logits, epsilon, iterations):
    q = rounds(logits, epsilon, iterations, first=1, last=0)
    return close(got, q / q.sum(dim=1, keepdim=True))


@catches("Here something is *divided* by a `logsumexp`, the logarithm of a sum. Either divide exponentials by their plain "
         "sum, or subtract the `logsumexp` from logarithms.")
def divided_by_a_logarithm(got, logits, epsilon, iterations):
    found = []
    for log_q in (logits.double() / epsilon, (logits.double() / epsilon).exp()):
        for _ in range(iterations):
            for dim in (0, 1):
                log_q = log_q / log_q.logsumexp(dim=dim, keepdim=True)
        found += [log_q, log_q.exp()]
    return any(close(got, each.to(logits.dtype)) for each in found)


@catches("This is a softmax: each row by itself. Nothing makes the outputs share the images so far. Divide the columns by "
         "their sums as well.")
def rows_alone(got, logits, epsilon, iterations):
    return close(got, torch.softmax(logits / epsilon, dim=1))


@catches("Only the columns are divided by their sums. The rows have to sum to 1: they are the targets.")
def columns_alone(got, logits, epsilon, iterations):
    return close(got, torch.softmax(logits / epsilon, dim=0))


@catches("The temperature is missing: the logits are divided by ε before anything else.")
def no_temperature(got, logits, epsilon, iterations):
    return close(got, rounds(logits, 1.0, iterations))


@catches("The logits are multiplied by ε. A small ε makes the targets sharp: divide.")
def multiplied(got, logits, epsilon, iterations):
    return close(got, rounds(logits, 1 / epsilon, iterations))


@catches("This is what one round gives, whatever `iterations` says. Dividing the rows has put the columns out of balance "
         "again, so it takes several.")
def one_round(got, logits, epsilon, iterations):
    return iterations > 1 and close(got, rounds(logits, epsilon, 1))


@catches("A softmax over images and one over outputs in turn, each on the other's *probabilities*: between the two, the "
         "logarithm is missing. Dividing by a sum keeps what is there; a softmax takes exp of it once more.")
def softmax_again(got, logits, epsilon, iterations):
    q = logits.double() / epsilon
    for _ in range(iterations):
        q = torch.softmax(torch.softmax(q, dim=0), dim=1)
    return close(got, q.to(logits.dtype))


@catches("These are the logarithms. Wanted are the probabilities themselves: `exp` at the end.")
def logarithms(got, logits, epsilon, iterations):
    return close(got, rounds(logits, epsilon, iterations).log())


@catches("The whole table is divided by one sum. Each row has to sum to 1, by itself.")
def one_sum(got, logits, epsilon, iterations):
    q = rounds(logits, epsilon, iterations)
    return close(got, q / len(q)) or close(got, torch.softmax((logits / epsilon).flatten(), dim=0).view_as(logits))


@catches("Columns sum to 1 here, as they would with as many outputs as images. Rows are what has to sum to 1.")
def for_columns(got, logits, epsilon, iterations):
    q = rounds(logits, epsilon, iterations)
    return close(got, q / q.sum(dim=0, keepdim=True))


EXERCISE = Exercise(
    "sinkhorn_knopp", "16_dinov2", "Sinkhorn–Knopp: every output its share", minutes=12, difficulty=2, importance=4,
    reference=losses.sinkhorn_knopp, returns=("q",), cases=sinkhorn_knopp_cases,
    used_in="in every training below",
    mistakes=(overflow, columns_last, rows_first_and_again, divided_by_a_logarithm, rows_alone, columns_alone,
              no_temperature, multiplied, one_round, softmax_again, logarithms, one_sum, for_columns),
    hints=("Two divisions in turn, some rounds of them. Which of the two has to be the last?",
           "In a loop: divide each column by its sum, then each row by its sum. On logarithms a division is a "
           "subtraction, and a sum is a `logsumexp`.",
           "Begin with `log_q = logits / epsilon`. Each round: `log_q = log_q - log_q.logsumexp(dim=0, keepdim=True)`, then "
           "the same with `dim=1`. At the end `log_q.exp()`."),
)
