"""Exercise `undecided`: how undecided a network is about an image, over its copies."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ... import methods
from ..compare import close
from ..engine import Exercise, catches


def undecided_cases() -> dict[str, tuple]:
    def some(n: int, k: int, seed: int, spread: float, dtype: torch.dtype = torch.float32) -> tuple[Tensor]:
        generator = torch.Generator().manual_seed(seed)
        return ((torch.randn(k * n, k, generator=generator, dtype=torch.float64) * spread).to(dtype),)

    return {
        "five images, four angles": some(5, 4, seed=0, spread=2),
        "three images, two angles": some(3, 2, seed=1, spread=1),
        "as many images as angles": some(4, 4, seed=2, spread=2),
        "double precision, eight angles": some(3, 8, seed=3, spread=2, dtype=torch.float64),
        "hardly decided": some(6, 4, seed=4, spread=0.3),
        "certain beyond doubt": some(6, 4, seed=5, spread=200),
    }


def _entropy(logits: Tensor, dim: int = 1) -> Tensor:
    return torch.special.entr(logits.softmax(dim=dim)).sum(dim=1) / math.log(2)


@catches("That is the entropy of every copy, K numbers an image. An image's own number is the mean over its K copies.")
def per_copy(got, logits):
    return close(got, _entropy(logits)) or close(got, _entropy(logits) * math.log(2))


@catches("The copies of one image are not next to each other: they stand N rows apart. So the reshape is to (K, N), one "
         "row an angle, and the mean runs down the columns.")
def wrong_reshape(got, logits):
    K, H = logits.shape[1], _entropy(logits)
    return close(got, H.reshape(-1, K).mean(dim=1)) or close(got, H.reshape(K, -1).mean(dim=1))


@catches("This is in nats. In bits, with log₂, the scale reads by itself: 2 bits are four equal choices.")
def nats(got, logits):
    return close(got, methods.undecided(logits) * math.log(2))


@catches("The copies' entropies are added up, not averaged: with more angles the number would grow by itself.")
def summed(got, logits):
    return close(got, methods.undecided(logits) * logits.shape[1])


@catches("The sign is turned: H = −Σ p log₂ p is never negative.")
def negative(got, logits):
    return close(got, -methods.undecided(logits)) or close(got, -methods.undecided(logits) * math.log(2))


@catches("The softmax runs over the copies. Every row is one answer of its own, a distribution over the K angles: "
         "`dim=1`.")
def softmax_over_copies(got, logits):
    K, H = logits.shape[1], _entropy(logits, dim=0)
    return any(close(got, H.reshape(K, -1).mean(dim=0) * unit) for unit in (1, math.log(2)))


@catches("This is the entropy of the mean answer. But the four copies have four different right answers, so the mean is "
         "spread out even where each copy is certain. First each copy's entropy, then their mean.")
def entropy_of_the_mean(got, logits):
    K = logits.shape[1]
    mean = logits.softmax(dim=1).reshape(K, -1, K).mean(dim=0)
    H = torch.special.entr(mean).sum(dim=1) / math.log(2)
    return close(got, H) or close(got, H * math.log(2))


@catches("A probability of 0 has arrived: 0 · log 0 is NaN in floating point, yet counts as 0 in an entropy. "
         "`torch.special.entr` knows that.")
def zero_times_log_zero(got, logits):
    return bool((logits.softmax(dim=1) == 0).any()) and bool(got.isnan().any())


EXERCISE = Exercise(
    "undecided", "08_rotation", "How undecided the network is about an image", minutes=15, difficulty=3, importance=3,
    reference=methods.undecided, returns=("bits",), cases=undecided_cases,
    used_in="on the test images below",
    mistakes=(per_copy, zero_times_log_zero, wrong_reshape, softmax_over_copies, summed, negative, nats,
              entropy_of_the_mean),
    hints=("Each copy gets an answer, a distribution over the angles. How spread out is it, and how spread out are all "
           "the copies of one image together?",
           "Softmax along each row, then the entropy H = −Σ p log₂ p of each row, with 0 · log 0 = 0. The first N rows "
           "are the N images at the first angle, so shape the entropies (K, N) and average over the K.",
           "`p = logits.softmax(dim=1)`, `H = torch.special.entr(p).sum(dim=1) / math.log(2)`, and then "
           "`H.reshape(logits.shape[1], -1).mean(dim=0)`."),
)
