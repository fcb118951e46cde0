"""SimSiam: its loss by a plain loop, and what its two switches do."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from sslcourse import data, methods
from tests.methods.small import TinyNorm as Tiny
from tests.methods.small import given_views, projected


@pytest.fixture
def shapes():
    return data.shapes(64, seed=0)


def cosines(p, z):
    return torch.stack([a @ b / (a.norm() * b.norm()) for a, b in zip(p, z)]).mean()


def test_simsiam_loss_is_a_plain_loop():
    p0, p1, z0, z1 = torch.randn(4, 5, 6, generator=torch.Generator().manual_seed(0)).double()
    wanted = -(cosines(p0, z1) + cosines(p1, z0)) / 2
    torch.testing.assert_close(methods.simsiam_loss(p0, p1, z0, z1), wanted)


def test_simsiam_loss_teaches_p_and_not_z():
    p, z = (torch.randn(3, 4, generator=torch.Generator().manual_seed(s), requires_grad=True) for s in (0, 1))
    methods.simsiam_loss(p, p, z, z).backward()
    assert p.grad.abs().max() > 0 and z.grad is None


def two_views(images):
    """Two that an encoder of mean colors tells apart, so that it matters which view is compared with which."""
    return [images.float() / 255, images.flip(1).float() / 510]


def test_simsiam_with_its_switches(shapes):
    for predictor in (True, False):
        for stop in (True, False):
            method = methods.SimSiam(Tiny(), views=two_views, predictor=predictor, stop_gradient=stop).eval()
            z0, z1 = (method.head(method.encoder(view)) for view in two_views(shapes.images))
            p0, p1 = method.predictor(z0), method.predictor(z1)
            torch.testing.assert_close(method.loss(shapes.images), -(cosines(p0, z1) + cosines(p1, z0)) / 2)
            assert isinstance(method.predictor, nn.Identity) is not predictor


@pytest.mark.parametrize("stop", [True, False])
def test_stopping_halves_the_gradient_of_a_simsiam_without_predictor(shapes, stop):
    """p = z, so each side of the cosine gives the same gradient: half of it is left where one side is stopped."""
    torch.manual_seed(0)
    method = methods.SimSiam(Tiny(), views=given_views, predictor=False, stop_gradient=stop).eval()
    z0, z1 = projected(method, shapes.images)
    both = torch.autograd.grad(-cosines(z0, z1), method.encoder.map.weight)[0]
    got = torch.autograd.grad(method.loss(shapes.images), method.encoder.map.weight)[0]
    torch.testing.assert_close(got, both / 2 if stop else both, rtol=1e-3, atol=1e-6)
