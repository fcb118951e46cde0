"""An encoder under one linear layer."""

from __future__ import annotations

import pytest
import torch

from sslcourse import methods, models, runtime


def classifier(seed=0, classes=4):
    with runtime.seeded(seed):
        return methods.Classifier(models.ResNet(8, (1, 1)), classes)


@pytest.fixture
def images():
    return torch.rand(6, 3, 16, 16, generator=torch.Generator().manual_seed(0))


def test_a_classifier_is_its_head_on_its_encoder(images):
    network = classifier().eval()
    assert torch.equal(network(images), network.head(network.encode(images)))
    assert network.encode(images).shape == (6, network.num_features)
