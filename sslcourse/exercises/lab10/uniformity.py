"""Exercise `uniformity`: how evenly points are spread over the sphere."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from ... import evaluation
from ..compare import close
from ..engine import Exercise, catches


def uniformity_cases() -> dict[str, tuple]:
    def cloud(n: int, d: int, t: float, seed: int, dtype: torch.dtype = torch.float32, lean: float = 0.0) -> tuple:
        generator = torch.Generator().manual_seed(seed)
        return (torch.randn(n, d, generator=generator, dtype=torch.float64) + lean).to(dtype), t

    return {
        "eight points": cloud(8, 4, 2.0, seed=0),
        "points on one side, t = 3": cloud(6, 5, 3.0, seed=1, lean=1.0),
        "five points in double precision": cloud(5, 3, 0.7, seed=2, dtype=torch.float64),
        "as many points as numbers": cloud(6, 6, 1.5, seed=3),
        "two points": cloud(2, 7, 2.0, seed=4, dtype=torch.float64),
    }


def squares(z: Tensor) -> Tensor:
    """The squared distances on the sphere of all pairs i < j."""
    return torch.pdist(F.normalize(z, dim=1)).square()


def log(value: Tensor) -> float:
    return math.log(float(value))


@catches("Every point is paired with itself as well. Those N distances are 0, so they pull the result towards 0, the more "
         "the fewer points there are. Leave the diagonal out of the mean.")
def with_itself(got, z, t):
    n, energy = len(z), torch.exp(-t * squares(z)).sum()
    of_all, once = 2 * energy + n, energy + n
    return any(close(got, log(mean)) for mean in (of_all / n**2, of_all / (n * (n - 1)), once / (n * (n + 1) / 2)))


@catches("Points with themselves are left out of the sum, but still counted: there are N (N − 1) pairs of two different "
         "points, not N².")
def divided_by_n_squared(got, z, t):
    return close(got, log(2 * torch.exp(-t * squares(z)).sum() / len(z) ** 2))


@catches("That is the mean before the logarithm. Uniformity is its log: 0 if all points coincide, below 0 where they "
         "spread.")
def no_logarithm(got, z, t):
    return close(got, torch.exp(-t * squares(z)).mean())


@catches("log and exp cancel here, because the mean comes last: what is left is the mean squared distance. First the mean "
         "of exp(…), then its logarithm. So close pairs count most.")
def logarithm_inside_the_mean(got, z, t):
    return close(got, (-t * squares(z)).mean())


@catches("The distances are not squared: exp(−t ‖z_i − z_j‖²).")
def not_squared(got, z, t):
    return close(got, log(torch.exp(-t * squares(z).sqrt()).mean()))


@catches("The points are not on the sphere: scale each row to length 1 first. Else a cloud looks spread out only because "
         "its vectors are long.")
def not_normalised(got, z, t):
    return close(got, log(torch.exp(-t * torch.pdist(z).square()).mean()))


@catches("Each *component* has been scaled to length 1 here, over all points. Wanted is each point: `F.normalize(z, dim=1)`.")
def normalised_down_the_columns(got, z, t):
    return close(got, log(torch.exp(-t * torch.pdist(F.normalize(z, dim=0)).square()).mean()))


@catches("The zeros below the diagonal are counted as well. `triu` sets them to 0 and leaves them in the table: choose the "
         "entries above the diagonal before the mean, or divide by the number of pairs.")
def zeros_counted(got, z, t):
    n, gaps = len(z), squares(z)
    energy = torch.exp(-t * gaps).sum()
    return close(got, log(energy / n**2)) or close(got, log((energy + n * (n + 1) / 2) / n**2))


@catches("That is the cosine where the squared distance should stand: on the sphere ‖z_i − z_j‖² = 2 − 2 cos.")
def cosines(got, z, t):
    u = F.normalize(z, dim=1)
    i, j = torch.triu_indices(len(z), len(z), 1)
    c = (u[i] * u[j]).sum(dim=1)
    return any(close(got, log(torch.exp(s * c).mean())) for s in (t, -t))


@catches("The squared distance is half of what it should be: ‖z_i − z_j‖² = 2 − 2 cos, with t in front and nothing under it.")
def half_the_distance(got, z, t):
    return close(got, log(torch.exp(-t / 2 * squares(z)).mean()))


@catches("The distances are averaged before the exponential. Each pair has an energy of its own, exp(−t ‖…‖²); the mean is "
         "taken over those.")
def mean_of_the_distances(got, z, t):
    return len(z) > 2 and close(got, -t * torch.pdist(F.normalize(z, dim=1)).mean().square())


@catches("The logarithm is to base 10 or 2. Here and in all of machine learning, log is the natural one: `.log()`.")
def another_base(got, z, t):
    value = evaluation.uniformity(z, t)
    return close(got, value / math.log(10)) or close(got, value / math.log(2))


@catches("The energies are added up, not averaged: the result would grow with the number of points.")
def summed(got, z, t):
    energy = torch.exp(-t * squares(z)).sum()
    return close(got, log(energy)) or close(got, log(2 * energy))


@catches("The sign is turned. exp(−t ‖…‖²) is at most 1, so its mean's logarithm is 0 at most.")
def sign_turned(got, z, t):
    return close(got, -evaluation.uniformity(z, t)) or close(got, log(torch.exp(t * squares(z)).mean()))


@catches("`t` has no effect: it stands in front of the squared distance.")
def t_ignored(got, z, t):
    return close(got, log(torch.exp(-squares(z)).mean()))


@catches("t is a number of your own here. It comes in as an argument: `t`.")
def t_typed(got, z, t):
    return close(got, log(torch.exp(-2.0 * squares(z)).mean()))


@catches("Each point has a logarithm of its own here, and those are averaged. There is one mean over all pairs, and one "
         "logarithm at the end.")
def logarithm_of_each_row(got, z, t):
    n, gaps = len(z), torch.cdist(F.normalize(z, dim=1), F.normalize(z, dim=1)).square()
    energy = torch.exp(-t * gaps).masked_fill(torch.eye(n, dtype=torch.bool), 0)
    return close(got, (energy.sum(dim=1) / (n - 1)).log().mean())


@catches("`t` divides here. It stands in front of the squared distance, as a factor.")
def divided_by_t(got, z, t):
    return close(got, log(torch.exp(-squares(z) / t).mean()))


@catches("The squared distance is the *sum* over the D components, and here it is their mean.")
def mean_over_components(got, z, t):
    return close(got, log(torch.exp(-t * squares(z) / z.shape[1]).mean()))


@catches("The square is taken twice: 2 − 2 cos is the squared distance already.")
def squared_twice(got, z, t):
    return close(got, log(torch.exp(-t * squares(z).square()).mean()))


@catches("The table has been scaled as a whole. Each *row* gets length 1: `F.normalize(z, dim=1)`.")
def scaled_as_a_whole(got, z, t):
    return any(close(got, log(torch.exp(-t * torch.pdist(z / size).square()).mean()))
               for size in (z.norm(), z.norm(dim=1).max(), z.norm(dim=1).mean()))


EXERCISE = Exercise(
    "uniformity", "10_simclr", "How evenly the points are spread over the sphere", minutes=10, difficulty=2, importance=3,
    reference=evaluation.uniformity, returns=("uniformity",), cases=uniformity_cases,
    used_in="along the training below",
    mistakes=(with_itself, divided_by_n_squared, zeros_counted, no_logarithm, logarithm_inside_the_mean,
              mean_of_the_distances, not_squared, not_normalised, normalised_down_the_columns, cosines, summed,
              sign_turned, t_ignored, t_typed, half_the_distance, another_base, logarithm_of_each_row,
              mean_over_components, divided_by_t, squared_twice, scaled_as_a_whole),
    hints=("It needs the distance of every two different points, and nothing else.",
           "Scale the rows to length 1. Take exp(−t · squared distance) of each pair of different points, the mean over the "
           "pairs, and the logarithm of that.",
           "`d = torch.pdist(F.normalize(z, dim=1))` holds each pair once; then "
           "`d.square().mul(-t).exp().mean().log()`."),
)
