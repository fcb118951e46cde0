"""Barlow Twins: its loss of the two projections."""

from __future__ import annotations

import pytest
import torch

from sslcourse import data, losses, methods
from tests.methods.small import TinyNorm as Tiny
from tests.methods.small import given_views, projected


@pytest.fixture
def shapes():
    return data.shapes(64, seed=0)


@pytest.mark.parametrize("weight", [0.0, 0.1])
def test_barlow_twins_is_its_loss_of_the_projections(shapes, weight):
    method = methods.BarlowTwins(Tiny(), views=given_views, lambda_param=weight).eval()
    torch.testing.assert_close(method.loss(shapes.images), losses.barlow_twins(*projected(method, shapes.images), weight))
