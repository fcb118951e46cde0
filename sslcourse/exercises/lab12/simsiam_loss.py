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
    def unit(x: Tensor) -> Tensor:
        return F.normalize(x, dim=1)

    def same(x: Tensor) -> Tensor:
        return x

    dots = [((f(p0) * g(z1)).sum(dim=1) + (f(p1) * g(z0)).sum(dim=1)).mean()
            for f, g in ((same, same), (unit, same), (same, unit))]
    return any(close(got, -dot * factor) for dot in dots for factor in (0.5, 1.0))


@catches("Lengths and cosines are taken down the batch here, component by component. Each image's vector lies along a row: "
         "`dim=1`.")
def down_the_batch(got, p0, p1, z0, z1):
    def columns(p: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
        products = F.normalize(p, dim=0) * F.normalize(z, dim=0)
        return products.sum(dim=0).mean(), products.sum(dim=1).mean()

    ways = [-(a + b) / 2 for a, b in zip(columns(p0, z1), columns(p1, z0))]
    return len(p0) > 1 and any(close(got, way) for way in ways)


@catches("Every image's prediction is compared with every image's projection. Row i belongs to row i alone: multiply entry "
         "by entry and add up along the row.")
def everybody_compared(got, p0, p1, z0, z1):
    def table(p: Tensor, z: Tensor) -> Tensor:
        return (F.normalize(p, dim=1) @ F.normalize(z, dim=1).T).mean()

    return len(p0) > 1 and close(got, -(table(p0, z1) + table(p1, z0)) / 2)


@catches("These are squared distances, as in BYOL: ‖p − z‖² = 2 − 2 cos for vectors of length 1. What is wanted is minus the "
         "cosine itself, which is −1 for perfect agreement.")
def squared_distance(got, p0, p1, z0, z1):
    each, D = 2 + 2 * _right(p0, p1, z0, z1), p0.shape[1]
    ways = (each, 2 * each, each / D, 2 * each / D, 2 * each - 2)
    return any(close(got, way) for way in ways)


@catches("The two predictions, or the two projections, are compared with each other. A prediction is compared with the other "
         "view's projection: p0 with z1, p1 with z0.")
def predictions_compared(got, p0, p1, z0, z1):
    a, b = -_cos(p0, p1).mean(), -_cos(z0, z1).mean()
    return any(close(got, way) for way in (a, b, (a + b) / 2))


@catches("Only one of the two orders is there. Each view predicts the other one: ½ D(p0, z1) + ½ D(p1, z0).")
def one_order(got, p0, p1, z0, z1):
    halves = (-_cos(p0, z1).mean(), -_cos(p1, z0).mean())
    return any(close(got, half * factor) for half in halves for factor in (0.5, 1.0))


@catches("Both orders are added up, which gives twice the loss. Take half of each, so that perfect agreement is −1.")
def not_halved(got, p0, p1, z0, z1):
    return close(got, 2 * _right(p0, p1, z0, z1))


@catches("Here is one number for each image. A loss is one number: the mean over the batch.")
def per_image(got, p0, p1, z0, z1):
    return len(p0) > 1 and close(got, -(_cos(p0, z1) + _cos(p1, z0)) / 2)


@catches("The images' losses are added up. Take their mean, so that the loss does not grow with the batch.")
def summed(got, p0, p1, z0, z1):
    total = _right(p0, p1, z0, z1) * len(p0)
    return len(p0) > 1 and (close(got, total) or close(got, 2 * total))


EXERCISE = Exercise(
    "simsiam_loss", "12_without_negatives", "Agree with the other view, which stands still", minutes=15, difficulty=2,
    importance=5, reference=methods.simsiam_loss, returns=("loss",), cases=simsiam_loss_cases,
    trains_on=("p0", "p1", "z0", "z1"),
    used_in="in the trainings below",
    mistakes=(all_stopped, wrong_side_stopped, nothing_stopped, own_view, sign_turned, per_image, summed, not_normalised,
              one_order, not_halved, down_the_batch, everybody_compared, squared_distance, predictions_compared),
    hints=("Which of the two is to move towards which? The one that stands still should count as a constant.",
           "D(p, z) is minus the cosine of p and z, averaged over the batch. Take half of D(p0, z1) and half of "
           "D(p1, z0), and cut z0 and z1 out of the graph before they go in.",
           "`D = lambda p, z: -F.cosine_similarity(p, z.detach(), dim=1).mean()`, and then "
           "`(D(p0, z1) + D(p1, z0)) / 2`."),
)
