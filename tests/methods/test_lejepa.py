"""LeJEPA: its loss by a plain loop, SIGReg against the integral's closed form, and the collapse that it prevents."""

from __future__ import annotations

import math

import pytest
import torch

from sslcourse import losses, methods, runtime, training
from tests.losses import oracles
from tests.methods.small import Tiny, images, pair


def three_views(batch):
    x = batch.float() / 255
    return [x, x.flip(3), x[:, :, :8, :8]]


def small(seed=0, **settings):
    with runtime.seeded(seed):
        return methods.LeJEPA(Tiny(), **{"views": three_views, "n_directions": 9, "output_dim": 6, **settings})


def test_the_loss_is_the_paper_s_by_a_plain_loop():
    method, batch = small(lambda_param=0.3).eval(), images(7)
    z = [method.head(method.encoder(view)) for view in three_views(batch)]
    with runtime.seeded(4):
        found = method.loss(batch).item()
    with runtime.seeded(4):
        directions = torch.randn(9, 6)
    assert found == pytest.approx(oracles.lejepa(z, directions, 2, 0.3), rel=1e-5)


def exactly(x):
    """Epps & Pulley's integral with Gauss curves for φ and w has a closed form: every term is a Gauss integral."""
    n = len(x)
    pairs = math.fsum(math.exp(-(a - b) ** 2 / 2) for a in x for b in x)
    ones = math.fsum(math.exp(-(a**2) / 4) for a in x)
    return n * (math.sqrt(2 * math.pi) * pairs / n**2 - 2 * math.sqrt(math.pi) * ones / n + math.sqrt(2 * math.pi / 3))


@pytest.mark.parametrize(("scale", "shift"), [(1.0, 0.0), (0.1, 0.0), (1.0, 1.0), (0.0, 0.0), (2.0, -0.5)])
def test_sigreg_is_the_integral_itself_along_an_axis(scale, shift):
    x = scale * torch.randn(40, 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64) + shift
    found = losses.sigreg(x, torch.ones(1, 1, dtype=torch.float64), points=2001, largest=12.0).item()
    assert found == pytest.approx(exactly(x[:, 0].tolist()), rel=1e-6)
    assert losses.sigreg(x, torch.ones(1, 1)).item() == pytest.approx(exactly(x[:, 0].tolist()), rel=0.01)


def test_of_a_gaussian_it_is_the_same_for_any_number_of_rows():
    """E EP = √(2π) − √(2π/3) for N(0, 1): what is left is chance."""
    with runtime.seeded(0):
        for n in (20, 400):
            found = sum(losses.sigreg(torch.randn(n, 3), torch.randn(50, 3)).item() for _ in range(60)) / 60
            expected = math.sqrt(2 * math.pi) - math.sqrt(2 * math.pi / 3)
            assert found == pytest.approx(expected, rel=0.1)


def test_a_direction_that_is_lost_is_noticed_whatever_the_axes():
    z = torch.randn(200, 4, generator=torch.Generator().manual_seed(0))
    q = torch.linalg.qr(torch.randn(4, 4, generator=torch.Generator().manual_seed(1))).Q
    directions = torch.randn(100, 4, generator=torch.Generator().manual_seed(2))
    flat = (z * torch.tensor([1.0, 1.0, 1.0, 0.0])) @ q
    assert losses.sigreg(flat, directions) > 3 * losses.sigreg(z @ q, directions)


@pytest.mark.slow
@pytest.mark.parametrize("seed", (0, 1))
def test_without_sigreg_all_images_lie_at_one_point(seed):
    def spread(**settings):
        method = small(seed, views=pair(), n_directions=64, **settings)
        training.train(method, images(64), steps=100, batch_size=64, lr=1e-2, seed=seed, bfloat16=False)
        x = images(64).to(method.head.layers[0].weight.device).float() / 255
        with torch.no_grad():
            return method.eval().head(method.encoder(x)).std(dim=0).mean().item()

    kept, collapsed = spread(lambda_param=0.5), spread(lambda_param=0.0)
    assert collapsed < 0.1 < 0.4 < kept, f"a deviation of {kept:.2f}, and of {collapsed:.2f} without"
