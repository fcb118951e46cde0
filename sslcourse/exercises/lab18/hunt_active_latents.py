"""Bug hunt in lab 18: a count that is right, and a gradient that is half of it.

The mistake is real: github.com/saprmarks/dictionary_learning, issue 55 (27 November 2025).
"""

from __future__ import annotations

import torch
from torch import Tensor

from ... import methods
from .. import engine
from ..compare import close
from ..engine import Exercise, catches


def active_latents_cases() -> dict[str, tuple]:
    def some(n: int, width: int, bandwidth: float, seed: int, dtype: torch.dtype = torch.float32) -> tuple:
        generator = torch.Generator().manual_seed(seed)
        a = torch.rand(n, width, generator=generator, dtype=torch.float64) * 2 - 0.5
        return a.to(dtype), torch.linspace(0.4, 0.9, width, dtype=dtype), bandwidth

    return {
        "40 rows, 5 latents": some(40, 5, 0.4, seed=0),
        "a narrow window": some(60, 3, 0.2, seed=1),
        "a wide window": some(30, 6, 0.7, seed=2),
        "as many rows as latents": some(8, 8, 0.5, seed=3),
        "double precision": some(50, 4, 0.3, seed=4, dtype=torch.float64),
    }


def _fires(a: Tensor, threshold: Tensor) -> Tensor:
    return (a > threshold).to(a.dtype)


@catches("The number is right, and the thresholds feel only half of what they should: the step is taken of values that have "
         "been through the threshold already. Entries a little *below* it are 0 by then, far from the window, and no longer "
         "say that a lower threshold would let them in. Take the step of `a`.", of="gradient")
def threshold_applied_twice(slopes, a, threshold, bandwidth):
    theta = threshold.detach().requires_grad_()
    count = methods.step(a * _fires(a, theta), theta, bandwidth).sum(dim=1).mean()
    return close(slopes["threshold"], torch.autograd.grad(count, theta)[0])


@catches("All entries of the batch that fire are counted. Wanted is their number per row: the mean over the rows.")
def over_all_rows(got, a, threshold, bandwidth):
    return len(a) > 1 and close(got, _fires(a, threshold).sum())


@catches("This is the share of latents that fire. Wanted is their number: the sum over a row's latents, then the mean.")
def a_share(got, a, threshold, bandwidth):
    return a.shape[1] > 1 and close(got, _fires(a, threshold).mean())


@catches("The values of the latents that fire are added up, which is the L1 penalty. Wanted is how many they are.")
def values_added_up(got, a, threshold, bandwidth):
    return close(got, (a * _fires(a, threshold)).sum(dim=1).mean())


@catches("Every positive entry is counted. A latent fires where it is above its own threshold.")
def all_positive_ones(got, a, threshold, bandwidth):
    return close(got, (a > 0).to(a.dtype).sum(dim=1).mean())


ACTIVE_LATENTS = Exercise(
    "active_latents", "18_sparse_autoencoders", "How many fire", minutes=10, difficulty=3, importance=3,
    reference=methods.active_latents, returns=("count",), cases=active_latents_cases, trains_on=("threshold",),
    mistakes=(threshold_applied_twice, over_all_rows, a_share, values_added_up, all_positive_ones),
    hints=("", "", ""),
)


def hunt_active_latents(a, threshold, bandwidth):
    f = a * methods.step(a, threshold, bandwidth)
    return methods.step(f, threshold, bandwidth).sum(dim=1).mean()


EXERCISE = engine.hunt(
    ACTIVE_LATENTS, hunt_active_latents, title="Thresholds that hardly learn",
    hints=("The number is right. Which entries tell a threshold to move, and which of them are still there when they are "
           "asked?",
           "Take one latent with threshold 0.5, a window of 0.2, and the entries 0.45 and 0.55. Follow each through both "
           "lines. What does the second step see of the first entry?",
           "0.45 has become 0 in `f`, so it is outside of the window. The step belongs to `a` itself: "
           "`methods.step(a, threshold, bandwidth).sum(dim=1).mean()`."),
)
