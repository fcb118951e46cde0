"""SimCLR: NT-Xent of the projected views, drawn anew each time, and features from before the head."""

from __future__ import annotations

import pytest
import torch

from sslcourse import data, losses, methods, runtime, training
from tests.methods.small import Tiny, given_views


@pytest.fixture
def shapes():
    return data.shapes(64, seed=0)


def test_simclr_s_loss_is_nt_xent_of_the_projected_views(shapes):
    method = methods.SimCLR(Tiny(), views=given_views, temperature=0.2, output_dim=7).eval()
    v0, v1 = given_views(shapes.images)
    z0, z1 = method.head(method.encoder(v0)), method.head(method.encoder(v1))
    assert z0.shape == (64, 7)
    torch.testing.assert_close(method.loss(shapes.images), losses.nt_xent(z0, z1, 0.2))


def test_simclr_does_not_look_at_labels(shapes):
    method = methods.SimCLR(Tiny(), views=given_views)
    losses_found = [method.loss((shapes.images, labels)) for labels in (shapes.labels, shapes.labels.flip(0))]
    assert losses_found[0] == losses_found[1] == method.loss(shapes.images)


def test_simclr_s_two_views_differ_and_are_drawn_anew(shapes):
    method = methods.SimCLR(Tiny()).eval()
    first, second = method.loss(shapes.images), method.loss(shapes.images)
    assert first != second
    with runtime.seeded(0):
        again = method.loss(shapes.images)
    with runtime.seeded(0):
        assert again == method.loss(shapes.images)


def test_a_representation_is_taken_before_the_head(shapes):
    images, method = shapes.images.float() / 255, methods.SimCLR(Tiny())
    assert torch.equal(method.encode(images), method.encoder(images)) and method.encode(images).shape == (64, 12)


def test_it_learns(shapes):
    history = training.train(methods.SimCLR(Tiny()), shapes, steps=60, batch_size=32, lr=0.02)
    assert history.recent(10) < sum(history.loss[:5]) / 5 - 0.05


@pytest.mark.parametrize("call, message", [
    (lambda s: methods.SimCLR(Tiny(), temperature=0), "temperature: got 0"),
    (lambda s: methods.SimCLR(Tiny()).loss(s.images[0]), "images"),
])
def test_bad_input(shapes, call, message):
    with pytest.raises(ValueError, match=message):
        call(shapes)
