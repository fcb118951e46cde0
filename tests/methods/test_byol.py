"""BYOL: the paper's squared distance of the teacher's projections, and a teacher that follows at once."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from sslcourse import data, methods, training
from tests.methods.small import TinyNorm as Tiny
from tests.methods.small import given_views


@pytest.fixture
def shapes():
    return data.shapes(64, seed=0)


def two_views(images):
    """Two that an encoder of mean colors tells apart, so that it matters which view is compared with which."""
    return [images.float() / 255, images.flip(1).float() / 510]


def test_byol_s_loss_is_the_papers_up_to_a_constant(shapes):
    method = methods.BYOL(Tiny(), views=two_views).eval()
    with torch.no_grad():
        for parameter in method.teacher_encoder.parameters():
            parameter.add_(0.3)                                         # so that it matters whose projection is taken
    p = [method.predictor(method.head(method.encoder(view))) for view in two_views(shapes.images)]
    z = [method.teacher_head(method.teacher_encoder(view)) for view in two_views(shapes.images)]
    squares = [(F.normalize(a) - F.normalize(b)).square().sum(dim=1).mean() for a, b in ((p[0], z[1]), (p[1], z[0]))]
    torch.testing.assert_close(4 * method.loss(shapes.images) + 4, sum(squares))      # equation (2), both orders


def test_a_momentum_of_0_makes_the_teacher_the_student(shapes):
    method = methods.BYOL(Tiny(), views=given_views, momentum=0, final_momentum=None)
    training.train(method, shapes, steps=2, batch_size=32, lr=0.1)
    for one, other in ((method.encoder, method.teacher_encoder), (method.head, method.teacher_head)):
        assert all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values()))
