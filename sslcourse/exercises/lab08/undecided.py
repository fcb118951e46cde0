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


@catches("The logits themselves stand where probabilities belong, and a negative number has no logarithm. Softmax "
         "along each "
         "row first.")
def no_softmax(got, logits):
    K = logits.shape[1]
    negative = (logits < 0).any(dim=1).reshape(K, -1).any(dim=0)
    return got.shape == negative.shape and bool(negative.any()) and torch.equal(~got.isfinite(), negative)


@catches("The softmax is taken twice, and so every answer is nearly flat: at most e to 1. Once is enough.")
def softmax_twice(got, logits):
    return any(close(got, methods.undecided(logits.softmax(dim=1)) * unit) for unit in (1, math.log(2)))


@catches("A sigmoid judges every angle by itself, and the four do not add up to 1. One answer of four is a softmax.")
def sigmoids(got, logits):
    K, p = logits.shape[1], logits.sigmoid()
    H = torch.special.entr(p).sum(dim=1).reshape(K, -1).mean(dim=0)
    return close(got, H) or close(got, H / math.log(2))


@catches("This is a share of the largest possible entropy, log₂ K. Asked is the number of bits: don't divide by it.")
def share_of_the_most(got, logits):
    K = logits.shape[1]
    return K != 2 and close(got, methods.undecided(logits) / math.log2(K))


@catches("This looks at one copy of each image only: the upright one, or the least decided. An image's number is "
         "the mean "
         "over all of its K copies.")
def one_copy_only(got, logits):
    K = logits.shape[1]
    each = _entropy(logits).reshape(K, -1)
    return any(close(got, v * unit) for v in (each[0], each[-1], each.max(dim=0).values) for unit in (1, math.log(2)))


@catches("The logits are averaged over the copies first. But the four copies have four different right answers. "
         "First each "
         "copy's softmax and entropy, then the mean.")
def logits_averaged(got, logits):
    K = logits.shape[1]
    H = _entropy(logits.reshape(K, -1, K).mean(dim=0))
    return close(got, H) or close(got, H * math.log(2))


@catches("Each logarithm has to be weighted by its probability: −Σ p log₂ p, not −Σ log₂ p.")
def weight_forgotten(got, logits):
    H = -logits.log_softmax(dim=1).sum(dim=1).reshape(logits.shape[1], -1).mean(dim=0)
    return close(got, H) or close(got, H / math.log(2))


@catches("This is the loss at the right angle. Whether the network is right doesn't matter here, only how its answer is "
         "spread out: the labels play no part.")
def the_loss(got, logits):
    K = logits.shape[1]
    labels = torch.arange(K).repeat_interleave(len(logits) // K)
    loss = torch.nn.functional.cross_entropy(logits, labels, reduction="none").reshape(K, -1).mean(dim=0)
    return close(got, loss) or close(got, loss / math.log(2))


@catches("This is large where the network is *certain*, or is another measure of doubt than the entropy, "
         "H = −Σ p log₂ p.")
def another_measure(got, logits):
    K, p = logits.shape[1], logits.softmax(dim=1)
    largest, squares = (x.reshape(K, -1).mean(dim=0) for x in (p.max(dim=1).values, p.square().sum(dim=1)))
    certainty = math.log2(K) - methods.undecided(logits)
    return any(close(got, v) for v in (largest, 1 - largest, squares, 1 - squares, certainty))


EXERCISE = Exercise(
    "undecided", "08_rotation", "How undecided the network is about an image", minutes=15, difficulty=3, importance=3,
    reference=methods.undecided, returns=("bits",), cases=undecided_cases,
    used_in="on the test images below",
    mistakes=(per_copy, zero_times_log_zero, no_softmax, wrong_reshape, softmax_over_copies, summed, negative, nats,
              entropy_of_the_mean, logits_averaged, softmax_twice, sigmoids, one_copy_only, share_of_the_most,
              weight_forgotten, the_loss, another_measure),
    hints=("Each copy gets an answer, a distribution over the angles. How spread out is it, and how spread out are all "
           "the copies of one image together?",
           "Softmax along each row, then the entropy H = −Σ p log₂ p of each row, with 0 · log 0 = 0. The first N rows "
           "are the N images at the first angle, so shape the entropies (K, N) and average over the K.",
           "`p = logits.softmax(dim=1)`, `H = torch.special.entr(p).sum(dim=1) / math.log(2)`, and then "
           "`H.reshape(logits.shape[1], -1).mean(dim=0)`."),
)
