"""Exercise `rebalancing_weights`: how much a pixel of a rare colour should count."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import methods
from ..compare import close
from ..engine import Exercise, catches


def rebalancing_cases() -> dict[str, tuple]:
    generator = torch.Generator().manual_seed(0)

    def shares(q: int, rare: float, dtype: torch.dtype = torch.float32) -> Tensor:
        p = torch.exp(torch.randn(q, generator=generator, dtype=torch.float64) * rare)
        return (p / p.sum()).to(dtype)

    empty = shares(6, 1.0)
    empty[2] = 0
    return {
        "a few colours, some rare": (shares(8, 1.5), 0.5),
        "colours that are never seen": (empty / empty.sum(), 0.3),
        "no mixing": (shares(5, 1.0), 0.0),
        "mostly uniform": (shares(11, 2.0), 0.9),
        "double precision": (shares(7, 1.2, torch.float64), 0.4),
        "very unequal": (shares(30, 3.0), 0.5),
    }


def _mix(p: Tensor, lam: float) -> Tensor:
    return (1 - lam) * p + lam / len(p)


def _on_average_one(w: Tensor, p: Tensor) -> Tensor:
    return w / (p * w).sum()


@catches("Frequent colours count for more here. A weight should be large where the mixed share is *small*: 1 over "
         "it.")
def not_inverted(got, p, lam):
    mixed = _mix(p, lam)
    return any(close(got, w) for w in (mixed, _on_average_one(mixed, p), mixed / mixed.mean()))


@catches("The weights sum to 1, so that with Q bins each pixel counts for about 1 / Q and the loss all but "
         "vanishes. They should be 1 *on average over the pixels*: divide by Σ p w.")
def sum_to_one(got, p, lam):
    w = 1 / _mix(p, lam)
    return close(got, w / w.sum())


@catches("The weights average 1 over the *bins*. Most bins are rare, so most pixels would count for far less than "
         "1. Over the pixels, bin q comes up with probability p: divide by Σ p w.")
def average_over_bins(got, p, lam):
    w = 1 / _mix(p, lam)
    return close(got, w / w.mean())


@catches("The weights are not scaled yet. Divide by Σ p w, their mean over the pixels, so that the loss keeps its "
         "size.")
def not_scaled(got, p, lam):
    return close(got, 1 / _mix(p, lam))


@catches("The scale is the mean over the *mixed* shares. Pixels come up as often as p itself says: Σ p w.")
def scaled_by_the_mixture(got, p, lam):
    w = 1 / _mix(p, lam)
    return 0 < lam and close(got, _on_average_one(w, _mix(p, lam)))


@catches("λ sits at the wrong end. λ = 0 is p alone and λ = 1 is uniform: (1 − λ) p + λ / Q.")
def mixed_the_wrong_way(got, p, lam):
    return lam != 0.5 and close(got, _on_average_one(1 / _mix(p, 1 - lam), p))


@catches("The uniform distribution over Q bins gives each of them 1 / Q. Mixing p with λ itself drowns it: a share "
         "is about 1 / Q, and λ is many times that.")
def uniform_is_not_one(got, p, lam):
    return lam > 0 and close(got, _on_average_one(1 / ((1 - lam) * p + lam), p))


@catches("p is not mixed with the uniform distribution yet. 1 / p alone lets one pixel of a very rare colour "
         "outweigh thousands, and a colour never seen divides by 0.")
def not_mixed(got, p, lam):
    w = 1 / p
    return lam > 0 and (bool((p == 0).any()) and not bool(got.isfinite().all()) or close(got, _on_average_one(w, p)))


@catches("Rare colours count for more, but not as 1 over the mixed share: half the mixed share has to mean twice the "
         "weight.")
def not_one_over(got, p, lam):
    m = _mix(p, lam)
    tried = [-m.log(), 1 - m, m.sqrt().reciprocal(), m.square().reciprocal(), torch.softmax(-p, 0), torch.softmax(-m, 0),
             (-m).exp(), 1 - p]
    return any(close(got, w) or close(got, _on_average_one(w, p)) for w in tried)


@catches("The *weights* are mixed here, 1/p with Q. Mix the shares first and take 1 over the mixture then: 1/p alone is "
         "endless for a colour never seen.")
def weights_mixed(got, p, lam):
    safe = [p, p.clamp(min=1e-12), p + 1e-8]
    tried = [(1 - lam) / s + lam * n for s in safe for n in (len(p), 1, 1 / len(p))]
    return 0 < lam and any(close(got, w) or close(got, _on_average_one(w, p)) for w in tried)


@catches("p stands in the mixture whole, so that the mixture sums to more than 1: (1 − λ) p + λ / Q.")
def factor_of_p_forgotten(got, p, lam):
    w = 1 / (p + lam / len(p))
    return lam > 0 and (close(got, _on_average_one(w, p)) or close(got, w))


@catches("Brackets: `1 / (1 - lam) * p + lam / len(p)` divides by (1 − λ) alone. The whole mixture stands below the line, "
         "`1 / ((1 - lam) * p + lam / len(p))`.")
def brackets(got, p, lam):
    tried = [p / (1 - lam) + lam / len(p), 1 / ((1 - lam) * p) + lam / len(p)]
    return any(close(got, w) or close(got, _on_average_one(w, p)) for w in tried)


@catches("λ = 0.5 is written into it. How much of the uniform distribution is mixed in comes with the call, `lam`.")
def always_the_default(got, p, lam):
    return lam != 0.5 and close(got, _on_average_one(1 / _mix(p, 0.5), p))


EXERCISE = Exercise(
    "rebalancing_weights", "06_colorization", "Weights for rare colours", minutes=10, difficulty=2, importance=3,
    reference=methods.rebalancing_weights, returns=("weights",), cases=rebalancing_cases,
    used_in="in the figure of the weights below",
    mistakes=(not_inverted, sum_to_one, average_over_bins, not_scaled, mixed_the_wrong_way, scaled_by_the_mixture,
              uniform_is_not_one, not_mixed, not_one_over, weights_mixed, factor_of_p_forgotten, brackets,
              always_the_default),
    hints=("If a colour is met half as often, how much should it count each time? And what if it is never met at "
           "all?",
           "Mix the shares with the uniform distribution, (1 − λ) p + λ / Q, so that none is 0; a weight is 1 over "
           "that. Last, scale all of them so that their mean over the pixels, Σ p w, is 1.",
           "`w = 1 / ((1 - lam) * p + lam / len(p))`, then `w / (p * w).sum()`."),
)
