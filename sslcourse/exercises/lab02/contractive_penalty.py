"""Exercise `contractive_penalty`: how far a sigmoid layer's code can move, exactly."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import methods
from ..compare import close
from ..engine import Exercise, catches


def layer(n: int, h: int, d: int, seed: int, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
    """The outputs (n, h) of a sigmoid layer for n inputs, and its weights (h, d)."""
    generator = torch.Generator().manual_seed(seed)
    W = torch.randn(h, d, generator=generator, dtype=torch.float64) * torch.arange(1, h + 1)[:, None]
    x = torch.randn(n, d, generator=generator, dtype=torch.float64) / d**0.5
    return torch.sigmoid(x @ W.T + 0.3).to(dtype), W.to(dtype)


def contractive_penalty_cases() -> dict[str, tuple]:
    h, W = layer(4, 3, 5, seed=4)
    full = torch.where(torch.arange(3) == 1, torch.tensor(1.0), h)
    return {
        "a few inputs": layer(6, 4, 9, seed=0),
        "as many units as dimensions": layer(5, 5, 5, seed=1),
        "one input, one unit": layer(1, 1, 7, seed=2),
        "double precision": layer(8, 3, 6, seed=3, dtype=torch.float64),
        "a unit that is fully on": (full, W),
    }


def _by(h: Tensor, W: Tensor) -> Tensor:
    return W.square().sum(dim=1)


@catches("The weights' squares are summed over the wrong axis. W is (H, D), one row per unit, and each unit needs one "
         "number: `W.square().sum(dim=1)`, (H,).")
def summed_over_the_wrong_axis(got, h, W):
    if isinstance(got, RuntimeError):
        return "size" in str(got) or "shape" in str(got)
    return W.shape[0] == W.shape[1] and close(got, (h * (1 - h)).square() @ W.square().sum(dim=0))


@catches("The slope of each unit, h (1 − h), is there, but not squared. An entry of J is slope times weight, and it "
         "is the entry that is squared.")
def slope_not_squared(got, h, W):
    return close(got, (h * (1 - h)) @ _by(h, W))


@catches("Only a part of the slope is squared. `h * (1 - h) ** 2` squares the second factor alone: brackets around the "
         "product.")
def half_of_the_slope_squared(got, h, W):
    return close(got, (h * (1 - h) ** 2) @ _by(h, W)) or close(got, (h**2 * (1 - h)) @ _by(h, W))


@catches("The weights are not squared. An entry of J is slope times weight, and it is the entry that is squared.")
def weights_not_squared(got, h, W):
    slope = h * (1 - h)
    return any(close(got, s @ w.sum(dim=1)) for s in (slope, slope.square()) for w in (W, W.abs()))


@catches("Something is summed before it is squared. The norm sums the squares of *all* entries of J, so square each "
         "entry first.")
def summed_before_squaring(got, h, W):
    slope = h * (1 - h)
    sums = ((slope @ W).square().sum(dim=1), (slope @ W.sum(dim=1)).square(), slope.square() @ W.sum(dim=1).square(),
            (slope * W.sum(dim=1)).square().sum(dim=1))
    return any(close(got, wrong) for wrong in (*sums, sums[0].sqrt()))


@catches("`h` is the layer's output already, and here it goes through the sigmoid once more. By its output the slope "
         "is h (1 − h).")
def sigmoid_twice(got, h, W):
    again = torch.sigmoid(h)
    return close(got, (again * (1 - again)).square() @ _by(h, W))


@catches("The slope of the sigmoid isn't right. By its output h it is h (1 − h): largest, 1/4, at h = 1/2, and 0 "
         "where a unit is fully on or off.")
def another_slope(got, h, W):
    slopes = (h, 1 - h, 1 - h.square(), torch.ones_like(h), h * (1 + h), h.square() * (1 - h), h - 1)
    return any(close(got, slope.square() @ _by(h, W)) for slope in slopes)


@catches("This is the norm, the square root of what is wanted. The penalty is the norm *squared*: no root.")
def root_taken(got, h, W):
    return close(got, methods.contractive_penalty(h, W).sqrt())


@catches("This is one number for all inputs. Wanted is one for each, (N,): whoever calls it takes the mean.")
def averaged_over_the_inputs(got, h, W):
    wanted = methods.contractive_penalty(h, W)
    return got.numel() == 1 and len(h) > 1 and any(close(got.flatten()[0], w) for w in (wanted.mean(), wanted.sum()))


@catches("These are the units' shares, (N, H). Sum them: the norm runs over all entries of J.")
def units_not_summed(got, h, W):
    return close(got, (h * (1 - h)).square() * _by(h, W))


@catches("`W.norm(dim=1)` is a length, the root of the sum of squares. Here the sum of squares itself is wanted.")
def root_of_the_weights(got, h, W):
    slope = h * (1 - h)
    return any(close(got, s @ W.norm(dim=1)) for s in (slope, slope.square()))


@catches("All slopes are put together, and all weights. But unit j's slope belongs to row j of W alone: multiply unit by "
         "unit, then sum.")
def units_mixed(got, h, W):
    slope = (h * (1 - h)).square().sum(dim=1)
    return len(W) > 1 and any(close(got, slope * w) for w in (W.norm(), W.square().sum()))


EXERCISE = Exercise(
    "contractive_penalty", "02_autoencoders", "How far one layer's code can move", minutes=15, difficulty=3,
    importance=4, reference=methods.contractive_penalty, returns=("penalty",), cases=contractive_penalty_cases,
    trains_on=("h", "W"),
    used_in="beside the estimate below",
    mistakes=(averaged_over_the_inputs, units_not_summed, slope_not_squared, half_of_the_slope_squared,
              weights_not_squared,
              summed_before_squaring, sigmoid_twice, another_slope, root_taken, summed_over_the_wrong_axis,
              root_of_the_weights, units_mixed),
    hints=("Row j of the Jacobian says how unit j answers to each input number. What two things multiply to give one "
           "of its entries?",
           "An entry is J_ji = h_j (1 − h_j) W_ji. Square it, and sum over i and j: the slope doesn't depend on i, "
           "so the weights' squares can be summed over i first, one number per unit.",
           "`slope = h * (1 - h)` is (N, H), and `W.square().sum(dim=1)` is (H,). Square the slope, multiply the "
           "two, and sum over the units: a matrix product `@` does the last two at once."),
)
