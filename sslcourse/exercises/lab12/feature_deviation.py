"""Exercise `feature_deviation`: how far the directions of features differ."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from ... import evaluation
from ..compare import close
from ..engine import Exercise, catches


def feature_deviation_cases() -> dict[str, tuple]:
    def some(n: int, d: int, seed: int, shift: float = 0.0, dtype: torch.dtype = torch.float32) -> tuple[Tensor]:
        generator = torch.Generator().manual_seed(seed)
        directions = torch.randn(n, d, generator=generator, dtype=torch.float64) + shift
        lengths = 0.5 + 3 * torch.rand(n, 1, generator=generator, dtype=torch.float64)
        return ((directions * lengths).to(dtype),)

    return {
        "spread out, lengths that differ": some(40, 8, seed=0),
        "all leaning one way": some(30, 5, seed=1, shift=1.5),
        "as many rows as components": some(6, 6, seed=2, shift=0.5),
        "nearly collapsed": some(25, 12, seed=3, shift=20.0),
        "double precision, two components": some(9, 2, seed=4, shift=0.3, dtype=torch.float64),
    }


def _unit(z: Tensor) -> Tensor:
    return F.normalize(z.double(), dim=1)


def _is(got: object, wanted: Tensor) -> bool:
    return close(got, float(wanted))


@catches("The rows come in as long as they are. A collapse is about *directions*: scale each row to length 1 first, "
         "`F.normalize(z, dim=1)`.")
def not_normalised(got, z):
    z, root = z.double(), z.shape[1] ** 0.5
    return any(_is(got, z.std(dim=0, correction=c).mean() * factor) for c in (0, 1) for factor in (1, root))


@catches("Here each *component* has been scaled to length 1, over all rows. Scale each row, that is, each image: "
         "`F.normalize(z, dim=1)`.")
def normalised_down_the_columns(got, z):
    z, root = F.normalize(z.double(), dim=0), z.shape[1] ** 0.5
    return any(_is(got, z.std(dim=0, correction=c).mean() * factor) for c in (0, 1) for factor in (1, root))


@catches("This asks how the components of *one* image differ, and averages over the images. A constant vector whose "
         "components differ would look fine. Take the deviation of each component over the images: `dim=0`.")
def along_the_row(got, z):
    u, root = _unit(z), z.shape[1] ** 0.5
    return any(_is(got, u.std(dim=1, correction=c).mean() * factor) for c in (0, 1) for factor in (1, root))


@catches("That is one deviation of all entries together. A collapsed cloud has large entries and small ones too. Each "
         "component gets a deviation of its own, over the images; then comes their mean.")
def of_all_entries(got, z):
    u, root = _unit(z), z.shape[1] ** 0.5
    return any(_is(got, u.std(correction=c) * factor) for c in (0, 1) for factor in (1, root))


@catches("Close: directions spread evenly give 1/√D now, so the number depends on D. Multiply by √D, and 1 means "
         "the same for every network.")
def without_the_root(got, z):
    return any(_is(got, _unit(z).std(dim=0, correction=c).mean()) for c in (0, 1))


@catches("√D is to be multiplied by, not divided by: 1/√D is what an even spread has, and it should become 1.")
def divided_by_the_root(got, z):
    return any(_is(got, _unit(z).std(dim=0, correction=c).mean() / z.shape[1] ** 0.5) for c in (0, 1))


@catches("The factor is √N, the root of the number of images. Wanted is √D, that of the components.")
def root_of_the_rows(got, z):
    return any(_is(got, _unit(z).std(dim=0, correction=c).mean() * len(z) ** 0.5) for c in (0, 1))


@catches("These are variances. The standard deviation is their square root, taken for each component before the mean.")
def variances(got, z):
    u, D = _unit(z), z.shape[1]
    return any(_is(got, u.var(dim=0, correction=c).mean() * factor) for c in (0, 1) for factor in (1, D**0.5, D))


@catches("The root is taken of the mean variance. Wanted is the mean of the deviations: each component's root first, then "
         "the mean over the D components.")
def root_of_the_mean(got, z):
    u, D = _unit(z), z.shape[1]
    return any(_is(got, (u.var(dim=0, correction=c).mean() * factor).sqrt()) for c in (0, 1) for factor in (1, D))


@catches("The mean is still in: this is how far a component is from 0, and not from its mean over the images. A collapsed "
         "cloud would look fine.")
def not_centred(got, z):
    u, D = _unit(z), z.shape[1]
    return any(_is(got, u.square().mean(dim=0).sqrt().mean() * factor) for factor in (1, D**0.5))


@catches("The mean image is taken off *before* the rows get length 1. Then the directions from the middle are compared, and "
         "those differ in a collapsed cloud too. Scale the rows as they come in.")
def centred_too_early(got, z):
    z, root = z.double(), z.shape[1] ** 0.5
    u = F.normalize(z - z.mean(dim=0), dim=1)
    return any(_is(got, u.std(dim=0, correction=c).mean() * factor) for c in (0, 1) for factor in (1, root))


@catches("Each component has been scaled to variance 1, so it varies by 1 whatever the network does. What is to be measured "
         "has been divided away: scale rows, not components.")
def standardised(got, z):
    return _is(got, torch.ones(())) or _is(got, torch.tensor(z.shape[1] ** 0.5))


@catches("The rows are scaled, but not each to length 1. Length is the root of the sum of squares of *one* row: "
         "`F.normalize(z, dim=1)`.")
def scaled_another_way(got, z):
    z, root = z.double(), z.shape[1] ** 0.5
    ways = (z / z.norm(), z / z.norm(dim=1).max(), F.normalize(z, p=1, dim=1), z / z.square().sum(dim=1, keepdim=True))
    return any(_is(got, u.std(dim=0, correction=c).mean() * factor) for u in ways for c in (0, 1) for factor in (1, root))


@catches("The D deviations are put together by something else than their mean.")
def not_the_mean(got, z):
    each, root = _unit(z).std(dim=0, correction=0), z.shape[1] ** 0.5
    ways = (each.max(), each.min(), each.median(), each.norm(), each.std(correction=0))
    return any(_is(got, way * factor) for way in ways for factor in (1, root))


@catches("These are absolute deviations. The standard deviation squares them, takes the mean, and then the root.")
def absolute_deviations(got, z):
    u, root = _unit(z), z.shape[1] ** 0.5
    value = (u - u.mean(dim=0)).abs().mean()
    return _is(got, value) or _is(got, value * root)


@catches("Almost: this divides by N − 1, as `std` does unless told otherwise. Here the images are all there is, so "
         "divide by N: `correction=0`.")
def n_minus_one(got, z):
    return _is(got, _unit(z).std(dim=0).mean() * z.shape[1] ** 0.5)


EXERCISE = Exercise(
    "feature_deviation", "12_without_negatives", "How far the directions of features differ", minutes=10, difficulty=2,
    importance=5, reference=evaluation.feature_deviation, returns=("deviation",), cases=feature_deviation_cases,
    used_in="to watch the collapse below",
    mistakes=(n_minus_one, without_the_root, divided_by_the_root, root_of_the_rows, not_normalised,
              normalised_down_the_columns, along_the_row, of_all_entries, variances, root_of_the_mean, not_centred,
              centred_too_early, standardised, scaled_another_way, not_the_mean, absolute_deviations),
    hints=("If all images had the same direction, each component would be the same number for all of them. How do you "
           "measure how far a component is from that?",
           "Scale each row to length 1. For each component take the standard deviation over the rows, dividing by N; "
           "average these D numbers, and multiply by √D.",
           "`u = F.normalize(z, dim=1)`, and then `u.std(dim=0, correction=0).mean() * z.shape[1] ** 0.5`."),
)
