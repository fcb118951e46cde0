"""Exercise `annealed_mean`: from a distribution over bins back to one colour."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import methods
from ..compare import close
from ..engine import Exercise, catches


def annealed_cases() -> dict[str, tuple]:
    generator = torch.Generator().manual_seed(0)

    def some(n: int, q: int, scale: float = 1.5, dtype: torch.dtype = torch.float32) -> Tensor:
        return (torch.randn(n, q, generator=generator, dtype=torch.float64) * scale).to(dtype)

    def bins(q: int, dtype: torch.dtype = torch.float32) -> Tensor:
        return (torch.randn(q, 2, generator=generator, dtype=torch.float64) * 40 + 5).to(dtype)

    return {
        "a few pixels": (some(5, 9), bins(9), 0.38),
        "as many pixels as bins": (some(7, 7), bins(7), 0.6),
        "the plain mean": (some(6, 12), bins(12), 1.0),
        "hotter than the network said": (some(4, 8), bins(8), 2.5),
        "double precision": (some(4, 10, dtype=torch.float64), bins(10, torch.float64), 0.5),
        "large logits, low temperature": (some(4, 6, 30) + 100, bins(6), 0.05),
    }


@catches("The temperature multiplies the logits (as an exponent of the probabilities it does the same). It should divide "
         "them: a *low* temperature makes the likely bins likelier.")
def multiplied(got, logits, bins, temperature):
    return close(got, torch.softmax(logits * temperature, dim=1) @ bins)


@catches("The temperature has no effect yet: this is the plain mean, T = 1. Divide the logits by T *before* the "
         "softmax. (Dividing probabilities and normalising again changes nothing.)")
def no_temperature(got, logits, bins, temperature):
    return close(got, torch.softmax(logits, dim=1) @ bins)


@catches("This is the colour of the single most likely bin, whatever T is. The mean uses all bins, the likely ones "
         "most.")
def most_likely(got, logits, bins, temperature):
    return close(got, bins[logits.argmax(dim=1)])


@catches("The weights of the bins do not sum to 1, so that what comes out is no mean of their colours. Divide by their sum "
         "over the bins, or put logits / T through one softmax.")
def not_normalized(got, logits, bins, temperature):
    scaled = logits / temperature
    weights = [torch.softmax(logits, dim=1) ** (1 / temperature), scaled.exp(),
               (scaled - scaled.amax(dim=1, keepdim=True)).exp(),
               (scaled - scaled.amax()).exp(), scaled.sigmoid(), scaled.flatten().softmax(0).reshape(scaled.shape)]
    return any(close(got, w @ bins) for w in weights)


@catches("It is divided by T after the softmax, so that T mixes the colours no differently: it only makes them more vivid, "
         "or paler. T belongs into the softmax, under the logits.")
def mean_divided(got, logits, bins, temperature):
    return temperature != 1 and close(got, torch.softmax(logits, dim=1) @ bins / temperature)


@catches("T = 0.38 is written into it. The temperature comes with the call.")
def always_the_default(got, logits, bins, temperature):
    return temperature != 0.38 and close(got, torch.softmax(logits / 0.38, dim=1) @ bins)


@catches("These are *logarithms* of probabilities, all negative, and no weights yet: `softmax`, not `log_softmax`.")
def logarithms(got, logits, bins, temperature):
    return close(got, torch.log_softmax(logits / temperature, dim=1) @ bins)


@catches("The weights are taken of the logits themselves. Logits may be negative and sum to nothing in particular: "
         "make probabilities of them first, with a softmax.")
def no_softmax(got, logits, bins, temperature):
    scaled = logits / temperature
    return any(close(got, w @ bins) for w in (scaled, logits, scaled / scaled.sum(dim=1, keepdim=True)))


@catches("The softmax is taken twice: once of the logits, then of probabilities / T, which are all between 0 and 1 "
         "and so come out nearly alike. One softmax, of logits / T.")
def twice(got, logits, bins, temperature):
    return close(got, torch.softmax(torch.softmax(logits, dim=1) / temperature, dim=1) @ bins)


@catches("The softmax runs over the wrong axis. A pixel is a row, and its probabilities sum to 1 over the bins: "
         "`dim=1`.")
def wrong_axis(got, logits, bins, temperature):
    scaled = logits / temperature
    return any(close(got, torch.softmax(s, dim=0) @ bins) for s in (scaled, logits))


@catches("NaN where a logit is negative: it has no logarithm. The paper's formula takes log p, of *probabilities*. Logits "
         "are such logarithms already, up to a constant in each row: divide them by T, then the softmax.")
def logarithm_of_the_logits(got, logits, bins, temperature):
    negative = (logits < 0).any(dim=1, keepdim=True).expand(-1, 2)
    return bool(negative.any()) and close(got.isnan().float(), negative.float())


@catches("`exp` of a large logit is infinite in floating point, and ∞ / ∞ is NaN. `torch.softmax` subtracts each "
         "row's largest first, which leaves the probabilities as they are.")
def overflow(got, logits, bins, temperature):
    return bool(got.isnan().any()) and bool(torch.exp(logits / temperature).isinf().any())


EXERCISE = Exercise(
    "annealed_mean", "06_colorization", "One colour from a distribution", minutes=10, difficulty=2, importance=5,
    reference=methods.annealed_mean, returns=("ab",), cases=annealed_cases,
    used_in="for the colours of the pictures below",
    mistakes=(multiplied, no_temperature, most_likely, not_normalized, no_softmax, twice, wrong_axis, logarithm_of_the_logits,
              overflow,
              mean_divided, always_the_default, logarithms),
    hints=("Between the mean of all colours and the likeliest one lies a family of means. What would make the "
           "likely colours count for more?",
           "Sharpen the distribution first, then take its mean. Sharpening is a softmax of the logits divided by T; "
           "the mean is a matrix product, (N, Q) with (Q, 2).",
           "`p = torch.softmax(logits / temperature, dim=1)`, and the colours are `p @ bins`."),
)
