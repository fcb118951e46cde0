"""Exercise `simsiam_loss`: agree with the other view, which stands still. Judged by its value and by its gradient."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from ... import methods
from ..compare import close
from ..engine import Exercise, catches


def simsiam_loss_cases() -> dict[str, tuple]:
    def four(n: int, d: int, seed: int, scale: float = 1.0, dtype: torch.dtype = torch.float32) -> tuple[Tensor, ...]:
        generator = torch.Generator().manual_seed(seed)
        drawn = torch.randn(4, n, d, generator=generator, dtype=torch.float64) * scale + 0.3
        return tuple(part.to(dtype) for part in drawn)

    return {
        "five images": four(5, 8, seed=0),
        "as many images as components": four(4, 4, seed=1),
        "long vectors": four(6, 3, seed=2, scale=10.0),
        "one image": four(1, 7, seed=3),
        "double precision": four(3, 6, seed=4, dtype=torch.float64),
    }


def _cos(p: Tensor, z: Tensor) -> Tensor:
    return F.cosine_similarity(p, z, dim=1)


def _right(p0: Tensor, p1: Tensor, z0: Tensor, z1: Tensor) -> Tensor:
    return -(_cos(p0, z1.detach()).mean() + _cos(p1, z0.detach()).mean()) / 2


@catches("Value and gradient flow through z as well: the two views are pulled towards each other, and nothing keeps "
         "them from meeting in one point for all images. z stands still: `z1.detach()`.", of="gradient")
def nothing_stopped(slopes, p0, p1, z0, z1):
    return all(bool((slopes[name] != 0).any()) for name in ("p0", "p1", "z0", "z1"))


@catches("The gradient is stopped at the wrong end: here p stands still and z moves. The prediction is what should "
         "learn. Detach z, not p.", of="gradient")
def wrong_side_stopped(slopes, p0, p1, z0, z1):
    return not bool(slopes["p0"].any() or slopes["p1"].any()) and bool(slopes["z0"].any() and slopes["z1"].any())


@catches("The value is right, but no gradient is left at all, so nothing could be trained with it. Only z is to be "
         "detached; p and the loss stay in the graph.", of="gradient")
def all_stopped(slopes, p0, p1, z0, z1):
    return not any(bool(slope.any()) for slope in slopes.values())


@catches("The prediction of a view is compared with that same view's own projection. The point is to predict the "
         "*other* view: p0 with z1, p1 with z0.")
def own_view(got, p0, p1, z0, z1):
    return close(got, -(_cos(p0, z0).mean() + _cos(p1, z1).mean()) / 2)


@catches("The sign is turned. Training makes a loss small, and agreement should be rewarded: *minus* the cosine.")
def sign_turned(got, p0, p1, z0, z1):
    return close(got, -_right(p0, p1, z0, z1))


@catches("These are dot products of vectors of any length. Longer vectors would then lower the loss without agreeing "
         "any better. Scale p and z to length 1 first.")
def not_normalised(got, p0, p1, z0, z1):
    dots = (p0 * z1).sum(dim=1).mean() + (p1 * z0).sum(dim=1).mean()
    return any(close(got, -dots * factor) for factor in (0.5, 1.0))


@catches("Only one of the two orders is there. Each view predicts the other one: ½ D(p0, z1) + ½ D(p1, z0).")
def one_order(got, p0, p1, z0, z1):
    halves = (-_cos(p0, z1).mean(), -_cos(p1, z0).mean())
    return any(close(got, half * factor) for half in halves for factor in (0.5, 1.0))


@catches("Both orders are added up, which gives twice the loss. Take half of each, so that perfect agreement is −1.")
def not_halved(got, p0, p1, z0, z1):
    return close(got, 2 * _right(p0, p1, z0, z1))


@catches("Here is one number for each image. A loss is one number: the mean over the batch.")
def per_image(got, p0, p1, z0, z1):
    each = -(_cos(p0, z1) + _cos(p1, z0)) / 2
    return len(p0) > 1 and (close(got, each) or close(got, each.sum()))


EXERCISE = Exercise(
    "simsiam_loss", "12_without_negatives", "Agree with the other view, which stands still", minutes=15, difficulty=2,
    importance=5, reference=methods.simsiam_loss, returns=("loss",), cases=simsiam_loss_cases,
    trains_on=("p0", "p1", "z0", "z1"),
    mistakes=(all_stopped, wrong_side_stopped, nothing_stopped, own_view, sign_turned, per_image, not_normalised, one_order,
              not_halved),
    hints=("Which of the two is to move towards which? The one that stands still should count as a constant.",
           "D(p, z) is minus the cosine of p and z, averaged over the batch. Take half of D(p0, z1) and half of "
           "D(p1, z0), and cut z0 and z1 out of the graph before they go in.",
           "`D = lambda p, z: -F.cosine_similarity(p, z.detach(), dim=1).mean()`, and then "
           "`(D(p0, z1) + D(p1, z0)) / 2`."),
)
