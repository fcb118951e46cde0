"""Exercise `koleo`: how far is the nearest neighbor? Judged by its value and by its gradient."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from ... import losses
from ..compare import close
from ..engine import Exercise, catches


def koleo_cases() -> dict[str, tuple]:
    def some(n: int, d: int, seed: int, dtype: torch.dtype = torch.float32, scale: float = 2.0, eps: float = 1e-6,
             twice: int = 0) -> tuple:
        generator = torch.Generator().manual_seed(seed)
        x = scale * torch.randn(n, d, generator=generator, dtype=torch.float64) + 0.3
        return torch.cat([x, x[:twice]]).to(dtype), eps

    return {
        "six images, four numbers each": some(6, 4, seed=0),
        "long rows": some(9, 5, seed=1, scale=40.0),
        "as many images as numbers": some(7, 7, seed=2),
        "two images": some(2, 6, seed=3),
        "a large ε": some(5, 3, seed=4, eps=0.1),
        "double precision": some(8, 3, seed=5, dtype=torch.float64),
        "images that are there twice, a very large ε": some(5, 6, seed=6, eps=10.0, twice=5),   # so that cosines may be used
    }


def _distances(x: Tensor, normalize: bool = True) -> Tensor:
    """(N, N); each row's distance to itself is infinite."""
    x = F.normalize(x, dim=1) if normalize else x
    far = torch.cdist(x, x, compute_mode="donot_use_mm_for_euclid_dist")
    return far.masked_fill(torch.eye(len(x), dtype=torch.bool), torch.inf)


def _nearest(x: Tensor, normalize: bool = True) -> Tensor:
    return _distances(x, normalize).min(dim=1).values


@catches("Every row has found itself, at distance 0: the loss is then −log ε, whatever the features are. The diagonal has to "
         "be taken out before the nearest is looked for.")
def itself(got, x, eps):
    return close(got, -torch.tensor(eps, dtype=x.dtype).log()) or bool(torch.as_tensor(got).isinf())


@catches("Not a number: where two rows coincide, 2 − 2 cos comes out a little below 0, and has no root. `torch.cdist` takes "
         "the differences themselves; by cosines, `.clamp(min=1e-12)` under the root.")
def root_of_a_negative(got, x, eps):
    return bool(torch.as_tensor(got).isnan())


@catches("The value is right, and its gradient is not a number: where a distance is 0, so is what stands under the root, and "
         "there its slope is infinite. `torch.cdist` and `.norm(dim=…)` know that; by hand, `.clamp(min=1e-12)` before it.",
         of="gradient")
def root_of_zero(slopes, x, eps):
    return not bool(slopes["x"].isfinite().all())


@catches("ε is missing. Two images that coincide would cost infinitely much: add it to each distance before the logarithm.")
def no_epsilon(got, x, eps):
    return close(got, -_nearest(x).log().mean())


@catches("The rows have not been scaled to length 1. Distances could then be made large by long vectors alone, and "
         "directions would not have to spread.")
def not_normalized(got, x, eps):
    return close(got, -(_nearest(x, normalize=False) + eps).log().mean())


@catches("Not rows but columns have been scaled to length 1: `F.normalize(x, dim=1)`.")
def columns_normalized(got, x, eps):
    return close(got, -(_nearest(F.normalize(x, dim=0), normalize=False) + eps).log().mean())


@catches("The sign is the other way round: it is *minus* the mean logarithm, so that a small loss means far neighbors.")
def sign_turned(got, x, eps):
    return close(got, (_nearest(x) + eps).log().mean())


@catches("The distances are added up over the images. Wanted is their mean: the loss should not depend on how many "
         "there are.")
def summed(got, x, eps):
    return close(got, -(_nearest(x) + eps).log().sum())


@catches("One number for each image has come back. Wanted is the mean over the images, a scalar.")
def not_averaged(got, x, eps):
    return close(got, -(_nearest(x) + eps).log())


@catches("The mean is taken before the logarithm. It is the logarithm that makes two images which nearly meet count so much: "
         "first the logarithm, then the mean.")
def logarithm_of_the_mean(got, x, eps):
    return len(x) > 2 and close(got, -(_nearest(x).mean() + eps).log())


@catches("The logarithm is missing. With it, the nearer two images are, the harder they are pushed apart.")
def no_logarithm(got, x, eps):
    return close(got, -_nearest(x).mean()) or close(got, -(_nearest(x) + eps).mean())


@catches("The distance is squared: log d² is 2 log d, so this is twice the loss.")
def squared(got, x, eps):
    near = _nearest(x)
    return any(close(got, -(value + eps).log().mean()) for value in (near.square(), near + near))\
        or close(got, -2 * (near + eps).log().mean())


@catches("The *farthest* image has been taken. The nearest one is to be pushed away: the smallest distance.")
def farthest(got, x, eps):
    far = _distances(x).masked_fill(torch.eye(len(x), dtype=torch.bool), 0.0).max(dim=1).values
    return len(x) > 2 and close(got, -(far + eps).log().mean())


@catches("All pairs count here. KoLeo looks at each image's nearest neighbor alone: `.min(dim=1)`.")
def all_pairs(got, x, eps):
    off = _distances(x)[~torch.eye(len(x), dtype=torch.bool)]
    return len(x) > 2 and close(got, -(off + eps).log().mean())


@catches("The one nearest pair of the batch has been taken. Each image has a nearest neighbor of its own: `.min(dim=1)`.")
def the_nearest_pair(got, x, eps):
    return len(x) > 2 and close(got, -(_nearest(x).min() + eps).log())


@catches("This is a cosine, not a distance. Of two rows of length 1 the distance is √(2 − 2 cos).")
def a_cosine(got, x, eps):
    rows = F.normalize(x, dim=1)
    largest = (rows @ rows.T).masked_fill(torch.eye(len(x), dtype=torch.bool), -torch.inf).max(dim=1).values
    return any(close(got, value) for value in (
        largest.mean(), -(1 - largest + eps).log().mean(), -(largest + eps).log().mean()))


EXERCISE = Exercise(
    "koleo", "16_dinov2", "KoLeo: push the nearest away", minutes=10, difficulty=2, importance=4,
    reference=losses.koleo, returns=("loss",), cases=koleo_cases, trains_on=("x",),
    used_in="in every training below",
    mistakes=(itself, root_of_a_negative, root_of_zero, no_epsilon, not_normalized, columns_normalized, sign_turned,
              summed, not_averaged, logarithm_of_the_mean, no_logarithm, squared, farthest, all_pairs, the_nearest_pair,
              a_cosine),
    hints=("First all distances, then of each row the smallest one that is not its own.",
           "A table of N × N distances between rows of length 1. Write infinity on its diagonal, in a new table "
           "(`masked_fill`); the smallest number of each row is d_i. Add ε, take the logarithm, the mean, and the sign.",
           "`torch.cdist(x, x)` after `x = F.normalize(x, dim=1)`; `.masked_fill(torch.eye(len(x), dtype=torch.bool, "
           "device=x.device), torch.inf).min(dim=1).values`; `-(nearest + eps).log().mean()`."),
)
