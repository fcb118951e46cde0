"""Exercise `joint_probabilities`, the lab's longer piece: a width for each point, and one table for all pairs."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import methods
from ..compare import close
from ..engine import Exercise, catches


def joint_probabilities_cases() -> dict[str, tuple]:
    def some(n: int, d: int, target: float, seed: int, *, wide: float = 1.0, dtype: torch.dtype = torch.float32) -> tuple:
        X = wide * torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        X[: n // 2] *= 0.3                                              # one half lies denser than the other
        return (X[:, None] - X[None]).square().sum(dim=2).to(dtype), target

    return {
        "ten points that feel three others": some(10, 3, 3.0, seed=0),
        "a wide cloud": some(14, 5, 6.0, seed=1, wide=20.0),
        "nearly everybody": some(8, 2, 6.0, seed=2),
        "double precision": some(12, 4, 2.5, seed=3, dtype=torch.float64),
        "a tiny cloud": some(9, 3, 4.0, seed=4, wide=0.05, dtype=torch.float64),
    }


def others(D: Tensor) -> Tensor:
    """(N, N − 1): the distances of each point to the others."""
    return D[~torch.eye(len(D), dtype=torch.bool)].view(len(D), len(D) - 1)


def search(d: Tensor, target: float, felt=lambda d, sigma: methods.perplexity(d, sigma)[1]) -> Tensor:
    """The widths at which every row of d feels `target`."""
    low, high = torch.zeros_like(d[:, 0]), 10 * d.amax(dim=1).sqrt()
    for _ in range(60):
        sigma = (low + high) / 2
        few = felt(d, sigma) < target
        low, high = torch.where(few, sigma, low), torch.where(few, high, sigma)
    return sigma


def conditional(D: Tensor, sigma: Tensor) -> Tensor:
    """p(j|i) in row i, zeros on the diagonal."""
    P = torch.zeros_like(D)
    P[~torch.eye(len(D), dtype=torch.bool)] = methods.perplexity(others(D), sigma)[0].flatten()
    return P


def _nearly(got: Tensor, wrong: Tensor) -> bool:
    """As `close`, but for what depends on where a search that went astray had its bounds."""
    close(got, wrong)  # it was compared
    return bool((got - wrong).abs().max() < 2e-2 * got.abs().max())


def _right(D: Tensor, target: float) -> Tensor:
    return conditional(D, search(others(D), target))


@catches("These are the p(j|i) themselves: each row sums to 1, and a far point is nearly left out. Average the "
         "two directions.")
def one_direction(got, D, target):
    return any(close(got, way) for P in (_right(D, target),) for way in (P, P / len(D), P.T, P.T / len(D)))


@catches("Both directions are there, and the sum over all pairs is not 1 yet: divide by 2N.")
def another_divisor(got, D, target):
    P = _right(D, target)
    return any(close(got, (P + P.T) / by) for by in (1, 2, len(D), len(D) ** 2, 2 * (len(D) - 1)))


@catches("Each point counts among its own neighbors, at distance 0, so every width came out too small. Leave the "
         "diagonal out before you search.")
def itself_felt(got, D, target):
    sigma = search(D, target)
    whole = methods.perplexity(D, sigma)[0]
    cut = whole.masked_fill(torch.eye(len(D), dtype=torch.bool), 0)
    ways = whole, cut, cut / cut.sum(dim=1, keepdim=True), conditional(D, sigma)
    return any(close(got, (P + P.T) / (2 * len(D))) for P in ways) or close(got, (cut + cut.T) / (2 * cut.sum()))


@catches("All points have the same width. Each has a σ of its own, so that a point in a thin region feels as many others "
         "as one in a dense region.")
def one_width(got, D, target):
    d = others(D)
    sigma = search(d, target)
    low, high = torch.zeros(1, dtype=d.dtype), 10 * d.max().sqrt().view(1)
    for _ in range(60):
        middle = (low + high) / 2
        few = methods.perplexity(d, middle.expand(len(d)))[1].mean() < target
        low, high = torch.where(few, middle, low), torch.where(few, high, middle)
    ways = sigma.mean().expand(len(d)), middle.expand(len(d)), sigma[:1].expand(len(d))
    return any(close(got, (P + P.T) / (2 * len(D))) for P in (conditional(D, way) for way in ways))


@catches("The search went to one end of its interval. Where a point feels too few others its σ has to *grow*: then the "
         "middle is the new lower bound.")
def wrong_half(got, D, target):
    P = methods.perplexity(others(D), torch.full((len(D),), 1e6 * float(D.max().sqrt()), dtype=D.dtype))[0]
    even = torch.zeros_like(D)
    even[~torch.eye(len(D), dtype=torch.bool)] = P.flatten()
    nearest = conditional(D, torch.full((len(D),), 1e-4 * float(others(D).min().sqrt()) + 1e-12, dtype=D.dtype))
    return any(_nearly(got, (Q + Q.T) / (2 * len(D))) for Q in (even, nearest))


@catches("It is not the perplexity that was brought to the target, but the entropy, in bits or in nats. The perplexity "
         "is 2 to the power of the bits.")
def entropy_for_perplexity(got, D, target):
    d = others(D)
    ways = (lambda d, s: methods.perplexity(d, s)[1].log2(), lambda d, s: methods.perplexity(d, s)[1].log())
    found = [conditional(D, search(d, target, felt)) for felt in ways]
    return any(_nearly(got, (P + P.T) / (2 * len(D))) for P in found)


@catches("The distances were squared once more, or their root was taken. They come in squared, as `perplexity` wants them.")
def squared_again(got, D, target):
    found = [_right(way, target) for way in (D.square(), D.sqrt())]
    return any(close(got, (P + P.T) / (2 * len(D))) for P in found)


@catches("The two directions are multiplied, or the larger of them is taken. They are averaged.")
def not_the_mean(got, D, target):
    P = _right(D, target)
    ways = P * P.T, (P * P.T).sqrt(), torch.maximum(P, P.T), torch.minimum(P, P.T)
    return any(close(got, way / by) for way in ways for by in (way.sum(), len(D), 2 * len(D), 1))


EXERCISE = Exercise(
    "joint_probabilities", "01_pca_tsne_umap", "A longer piece: who are neighbors in the data?", minutes=25, difficulty=4,
    importance=3, reference=methods.joint_probabilities, returns=("P",), cases=joint_probabilities_cases, longer=True,
    used_in="in your own t-SNE below",
    mistakes=(one_direction, another_divisor, itself_felt, one_width, wrong_half, entropy_for_perplexity, squared_again,
              not_the_mean),
    hints=("A wider bell curve feels more neighbors, always. So the width that feels just the right number can be found "
           "as a word in a dictionary: open it in the middle, and go on in the half that it must be in.",
           "Take the diagonal out, (N, N − 1). Keep a lower and an upper bound of σ for each point, (N,); sixty times: "
           "try the middle, and where the perplexity is below the target the middle becomes the lower bound, elsewhere "
           "the upper one. Put p(j|i) back into an (N, N) table, add its transpose, divide by 2N.",
           "`few = perplexity(d, sigma)[1] < target`, then `low = torch.where(few, sigma, low)` and `high = "
           "torch.where(few, high, sigma)`. A table without its diagonal is `D[other].view(N, N - 1)` with `other = "
           "~torch.eye(N, dtype=torch.bool)`, and `P[other] = p.flatten()` is the way back."),
)
