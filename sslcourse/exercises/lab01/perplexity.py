"""Exercise `perplexity`: how many neighbours a point feels."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ... import methods
from ..compare import close
from ..engine import Exercise, catches


def perplexity_cases() -> dict[str, tuple]:
    generator = torch.Generator().manual_seed(0)

    def some(n: int, m: int, near: float, far: float, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
        distances_sq = torch.rand(n, m, generator=generator, dtype=torch.float64) * (far - near) + near
        return distances_sq.to(dtype), (torch.rand(n, generator=generator, dtype=torch.float64) * 1.5 + 0.6).to(dtype)

    lonely = some(4, 6, 600, 900)[0]
    lonely[:, 2] = 0.5
    return {
        "a few points": some(5, 8, 0.1, 6),
        "more points than neighbours": some(12, 3, 0.1, 4),
        "a square table": some(7, 7, 0.1, 5),
        "double precision": some(4, 10, 0.1, 8, torch.float64),
        "one near neighbour, the others far": (lonely, torch.full((4,), 0.8, dtype=torch.float32)),
        "every neighbour far": (some(3, 5, 1600, 1603)[0], torch.full((3,), 2.0, dtype=torch.float32)),
    }


@catches("The exponent is not −d² / (2σ²) yet. Is σ squared, is there a 2, and does each *row* have its own σ, "
         "`sigma[:, None]`?")
def exponent(got, D, sigma):
    s = sigma[:, None]
    wrong = [D / s**2, D / s, D / (2 * s), D / 2, D, D**2 / (2 * s**2), D.sqrt() / (2 * s**2), D / 2 * s**2, D / (2 * s) ** 2]
    wrong += [D / (2 * sigma**2)] if len(D) == D.shape[1] else []
    return any(close(got[0], torch.softmax(-logits, dim=1)) for logits in wrong)


@catches("Far points come out likelier than near ones. The exponent needs its minus sign.")
def minus_missing(got, D, sigma):
    return close(got[0], torch.softmax(D / (2 * sigma[:, None] ** 2), dim=1))


@catches("P is normalized over the wrong axis. Row i holds how likely point i is to pick each neighbor, so every "
         "*row* sums to 1: `dim=1`.")
def normalized_over_the_wrong_axis(got, D, sigma):
    logits = -D / (2 * sigma[:, None] ** 2)
    over_everything = torch.softmax(logits.flatten(), dim=0).view_as(D)
    return close(got[0], torch.softmax(logits, dim=0)) or close(got[0], over_everything)


@catches("The weights are not normalized yet. Divide each row by its sum.")
def not_normalized(got, D, sigma):
    weights, s = torch.exp(-D / (2 * sigma[:, None] ** 2)), sigma[:, None]
    return close(got[0], weights) or close(got[0], weights / (s * math.sqrt(2 * math.pi)))


@catches("With every neighbor far away, each exp(−d²/2σ²) is 0 in floating point, and 0 / 0 is NaN. Subtract each "
         "row's smallest d² before `exp`, which leaves the ratios as they are, or use `softmax`, which does the "
         "same.")
def underflow(got, D, sigma):
    return bool(got[0].isnan().any()) and bool((torch.exp(-D / (2 * sigma[:, None] ** 2)).sum(dim=1) == 0).any())


@catches("A p of 0 has arrived: 0 · log 0 is NaN in floating point, yet counts as 0 in an entropy. "
         "`torch.special.entr` and `torch.xlogy` know that.")
def zero_times_log_zero(got, D, sigma):
    return bool((got[0] == 0).any()) and bool(got[1].isnan().any())


@catches("Logarithm and power have different bases. Bits and a power of 2 (`log2`, `2 ** H`), or nats and e (`log`, "
         "`exp(H)`).")
def mixed_bases(got, D, sigma):
    perplexity = methods.perplexity(D, sigma)[1]
    powers = (math.log(2), 1 / math.log(2), math.log10(2), math.log10(math.e))
    return any(close(got[1], perplexity**power) for power in powers)


@catches("The sign of the entropy is turned. H = −Σ p log₂ p is never negative, and a perplexity never below 1.")
def sign_of_the_entropy(got, D, sigma):
    return close(got[1], 1 / methods.perplexity(D, sigma)[1])


@catches("This is the entropy itself. The perplexity is 2 to that power, so that it reads as a number of neighbors.")
def entropy_only(got, D, sigma):
    perplexity = methods.perplexity(D, sigma)[1]
    return close(got[1], perplexity.log2()) or close(got[1], perplexity.log())


@catches("The entropy is averaged over the neighbors. H is a *sum* over each row, each log p weighted by its own p.")
def averaged_over_neighbours(got, D, sigma):
    return close(got[1], methods.perplexity(D, sigma)[1] ** (1 / D.shape[1]))


@catches("Each logarithm is to be multiplied by its own p before the sum: H = −Σ p log₂ p.")
def p_left_out(got, D, sigma):
    log = methods.perplexity(D, sigma)[0].clamp_min(1e-30).log2()
    return any(close(got[1].log2(), H) for H in (-log.sum(dim=1), -log.mean(dim=1)))


@catches("Base and exponent have changed places: the perplexity is 2 to the power H, not H squared.")
def base_and_exponent_swapped(got, D, sigma):
    H = methods.perplexity(D, sigma)[1].log2()
    return close(got[1], H**2) or close(got[1], (H * math.log(2)) ** 2)


@catches("That counts neighbors too, but by the squares or the largest of P. A perplexity comes from the entropy: 2 to "
         "the power −Σ p log₂ p.")
def another_count(got, D, sigma):
    P = methods.perplexity(D, sigma)[0]
    return close(got[1], 1 / P.square().sum(dim=1)) or close(got[1], 1 / P.amax(dim=1))


EXERCISE = Exercise(
    "perplexity", "01_pca_tsne_umap", "How many neighbors a point feels", minutes=20, difficulty=3, importance=4,
    reference=methods.perplexity, returns=("P", "perplexity"), cases=perplexity_cases,
    used_in="in the figure on σ below",
    mistakes=(exponent, minus_missing, normalized_over_the_wrong_axis, not_normalized, zero_times_log_zero, underflow,
              mixed_bases, sign_of_the_entropy, entropy_only, averaged_over_neighbours, p_left_out,
              base_and_exponent_swapped, another_count),
    hints=("Each row is a distribution over neighbors: near ones likely, far ones not, all of a row summing to 1. "
           "Its perplexity says over how many neighbors it is spread.",
           "The logits are −d² / (2σ²), with a σ of its own for each row (`sigma[:, None]`); a softmax over the row "
           "gives P. Then H = −Σ p log₂ p, with 0 · log 0 = 0, and the perplexity is 2 to the power H.",
           "`P = torch.softmax(-distances_sq / (2 * sigma[:, None] ** 2), dim=1)`. For H in bits: "
           "`torch.special.entr(P)` is −p ln p with the zeros right; sum it over each row and divide by "
           "`math.log(2)`. Return `P, 2 ** H`."),
)
