"""VICReg: its loss of the two projections, with each of its terms left out."""

from __future__ import annotations

import pytest
import torch

from sslcourse import data, losses, methods
from tests.methods.small import TinyNorm as Tiny
from tests.methods.small import given_views, projected


@pytest.fixture
def shapes():
    return data.shapes(64, seed=0)


@pytest.mark.parametrize("weights", [(25.0, 25.0, 1.0), (25.0, 0.0, 1.0), (25.0, 25.0, 0.0), (0.0, 1.0, 0.0)])
def test_vicreg_is_its_loss_of_the_projections(shapes, weights):
    named = dict(zip(("lambda_param", "mu_param", "nu_param"), weights))
    method = methods.VICReg(Tiny(), views=given_views, **named).eval()
    torch.testing.assert_close(method.loss(shapes.images), losses.vicreg(*projected(method, shapes.images), *weights))
