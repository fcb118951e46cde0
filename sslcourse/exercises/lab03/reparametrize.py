"""Exercise `reparametrize`: a random draw through which a gradient can pass.

What is drawn is random, so an answer is judged by what many calls have in common: that every number has a draw of its own,
from a bell curve of the right middle and width, and that z's derivatives are those of μ + σ ε.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ... import methods
from .. import chance
from ..engine import RIGHT, Exercise, Wrong, catches

CALLS = 300


def cases() -> dict[str, tuple]:
    generator = torch.Generator().manual_seed(0)

    def some(n: int, j: int, low: float, high: float, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
        mu = torch.randn(n, j, generator=generator, dtype=torch.float64) * 2 + 1
        log_var = torch.rand(n, j, generator=generator, dtype=torch.float64) * (high - low) + low
        return mu.to(dtype), log_var.to(dtype)

    return {
        "a few images": some(5, 3, -3, 1.5),
        "wide clouds": some(4, 2, 0.8, 2),
        "double precision": some(3, 6, -2.5, 1, torch.float64),
        "a single latent number": some(6, 1, -4, 1),
    }


def many_draws(function: Callable, mu: Tensor, log_var: Tensor) -> object:
    """RIGHT, or what is wrong with a draw; the mistakes look at all draws of an answer, (CALLS, N, J)."""
    mu, log_var = (part.detach().clone().requires_grad_() for part in (mu, log_var))
    z = function(mu, log_var)
    if not isinstance(z, Tensor) or z.dtype != mu.dtype or z.shape != mu.shape:
        return Wrong(z, seen=z)
    draws = torch.stack([z.detach(), *(function(mu, log_var).detach() for _ in range(CALLS - 1))])
    with torch.no_grad():
        sigma = torch.exp(log_var / 2)
        epsilon = (draws - mu) / sigma
        if not _middle_and_width(epsilon) or not chance.normal(epsilon) or not _independent(epsilon):
            return Wrong(z.detach(), "not_a_bell_curve", "The draws do not come from a bell curve of middle μ and width σ, "
                         "each independent of the others.", seen=draws)
    if not _gradients_right(z, mu, log_var):
        return Wrong(z.detach(), "no_way_for_the_gradient", NO_WAY)
    return RIGHT


NO_WAY = ("The numbers are right, but no gradient gets through to `mu` and `log_var`, or not that of μ + σ ε. "
          "`torch.normal`, `.sample()`, `.detach()` and `no_grad` all cut it. Draw ε apart from both, then compute μ + σ ε.")


def _middle_and_width(epsilon: Tensor) -> bool:
    """Of each entry by itself, within what chance allows."""
    middle, width = epsilon.mean(dim=0), epsilon.std(dim=0)
    return bool((middle.abs() <= chance.FAR / CALLS**0.5).all()) and bool(
        ((width - 1).abs() <= chance.FAR / (2 * CALLS) ** 0.5).all())


def _independent(epsilon: Tensor) -> bool:
    """No two entries go together, nor do two calls."""
    flat = epsilon.flatten(1).double()                                  # (CALLS, N J)
    r = torch.corrcoef(flat.T) if flat.shape[1] > 1 else torch.ones(1, 1)
    together = r - torch.eye(len(r), dtype=r.dtype)
    return bool((together.abs() <= chance.FAR / CALLS**0.5).all()) and chance.uncorrelated(flat[1:], flat[:-1])


def _gradients_right(z: Tensor, mu: Tensor, log_var: Tensor) -> bool:
    if not z.requires_grad:
        return False
    gradients = torch.autograd.grad(z.sum(), (mu, log_var), allow_unused=True, materialize_grads=True)
    wanted = torch.ones_like(mu), (z - mu).detach() / 2
    return all(torch.allclose(got, want, atol=1e-3, rtol=1e-2) for got, want in zip(gradients, wanted))


def _spread_is(draws: Tensor, width: Tensor) -> bool:
    """Each entry's draws spread by `width`, to within chance."""
    return bool(((draws.std(dim=0) - width).abs() <= chance.FAR * width.abs() / (2 * CALLS) ** 0.5).all())


@catches("z should have the shape of `mu`, with a draw of its own in each place: `torch.randn_like(mu)`.")
def another_shape(z, mu, log_var):
    return z.shape != mu.shape and z.shape[:1] != (CALLS,)


@catches("z comes out the same at each call. Draw ε anew each time, `torch.randn_like(mu)`, and set no seed in here.")
def the_same_each_time(draws, mu, log_var):
    return draws.shape[1:] == mu.shape and torch.equal(draws[0], draws[1])


@catches("One ε serves several numbers. Every image, and each of its J numbers, needs a draw of its own: ε has the whole "
         "shape of `mu`.")
def one_draw_for_several(draws, mu, log_var):
    noise = (draws - mu) / draws.std(dim=0)
    shared = [(noise - noise[:, :1, :1]).abs().max()]
    shared += [(noise - noise[:, :, :1]).abs().max()] if noise.shape[2] > 1 else []
    shared += [(noise - noise[:, :1]).abs().max()] if noise.shape[1] > 1 else []
    return min(shared) < 1e-3


@catches("The width is the variance, exp(log σ²) = σ². ε is to be multiplied by σ, its square root.")
def variance_for_width(draws, mu, log_var):
    return _spread_is(draws, log_var.exp())


@catches("`log_var` itself stands in for the width. It is a logarithm, and may be negative: σ comes out of an `exp`.")
def logarithm_for_width(draws, mu, log_var):
    if bool((log_var < 0).any()) and torch.equal(draws[0].isnan(), log_var < 0):
        return True                                                     # the root of a negative number
    return _spread_is(draws, log_var.abs()) or _spread_is(draws, log_var.abs().sqrt()) or _spread_is(draws, log_var.abs() / 2)


@catches("The ½ stands outside of the `exp`. σ = exp(½ log σ²): halve the logarithm, and then take `exp`.")
def half_outside(draws, mu, log_var):
    return _spread_is(draws, log_var.exp() / 2)


@catches("ε is not scaled: every cloud has width 1, whatever `log_var` says.")
def not_scaled(draws, mu, log_var):
    return _spread_is(draws, torch.ones_like(mu))


@catches("The noise is not from a bell curve around 0. `torch.rand` draws evenly from 0 to 1; wanted is `torch.randn`, "
         "with an n.")
def evenly_drawn(draws, mu, log_var):
    sigma = torch.exp(log_var / 2)
    return _spread_is(draws, sigma / 12**0.5) and bool(((draws.mean(dim=0) - mu - sigma / 2).abs() < 0.15 * sigma).all())


@catches("Middle and width are right, and yet the noise is not a bell curve's: its values pile up elsewhere. "
         "`torch.randn` draws from N(0, 1).")
def another_distribution(draws, mu, log_var):
    epsilon = (draws - mu) / torch.exp(log_var / 2)
    return _middle_and_width(epsilon) and not chance.normal(epsilon)


@catches("On average over many draws z should be `mu`, and here it is not. Draw ε around 0, widen it by σ, and add `mu` "
         "once, as it is.")
def another_middle(draws, mu, log_var):
    off = (draws.mean(dim=0) - mu).abs()
    return draws.ndim == 3 and bool((off > chance.FAR * draws.std(dim=0) / CALLS**0.5 + 1e-6).any())


@catches("The middle is right, and the width is not σ. log σ² = 2 log σ, so σ = exp(½ log σ²), and ε is drawn from N(0, 1).")
def another_width(draws, mu, log_var):
    return draws.ndim == 3 and bool(draws.isfinite().all()) and not _spread_is(draws, torch.exp(log_var / 2))


@catches("Middle and width are right, but some numbers go together. Every entry of `mu` needs a draw of its own, and each "
         "call new ones.")
def draws_go_together(draws, mu, log_var):
    return draws.ndim == 3 and bool(draws.isfinite().all()) and not _independent((draws - mu) / torch.exp(log_var / 2))


EXERCISE = Exercise(
    "reparametrize", "03_generative_autoencoders", "A draw that lets the gradient through", minutes=10, difficulty=2,
    importance=5, reference=methods.reparametrize, returns=("z",), cases=cases, measure=many_draws,
    random=True,
    used_in="in the training of the autoencoders below",
    mistakes=(another_shape, the_same_each_time, one_draw_for_several, variance_for_width, logarithm_for_width, half_outside,
              not_scaled, evenly_drawn, another_distribution, another_middle, another_width, draws_go_together),
    hints=("Keep the chance apart from what is learned: draw from a bell curve that depends on nothing, then stretch the "
           "draw and move it.",
           "The width comes from its logarithm: log σ² = 2 log σ, so σ = exp(log σ² / 2). Then z = μ + σ ε, with an ε of "
           "its own for each entry of μ.",
           "`epsilon = torch.randn_like(mu)`, and `return mu + torch.exp(log_var / 2) * epsilon`."),
)
