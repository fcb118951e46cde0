"""The losses, each with its plain loop from `oracles.py` and a way to draw inputs for it, over swept parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch

from sslcourse import losses
from tests.losses import oracles

SHAPES = [(6, 4), (8, 16), (17, 24)]  # N, D


@dataclass(frozen=True)
class Case:
    """`ours` and `oracle` take the same tensors, which `draw(randn, n, d)` makes; each gets a gradient from `ours`."""

    name: str
    ours: Callable
    oracle: Callable
    draw: Callable


def two_views(randn, n, d):
    z = randn(n, d)
    return [z + 0.5 * randn(n, d), z + 0.5 * randn(n, d)]


def two_logits(randn, n, d):
    return [3 * randn(n, d), 3 * randn(n, d)]


def near_each_other(randn, n, d):
    return [1 + 0.1 * randn(n, d)]  # unit vectors a few tenths apart, as when a representation starts to collapse


def labels_for(z):
    return torch.arange(len(z)) % 3


def cosines(randn, count, n, d):
    """What a weight-normalised last layer puts out: between −1 and 1."""
    return [torch.tanh(randn(n, d)) for _ in range(count)]


def _center(k):
    return torch.linspace(-0.3, 0.3, k)


def teachers(count, like):
    """The same teachers at every call, whatever the student; in sixteenths, which every precision can hold."""
    generator = torch.Generator().manual_seed(99)
    views = cosines(lambda *shape: torch.randn(*shape, generator=generator), count, *like.shape)
    return [(16 * view).round().div(16).to(like.dtype) for view in views]


def _dino(count, temperature):
    def ours(*students):
        center = _center(students[0].shape[1])
        views = teachers(count, students[0])
        return losses.dino(teacher_out=views, student_out=students, center=center, teacher_temp=temperature)

    def oracle(*students):
        center = _center(students[0].shape[1])
        return oracles.dino(teachers(count, students[0]), students, center, temperature, 0.1)

    return ours, oracle


def _mask(n):
    """(3, L), n entries set; the second image has none."""
    mask = torch.zeros(3, n, dtype=torch.bool)
    mask[0, : n // 3] = mask[2, n // 3 :] = True
    return mask


def _cases():
    for t in (0.1, 0.2, 0.5, 1.0, 2.0):
        yield Case(
            f"nt_xent τ={t}", partial(losses.nt_xent, temperature=t), partial(oracles.nt_xent, temperature=t), two_views
        )
        ours, oracle = partial(losses.clip, logit_scale=1 / t), partial(oracles.clip, scale=1 / t)
        yield Case(f"clip scale={1 / t}", ours, oracle, two_views)
    for mining in ("all", "semihard", "hard"):
        for margin in (0.2, 0.5, 1.0):
            yield Case(
                f"triplet {mining} margin={margin}",
                lambda z, m=margin, k=mining: losses.triplet_margin(z, labels_for(z), m, k),
                lambda z, m=margin, k=mining: oracles.triplet_margin(z, labels_for(z), m, k),
                lambda randn, n, d: [randn(n, d)],
            )
    for count, students in ((1, 2), (2, 2), (2, 3), (2, 8)):
        for temperature in (0.04, 0.07, 1.0):
            name = f"dino views={count},{students} τ_t={temperature}"
            yield Case(name, *_dino(count, temperature), lambda randn, n, d, v=students: cosines(randn, v, n, d))
    for temperature in (0.04, 1.0):
        yield Case(
            f"ibot τ_t={temperature}",
            lambda s, t=temperature: losses.ibot(
                teacher_out=teachers(1, s)[0],
                student_out=s,
                mask=_mask(len(s)),
                center=_center(s.shape[1]),
                teacher_temp=t,
            ),
            lambda s, t=temperature: oracles.ibot(teachers(1, s)[0], s, _mask(len(s)), _center(s.shape[1]), t, 0.1),
            lambda randn, n, d: cosines(randn, 1, n, d),
        )
    yield Case("cosine", losses.negative_cosine_similarity, oracles.negative_cosine_similarity, two_views)
    for weight in (5e-3, 0.1, 0.0):
        oracle = partial(oracles.barlow_twins, lambda_param=weight, eps=1e-5)
        yield Case(f"barlow_twins λ={weight}", partial(losses.barlow_twins, lambda_param=weight), oracle, two_views)
    for weights in ((25, 25, 1), (1, 0, 0), (0, 1, 0), (0, 0, 1), (2, 3, 5)):
        named = dict(zip(("lambda_param", "mu_param", "nu_param"), weights))
        oracle = partial(oracles.vicreg, eps=1e-4, **named)
        yield Case(f"vicreg {weights}", partial(losses.vicreg, **named), oracle, two_views)
    yield Case("koleo", losses.koleo, partial(oracles.koleo, eps=1e-8), near_each_other)
    yield Case("gaussian_kl", losses.gaussian_kl, oracles.gaussian_kl, two_views)
    yield Case(
        "reconstruction bernoulli",
        lambda y: losses.reconstruction_nll(y, torch.full_like(y, 0.25)),
        lambda y: oracles.reconstruction_nll(y, torch.full_like(y, 0.25), "bernoulli", 1.0),
        lambda randn, n, d: [randn(n, d)],
    )
    for scale in (1.0, 0.3):
        ours = partial(losses.reconstruction_nll, likelihood="gaussian", scale=scale)
        oracle = partial(oracles.reconstruction_nll, likelihood="gaussian", scale=scale)
        yield Case(f"reconstruction gaussian s={scale}", ours, oracle, two_views)
    for normalize in (False, True):
        yield Case(
            f"masked_mse normalize_target={normalize}",
            lambda y, x, f=normalize: losses.masked_mse(*_patches(y, x), normalize_target=f),
            lambda y, x, f=normalize: oracles.masked_mse(*_patches(y, x), normalize_target=f),
            two_views,
        )
    for t in (0.5, 1.0, 4.0):
        yield Case(
            f"distillation τ={t}",
            lambda s, t=t: losses.distillation(teacher_out=3 * teachers(1, s)[0], student_out=s, temperature=t),
            lambda s, t=t: oracles.distillation(3 * teachers(1, s)[0], s, t),
            lambda randn, n, d: [3 * randn(n, d)],
        )


def _patches(y, x):
    """(N, D) as one image of N patches, two of three of them masked."""
    return y[None], x[None], (torch.arange(len(y)) % 3 > 0)[None]


CASES = list(_cases())


def draw(case: Case, n: int, d: int, dtype=torch.float32, seed: int = 0) -> list[torch.Tensor]:
    """Fresh leaf tensors for `case`, drawn in float32 from the seed and converted."""
    generator = torch.Generator().manual_seed(seed)
    tensors = case.draw(lambda *shape: torch.randn(*shape, generator=generator), n, d)
    return [tensor.to(dtype).requires_grad_() for tensor in tensors]
