"""Exercise `encode_ab`: a colour as a distribution over its nearest bins."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import methods
from ..compare import close
from ..engine import Exercise, catches


def encode_cases() -> dict[str, tuple]:
    generator = torch.Generator().manual_seed(0)
    bins = methods.ab_bins(20)

    def some(n: int, spread: float, dtype: torch.dtype = torch.float32) -> Tensor:
        return (torch.randn(n, 2, generator=generator, dtype=torch.float64) * spread).to(dtype)

    own = torch.tensor([[0.0, 0.0], [30, 5], [-12, 41], [55, -20], [8, -33], [70, 60]])
    return {
        "a few colours": (some(6, 25), bins, 5, 15.0),
        "another number of bins, another width": (some(9, 30), methods.ab_bins(50), 3, 20.0),
        "few bins of no grid": (some(6, 20), own, 4, 25.0),
        "one bin each": (some(7, 25), bins, 1, 5.0),
        "double precision": (some(5, 20, torch.float64), bins.double(), 5, 18.0),
        "colours far from every bin": (some(4, 5) + torch.tensor([260.0, 10.0]), bins, 5, 5.0),
    }


def _distances_sq(ab: Tensor, bins: Tensor) -> Tensor:
    return (ab[:, None] - bins).square().sum(dim=2)


def _shared(ab: Tensor, bins: Tensor, k: int, logits: Tensor) -> Tensor:
    """The softmax of these logits (N, Q) over the k nearest bins alone."""
    near = _distances_sq(ab, bins).topk(k, dim=1, largest=False).indices
    kept = torch.full_like(logits, -torch.inf).scatter(1, near, logits.gather(1, near))
    return torch.softmax(kept, dim=1)


@catches("Every bin has a share. Only the k *nearest* may have one: find them with `topk(k, largest=False)`, and "
         "leave the others at 0.")
def every_bin(got, ab, bins, k, sigma):
    logits = -_distances_sq(ab, bins) / (2 * sigma**2)
    return close(got, torch.softmax(logits, dim=1)) or close(got, torch.exp(logits))


@catches("These are the k *farthest* bins: `topk` takes the largest unless you tell it `largest=False`.")
def farthest(got, ab, bins, k, sigma):
    D = _distances_sq(ab, bins)
    far = torch.zeros_like(D).scatter(1, D.topk(k, dim=1).indices, 1).bool()
    return k < len(bins) and got.shape == D.shape and bool((got[~far].abs() < 1e-8).all())


@catches("Only one bin has a share. That is hard encoding, right for k = 1; with k = 5 a colour between bins "
         "belongs to all five neighbours.")
def only_the_nearest(got, ab, bins, k, sigma):
    D = _distances_sq(ab, bins)
    return k > 1 and close(got, torch.nn.functional.one_hot(D.argmin(dim=1), len(bins)).to(D))


@catches("The k nearest bins all have the same share. The nearer ones should have more: exp(−d² / 2σ²), then "
         "divided by their sum.")
def equal_shares(got, ab, bins, k, sigma):
    return k > 1 and close(got, _shared(ab, bins, k, torch.zeros(len(ab), len(bins)).to(ab)))


@catches("The shares of a row do not sum to 1 yet. Divide by the sum over the k bins that are kept, not over all of "
         "them.")
def not_normalized(got, ab, bins, k, sigma):
    sums = got.sum(dim=1, keepdim=True)
    return bool(((sums - 1).abs() > 1e-3).any()) and close(got / sums, methods.encode_ab(ab, bins, k, sigma))


@catches("The exponent is not −d² / (2σ²) yet. Is the distance squared, is σ, is there a 2 and a minus sign?")
def exponent(got, ab, bins, k, sigma):
    D = _distances_sq(ab, bins)
    d = D.sqrt()
    wrong = [D / sigma**2, D / sigma, D / (2 * sigma), D, d / sigma, d / (2 * sigma**2), d / (2 * sigma), d,
             D**2 / (2 * sigma**2), D / 2 * sigma**2, -D / (2 * sigma**2), D / 2]
    return k > 1 and any(close(got, _shared(ab, bins, k, -logits)) for logits in wrong)


@catches("The sums run over the wrong axis. A row is a pixel and sums to 1 over its bins: `dim=1`.")
def wrong_axis(got, ab, bins, k, sigma):
    weights = torch.exp(-_distances_sq(ab, bins) / (2 * sigma**2))
    weights = weights * (_shared(ab, bins, k, torch.zeros_like(weights)) > 0)
    down = weights / weights.sum(dim=0, keepdim=True)
    near, index = _distances_sq(ab, bins).topk(k, dim=1, largest=False)
    by_rank = torch.zeros_like(weights).scatter(1, index, torch.softmax(-near / (2 * sigma**2), dim=0))
    return any(close(got.nan_to_num(), w.nan_to_num()) for w in (down, weights / weights.sum(), by_rank))


@catches("These are the shares of the k nearest bins, nearest first, without a word about *which* bins they belong "
         "to. Put each into the column of its bin: `shares.new_zeros(N, Q).scatter(1, index, shares)`.")
def not_scattered(got, ab, bins, k, sigma):
    right = methods.encode_ab(ab, bins, k, sigma).sort(dim=1, descending=True).values[:, :k]
    in_front = got.shape[1] > k and not bool(got[:, k:].any()) and close(got[:, :k], right)
    return in_front or close(got.sort(dim=1, descending=True).values, right)


@catches("For a colour far from every bin each exp(−d²/2σ²) is 0 in floating point, and 0 / 0 is NaN. `softmax` "
         "of the k exponents gives the same shares, and never overflows or vanishes.")
def underflow(got, ab, bins, k, sigma):
    weights = torch.exp(-_distances_sq(ab, bins) / (2 * sigma**2))
    return bool(got.isnan().any()) and bool((weights.sum(dim=1) == 0).any())


@catches("σ = 5 is written into it. The width comes with the call, `sigma`.")
def always_the_default_width(got, ab, bins, k, sigma):
    return sigma != 5 and close(got, methods.encode_ab(ab, bins, k, 5.0))


@catches("Five bins share the colour, whatever was asked for. How many comes with the call, `k`.")
def always_five(got, ab, bins, k, sigma):
    return k != 5 <= len(bins) and close(got, methods.encode_ab(ab, bins, 5, sigma))


@catches("The distance is not Euclidean yet. d² is the sum of two squares, (a − a_q)² + (b − b_q)²: square first, then add "
         "up over the last axis.")
def another_distance(got, ab, bins, k, sigma):
    gap = ab[:, None] - bins
    tables = gap.abs().sum(2), gap.sum(2).square(), gap.abs().sum(2).square(), gap.square().mean(2)
    nearest = [D.topk(k, dim=1, largest=False) for D in tables]
    return any(close(got, torch.zeros_like(got).scatter(1, index, torch.softmax(-near / (2 * sigma**2), dim=1)))
               for near, index in nearest)


@catches("The shares do not fall exponentially. A bin at distance d has exp(−d² / 2σ²), divided by the sum over the k bins: "
         "not 1 / d, and not 1 minus something.")
def not_exponential(got, ab, bins, k, sigma):
    near, index = _distances_sq(ab, bins).topk(k, dim=1, largest=False)
    tried = [1 / (d + eps) for d in (near, near.sqrt()) for eps in (0, 1e-8, 1e-6, 1)]
    tried += [1 - d / d.sum(dim=1, keepdim=True) for d in (near, near.sqrt())]
    return k > 1 and any(close(got, torch.zeros_like(got).scatter(1, index, w / w.sum(dim=1, keepdim=True))) for w in tried)


@catches("The bins that should have nothing have a share too: they went into the softmax with a 0, and exp(0) is 1. Fill "
         "with −∞ before the softmax, or take the softmax of the k exponents and scatter it into zeros.")
def zeros_in_the_softmax(got, ab, bins, k, sigma):
    near, index = _distances_sq(ab, bins).topk(k, dim=1, largest=False)
    filled = torch.zeros_like(got).scatter(1, index, -near / (2 * sigma**2))
    return close(got, torch.softmax(filled, dim=1))


@catches("Right, except for a colour that is far from all bins: there even the nearest exponents lie below the number that "
         "was filled in for the others. Only −∞ lies below every number.")
def filled_with_too_little(got, ab, bins, k, sigma):
    near, index = _distances_sq(ab, bins).topk(k, dim=1, largest=False)
    exponents = -near / (2 * sigma**2)
    return any(bool((exponents < low).any()) and close(got, torch.softmax(
        torch.full_like(got, low).scatter(1, index, exponents), dim=1)) for low in (-10.0, -50.0, -100.0, -1e3, -1e4))


EXERCISE = Exercise(
    "encode_ab", "06_colorization", "A colour as a distribution over bins", minutes=15, difficulty=3, importance=4,
    reference=methods.encode_ab, returns=("distributions",), cases=encode_cases,
    used_in="in the way there and back below",
    mistakes=(underflow, not_scattered, every_bin, farthest, only_the_nearest, equal_shares, wrong_axis, not_normalized,
              exponent, zeros_in_the_softmax, another_distance, not_exponential, always_the_default_width, always_five,
              filled_with_too_little),
    hints=("Each colour has a distance to each bin. Which bins are nearest, and how should they share it?",
           "All squared distances at once have shape (N, Q). `topk` with `largest=False` finds the k smallest of "
           "each row, and where they stand. Shares fall as exp(−d² / 2σ²) and sum to 1; every other bin has 0.",
           "`D = (ab[:, None] - bins).square().sum(2)`, `near, index = D.topk(k, dim=1, largest=False)`, `shares = "
           "torch.softmax(-near / (2 * sigma**2), dim=1)`; then `torch.zeros_like(D).scatter(1, index, shares)`."),
)
