"""Exercise `vicreg`, the lab's longer piece: variance, invariance, covariance."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import losses
from ..compare import close
from ..engine import Exercise, catches


def vicreg_cases() -> dict[str, tuple]:
    def two(n: int, d: int, seed: int, size: float = 1.0, dead: int | None = None) -> tuple[Tensor, Tensor]:
        generator = torch.Generator().manual_seed(seed)
        common, own_a, own_b = torch.randn(3, n, d, generator=generator)
        common = common + 0.7 * common.roll(1, dims=1)  # neighbors vary together
        pair = [size * (common + own / 2) + torch.arange(d) / 3 for own in (own_a, own_b)]
        for z in pair if dead is not None else ():
            z[:, dead] = 0.5
        return pair[0], pair[1]

    return {
        "six images, four components": (*two(6, 4, seed=0, size=0.4), 25.0, 20.0, 1.0),
        "as many images as components": (*two(5, 5, seed=1, size=0.3), 2.0, 3.0, 5.0),
        "components of all sizes": (*[z * torch.tensor([0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 1.6]) for z in two(9, 7, seed=2)],
                                    1.0, 2.0, 0.5),
        "a component that is constant": (*two(8, 3, seed=3, size=0.5, dead=1), 1.0, 4.0, 2.0),
        "no variance term": (*two(7, 4, seed=4), 3.0, 0.0, 1.0),
        "no covariance term": (*two(7, 6, seed=5, size=0.2), 1.0, 5.0, 0.0),
    }


def _with(z_a: Tensor, z_b: Tensor, weights: tuple, *, s=None, hinge=None, c=None, views=(0, 1), correction: int = 1,
          eps: float = 1e-4) -> Tensor:
    """The loss with one of its parts written otherwise: s(z_a, z_b), hinge(variances), c(covariances)."""
    s = s or (lambda a, b: (a - b).square().mean())
    hinge = hinge or (lambda v: (1 - (v + eps).sqrt()).clamp_min(0).mean() / 2)
    c = c or (lambda C: (C.square().sum() - C.diagonal().square().sum()) / len(C))
    tables = [covariances((z_a, z_b)[k], correction) for k in views]
    return (weights[0] * s(z_a, z_b) + weights[1] * sum(hinge(C.diagonal()) for C in tables)
            + weights[2] * sum(c(C) for C in tables))


def covariances(z: Tensor, correction: int = 1) -> Tensor:
    z = z - z.mean(dim=0)
    return z.T @ z / (len(z) - correction)


@catches("The hinge has no floor: where a deviation is above 1 its term is negative, and the network is paid for growing. "
         "Cut it off at 0: `clamp_min(0)`.")
def no_hinge(got, z_a, z_b, *weights):
    return close(got, _with(z_a, z_b, weights, hinge=lambda v: (1 - (v + 1e-4).sqrt()).mean() / 2))


@catches("The hinge looks at the variances. It asks for a standard *deviation* of 1: take the root of the variance plus ε.")
def variance_without_root(got, z_a, z_b, *weights):
    return any(close(got, _with(z_a, z_b, weights, hinge=lambda v, e=e: (1 - v - e).clamp_min(0).mean() / 2))
               for e in (0.0, 1e-4))


@catches("ε is missing below the root. A component that has become constant has the root of 0, whose slope is infinite: just "
         "where the term is needed, it breaks.")
def epsilon_missing(got, z_a, z_b, *weights):
    return close(got, _with(z_a, z_b, weights, eps=0.0))


@catches("Variance and covariance divide by N here. In this formula both divide by N − 1.")
def divided_by_n(got, z_a, z_b, *weights):
    ways = [_with(z_a, z_b, weights, correction=0),
            _with(z_a, z_b, weights, c=lambda C: _off(C * (len(z_a) - 1) / len(z_a))),
            _with(z_a, z_b, weights, hinge=lambda v: _hinge(v * (len(z_a) - 1) / len(z_a)))]
    return any(close(got, way) for way in ways)


@catches("The diagonal is among the squared covariances. There stand the variances, and they would be pulled to 0 while the "
         "other term holds them at 1. Leave them out.")
def diagonal_in_it(got, z_a, z_b, *weights):
    return close(got, _with(z_a, z_b, weights, c=lambda C: C.square().sum() / len(C)))


@catches("The means are still in. A covariance looks at how components vary together: `z - z.mean(dim=0)` first.")
def not_centered(got, z_a, z_b, *weights):
    both = [z.T @ z / (len(z) - 1) for z in (z_a, z_b)]
    right = _with(z_a, z_b, (*weights[:2], 0.0))
    return close(got, right + weights[2] * sum(_off(C) for C in both))


@catches("The squared covariances are added up, or averaged over all pairs. Divide their sum by D, so that it grows with "
         "the components as the other terms do.")
def covariance_scaled(got, z_a, z_b, *weights):
    d = z_a.shape[1]
    return any(close(got, _with(z_a, z_b, weights, c=lambda C, f=f: _off(C) * f)) for f in (d, 1 / d, 1 / (d - 1)))


@catches("The two views' components are compared with each other, as in Barlow Twins. VICReg looks at each view by itself, "
         "and ties them together by their distance alone.")
def across_the_views(got, z_a, z_b, *weights):
    a, b = z_a - z_a.mean(dim=0), z_b - z_b.mean(dim=0)
    C = a.T @ b / (len(a) - 1)
    right = _with(z_a, z_b, (*weights[:2], 0.0))
    return any(close(got, right + weights[2] * times * _off(C)) for times in (1, 2))


@catches("Only one of the two views is asked to spread. Variance and covariance are taken of both, and added.")
def of_one_view(got, z_a, z_b, *weights):
    return any(close(got, _with(z_a, z_b, weights, views=(k,))) for k in (0, 1))


@catches("The variance term is twice as large as here agreed: half of each view's hinge, as in the authors' code.")
def variance_not_halved(got, z_a, z_b, *weights):
    return close(got, _with(z_a, z_b, weights, hinge=lambda v: 2 * _hinge(v)))


@catches("The distance between the views is not averaged over images *and* components. As in the authors' code, it is the "
         "mean over all entries.")
def distance_scaled(got, z_a, z_b, *weights):
    ways = (lambda a, b: (a - b).square().sum(), lambda a, b: (a - b).square().sum(dim=1).mean(),
            lambda a, b: (a - b).square().sum(dim=0).mean())
    return any(close(got, _with(z_a, z_b, weights, s=way)) for way in ways)


@catches("The three weights have gone to the wrong terms: λ belongs to the distance of the views, μ to the variance, ν to "
         "the covariance.")
def weights_misplaced(got, z_a, z_b, *weights):
    orders = [(0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)]
    return any(close(got, _with(z_a, z_b, [weights[k] for k in order])) for order in orders)


def _off(C: Tensor) -> Tensor:
    return (C.square().sum() - C.diagonal().square().sum()) / len(C)


def _hinge(v: Tensor) -> Tensor:
    return (1 - (v + 1e-4).sqrt()).clamp_min(0).mean() / 2


@catches("The covariance term is halved as well. Only the variance is; the covariances of the two views are added up.")
def covariance_halved(got, z_a, z_b, *weights):
    return close(got, _with(z_a, z_b, weights, c=lambda C: _off(C) / 2))


@catches("These are covariances of images with images, (N, N). Wanted are those of components with components, over the "
         "batch, (D, D): `torch.cov` takes the variables as rows, so give it z.T.")
def images_compared(got, z_a, z_b, *weights):
    right = _with(z_a, z_b, (*weights[:2], 0.0))
    tables = [torch.cov(z) for z in (z_a, z_b)]
    return any(close(got, right + weights[2] * sum(_off(C) * len(C) / n for C in tables)) for n in z_a.shape)


EXERCISE = Exercise(
    "vicreg", "12_without_negatives", "A longer piece: variance, invariance, covariance", minutes=20, difficulty=3,
    importance=4, reference=losses.vicreg, returns=("loss",), cases=vicreg_cases, trains_on=("z_a", "z_b"), longer=True,
    used_in="in the trainings of the museum",
    mistakes=(no_hinge, variance_without_root, epsilon_missing, divided_by_n, diagonal_in_it, not_centered,
              covariance_scaled, across_the_views, of_one_view, variance_not_halved, distance_scaled, weights_misplaced,
              covariance_halved, images_compared),
    hints=("Three numbers, one after the other: a distance between the views; and of each view by itself two that its (D, D) "
           "table of covariances holds.",
           "Center a view over the batch, C = zᵀz / (N − 1). Its diagonal holds the variances, for the hinge; all that is "
           "not on the diagonal is squared, added up and divided by D. The hinge is averaged and halved.",
           "For each view: `z = z - z.mean(dim=0)`, `C = z.T @ z / (len(z) - 1)`, `v = (1 - (C.diagonal() + "
           "1e-4).sqrt()).clamp_min(0).mean() / 2`, `c = (C.square().sum() - C.diagonal().square().sum()) / len(C)`."),
)
