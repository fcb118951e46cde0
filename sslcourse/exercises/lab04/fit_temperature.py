"""Exercise `fit_temperature`, the lab's longer piece: the one number that makes a classifier as sure as it is right."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from ... import evaluation
from ..compare import close
from ..engine import Exercise, catches

NEAR = 0.01                                 # a search may stop here: no calibration error feels one per cent of T


def boastful(n: int, classes: int, true: float, seed: int, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
    """Logits (n, classes) of which `true` is about the right temperature, and labels drawn at it."""
    generator = torch.Generator().manual_seed(seed)
    logits = 2 * torch.randn(n, classes, generator=generator, dtype=torch.float64)
    y = torch.softmax(logits / true, dim=1).multinomial(1, generator=generator).flatten()
    return logits.to(dtype), y


def cases() -> dict[str, tuple]:
    logits, y = boastful(400, 5, 2.0, seed=4)
    return {
        "a classifier that is too sure": boastful(500, 6, 3.0, seed=0),
        "one that is too timid": boastful(300, 4, 0.4, seed=1),
        "double precision": boastful(400, 10, 1.7, seed=2, dtype=torch.float64),
        "two classes": boastful(600, 2, 5.0, seed=3),
        "logits that are large": (logits * 10, y),
    }


def _nearly(got: object, value: float) -> bool:
    """The logarithms are compared: a temperature is a factor."""
    got = float(got)
    return got > 0 and value > 0 and math.isfinite(got) and abs(math.log(got / value)) < NEAR


def nearest(got: object, want: float) -> object:
    """The best temperature itself for one that is as good; of a tensor with one number, the number."""
    if isinstance(got, Tensor) and got.numel() == 1 and got.is_floating_point():
        got = got.item()
    return want if isinstance(got, float) and _nearly(got, want) else got


def _lowest(cost: Callable[[Tensor], Tensor], logits: Tensor) -> float:
    """The temperature at which `cost(logits / T)` is lowest."""
    from scipy.optimize import minimize_scalar

    z = logits.double()
    return math.exp(minimize_scalar(lambda u: float(cost(z / math.exp(u))), bounds=(-4.6, 4.6), method="bounded").x)


@catches("This is 1 / T. A temperature divides the logits, so a classifier that is too sure needs one above 1.")
def upside_down(got, logits, y):
    return _nearly(got, 1 / evaluation.fit_temperature(logits, y))


@catches("This is the logarithm of the temperature. Searching over it is a good idea; at the end, take `exp`.")
def logarithm_kept(got, logits, y):
    return close(float(got), math.log(evaluation.fit_temperature(logits, y)))


@catches("The temperature has not moved from 1. Does a gradient, or a comparison, reach it?")
def not_moved(got, logits, y):
    return abs(float(got) - 1) < 1e-4


@catches("The search ended at a border, far away from the minimum. Which way must it go when the loss falls with T? "
         "(The accuracy leads nowhere: it is the same for every T.)")
def ran_to_the_border(got, logits, y):
    ends = (0.0, 0.01, 0.05, 0.1, 10.0, 100.0)
    return any(abs(float(got) - end) <= 0.02 * end for end in ends)


@catches("Softmax is taken twice: `cross_entropy` wants logits, and gets probabilities here.")
def softmax_twice(got, logits, y):
    twice = (_lowest(lambda z: F.cross_entropy(z.softmax(dim=1), y), logits),
             _lowest(lambda p: F.cross_entropy(p, y), logits.softmax(dim=1)))
    return any(abs(math.log(float(got) / T)) < 0.05 for T in twice)


@catches("This temperature makes the squared error of the probabilities lowest. Wanted is the lowest negative "
         "log-likelihood, −log p of the true class.")
def squared_error(got, logits, y):
    one = F.one_hot(y, logits.shape[1])
    return abs(math.log(float(got) / _lowest(lambda z: (z.softmax(dim=1) - one).square().mean(), logits))) < 0.012


@catches("Near, and not at the minimum: the negative log-likelihood can still be lowered. If that is what you minimise, "
         "take more steps or a finer search. (The calibration error, or the gap between mean confidence and accuracy, is "
         "smallest elsewhere.)")
def stopped_early(got, logits, y):
    return float(got) > 0 and NEAR <= abs(math.log(float(got) / evaluation.fit_temperature(logits, y))) < 0.7


@catches("This lies between 1 and the best temperature. The search set out in the right direction and has stopped on the "
         "way, or at the border of too narrow a range: more steps, or all of 0.01 to 100.")
def stopped_on_the_way(got, logits, y):
    low, high = sorted((0.0, math.log(evaluation.fit_temperature(logits, y))))
    return low < math.log(float(got)) < high


EXERCISE = Exercise(
    "fit_temperature", "04_evaluating_representations", "One number that mends it", minutes=25, difficulty=3,
    importance=4, reference=evaluation.fit_temperature, returns=("temperature",), cases=cases, align=nearest, longer=True,
    used_in="in the reliability diagram below",
    mistakes=(upside_down, logarithm_kept, not_moved, ran_to_the_border, softmax_twice, squared_error, stopped_early,
              stopped_on_the_way),
    hints=("One unknown number, and a loss that has a single minimum in 1 / T. How do you find the lowest place of a valley "
           "when you can ask everywhere whether it goes up or down?",
           "With β = 1 / T the slope of the mean loss is the mean of Σ_c p_c z_c − z_y, where p = softmax(β z) and z_y is "
           "the true class's logit. Below the minimum it is negative, above positive: halve an interval of log β again and "
           "again. (Or let `torch.optim.LBFGS` move log T.)",
           "`low, high = log(0.01), log(100)`; in a loop, `middle = (low + high) / 2`, `p = softmax(exp(middle) * z, "
           "dim=1)`, `slope = (p * z).sum(dim=1).mean() - z.gather(1, y[:, None]).mean()`, then `high = middle` if slope > "
           "0, else `low = middle`. Return `exp(-middle)`."),
)
