"""Supervised learning: cross-entropy of the labels, and features from before the classifier."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from sslcourse import data, methods, training
from tests.methods.small import Tiny


@pytest.fixture
def shapes():
    return data.shapes(64, seed=0)


def test_supervised_loss_is_cross_entropy(shapes):
    method = methods.Supervised(Tiny(), len(shapes.classes), views=lambda images: images.float() / 255)
    logits = method.classifier(method.encoder(shapes.images.float() / 255))
    wanted = nn.functional.cross_entropy(logits, shapes.labels)
    torch.testing.assert_close(method.loss((shapes.images, shapes.labels)), wanted)


def test_a_representation_is_taken_before_the_classifier(shapes):
    images, method = shapes.images.float() / 255, methods.Supervised(Tiny(), 6)
    assert torch.equal(method.encode(images), method.encoder(images)) and method.encode(images).shape == (64, 12)


def test_it_learns(shapes):
    history = training.train(methods.Supervised(Tiny(), len(shapes.classes)), shapes, steps=60, batch_size=32, lr=0.02)
    assert history.recent(10) < sum(history.loss[:5]) / 5 - 0.05


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int8, torch.int16, torch.int32])
def test_labels_of_any_integer_type_are_the_same_labels(shapes, dtype):
    method = methods.Supervised(Tiny(), 6, views=lambda images: images.float() / 255)
    assert method.loss((shapes.images, shapes.labels.to(dtype))) == method.loss((shapes.images, shapes.labels))


@pytest.mark.parametrize("call, message", [
    (lambda s: methods.Supervised(Tiny(), 1), "num_classes: got 1"),
    (lambda s: methods.Supervised(Tiny(), 3).loss((s.images, s.labels)), "labels: got labels from 0 to 5"),
    (lambda s: methods.Supervised(Tiny(), 6).loss((s.images, s.labels[:9])), "labels"),
])
def test_bad_input(shapes, call, message):
    with pytest.raises(ValueError, match=message):
        call(shapes)
