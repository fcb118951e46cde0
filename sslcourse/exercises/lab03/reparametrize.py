"""Exercise `reparametrize`: a random draw through which a gradient can pass.

What is drawn is random, so an answer is judged by what many draws have in common: their mean, their spread, that every
number has a draw of its own, and that z's derivatives are those of μ + σ ε. All of it is asked in one or two calls, with
each row handed in thousands of times over.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ... import methods
from ..engine import Exercise, catches

COPIES = 4000
FAR = 6                     # standard errors by which a right answer's mean or spread is never off (p < 10⁻⁸)


class WrongShape(ValueError):
    """z is not of mu's shape."""


class NoGradient(ValueError):
    """No gradient, or another one than that of μ + σ ε, reaches mu or log_var."""


class Still(ValueError):
    """The same z at each call."""


class Shared(ValueError):
    """One ε serves several numbers."""


def cases() -> dict[str, tuple]:
    generator = torch.Generator().manual_seed(0)

    def some(n: int, j: int, low: float, high: float, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
        mu = torch.randn(n, j, generator=generator, dtype=torch.float64) * 2 + 1
        log_var = torch.rand(n, j, generator=generator, dtype=torch.float64) * (high - low) + low
        return mu.to(dtype), log_var.to(dtype)

    return {
        "a few images": some(5, 3, -3, -1.5),
        "wide clouds": some(4, 2, 0.8, 2),
        "double precision": some(3, 6, -2.5, -1, torch.float64),
        "a single latent number": some(6, 1, -4, -2),
    }


def many_draws(function: Callable, mu: Tensor, log_var: Tensor) -> Tensor:
    """Mean and spread of z for each entry of mu, (2, N, J), put to μ and σ where they agree with them within chance."""
    torch.manual_seed(0)                    # inside the engine's fork of the generator
    sigma = torch.exp(log_var / 2)
    many_mu, many_log_var = (part.repeat(COPIES, 1).requires_grad_() for part in (mu, log_var))
    z = function(many_mu, many_log_var)
    if not isinstance(z, Tensor):
        return z
    if z.shape != many_mu.shape:
        raise WrongShape(f"z has the shape {tuple(z.shape)} where mu has {tuple(many_mu.shape)}")
    if torch.equal(z, function(many_mu, many_log_var)):
        raise Still("two calls gave the same z")
    noise = (z.detach() - many_mu.detach()).view(COPIES, *mu.shape)                         # (COPIES, N, J)
    _refuse_shared(noise / sigma)
    found = torch.stack([
        _put_to(mu + noise.mean(dim=0), mu, FAR * sigma / COPIES**0.5),
        _put_to(noise.std(dim=0), sigma, FAR * sigma / (2 * COPIES) ** 0.5),
    ])
    if torch.equal(found, torch.stack([mu, sigma])):
        _refuse_other_gradients(z, many_mu, many_log_var)
    return found.to(z.dtype)


def _put_to(found: Tensor, truth: Tensor, within: Tensor) -> Tensor:
    return torch.where((found - truth).abs() <= within, truth.to(found.dtype), found)


def _refuse_shared(noise: Tensor) -> None:
    """Neither all the rows nor all the numbers of a row may have the same ε."""
    if bool((noise - noise[:1, :1]).abs().max() < 1e-3):
        raise Shared("one ε for the whole batch")
    if noise.shape[2] > 1 and bool((noise - noise[:, :, :1]).abs().max() < 1e-3):
        raise Shared("one ε for all the numbers of an image")


def _refuse_other_gradients(z: Tensor, mu: Tensor, log_var: Tensor) -> None:
    if not z.requires_grad:
        raise NoGradient("z is cut off from mu and from log_var")
    gradients = torch.autograd.grad(z.sum(), (mu, log_var), allow_unused=True, materialize_grads=True)
    wanted = torch.ones_like(mu), (z - mu).detach() / 2
    for name, got, want in zip(("mu", "log_var"), gradients, wanted):
        if not torch.allclose(got, want.to(got.dtype), atol=1e-3, rtol=1e-2):
            raise NoGradient(f"the gradient that reaches {name} is not that of mu + sigma * epsilon")


def _spread_is(got: object, width: Tensor) -> bool:
    """The draws spread by `width`, to within chance."""
    return not isinstance(got, Exception) and bool(((got[1] - width).abs() <= FAR * width.abs() / (2 * COPIES) ** 0.5).all())


@catches("z should have the shape of `mu`, with a draw of its own in each place: `torch.randn_like(mu)`.")
def another_shape(got, mu, log_var):
    return isinstance(got, WrongShape)


@catches("One ε serves several numbers. Every image, and each of its J numbers, needs a draw of its own: ε has the whole "
         "shape of `mu`.")
def one_draw_for_several(got, mu, log_var):
    return isinstance(got, Shared)


@catches("The numbers are right, but no gradient gets through to `mu` and `log_var`. `torch.normal`, `.sample()`, "
         "`.detach()` and `no_grad` all cut it. Draw ε apart from both, then compute μ + σ ε.")
def no_way_for_the_gradient(got, mu, log_var):
    return isinstance(got, NoGradient)


@catches("z comes out the same at each call. Draw ε anew each time, `torch.randn_like(mu)`, and set no seed in here.")
def the_same_each_time(got, mu, log_var):
    return isinstance(got, Still)


@catches("The width is the variance, exp(log σ²) = σ². ε is to be multiplied by σ, its square root.")
def variance_for_width(got, mu, log_var):
    return _spread_is(got, log_var.exp())


@catches("`log_var` itself stands in for the width. It is a logarithm, and may be negative: σ comes out of an `exp`.")
def logarithm_for_width(got, mu, log_var):
    return _spread_is(got, log_var.abs()) or _spread_is(got, log_var.abs().sqrt()) or _spread_is(got, log_var.abs() / 2)


@catches("The ½ stands outside of the `exp`. σ = exp(½ log σ²): halve the logarithm, and then take `exp`.")
def half_outside(got, mu, log_var):
    return _spread_is(got, log_var.exp() / 2)


@catches("ε is not scaled: every cloud has width 1, whatever `log_var` says.")
def not_scaled(got, mu, log_var):
    return _spread_is(got, torch.ones_like(mu))


@catches("The noise is not from a bell curve around 0. `torch.rand` draws evenly from 0 to 1; wanted is `torch.randn`, "
         "with an n.")
def evenly_drawn(got, mu, log_var):
    sigma = torch.exp(log_var / 2)
    return _spread_is(got, sigma / 12**0.5) and bool(((got[0] - mu - sigma / 2).abs() < 0.05 * sigma).all())


EXERCISE = Exercise(
    "reparametrize", "03_generative_autoencoders", "A draw that lets the gradient through", minutes=10, difficulty=2,
    importance=5, reference=methods.reparametrize, returns=("z",), cases=cases, measure=many_draws,
    mistakes=(another_shape, one_draw_for_several, the_same_each_time, variance_for_width, logarithm_for_width, half_outside,
              not_scaled, evenly_drawn, no_way_for_the_gradient),
    hints=("Keep the chance apart from what is learned: draw from a bell curve that depends on nothing, then stretch the "
           "draw and move it.",
           "The width comes from its logarithm: log σ² = 2 log σ, so σ = exp(log σ² / 2). Then z = μ + σ ε, with an ε of "
           "its own for each entry of μ.",
           "`epsilon = torch.randn_like(mu)`, and `return mu + torch.exp(log_var / 2) * epsilon`."),
)
