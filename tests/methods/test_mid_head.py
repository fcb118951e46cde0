"""The encoder with part of its projection head: which layers it has, and whose weights."""

from __future__ import annotations

import pytest
import torch

from sslcourse import methods, models, runtime


def classifier(seed=0, classes=4):
    with runtime.seeded(seed):
        return methods.Classifier(models.ResNet(4, (1, 1)), classes)


@pytest.fixture
def images():
    return torch.rand(6, 3, 16, 16, generator=torch.Generator().manual_seed(0))


def simclr(layers=3):
    with runtime.seeded(0):
        return methods.SimCLR(models.ResNet(4, (1, 1)), hidden_dim=12, output_dim=5, head_layers=layers).eval()


@pytest.mark.parametrize("layers, width", [(0, 8), (1, 12), (2, 12)])
def test_the_middle_of_the_head_is_the_encoder_and_whole_hidden_layers(images, layers, width):
    method = simclr()
    x = method.encoder(images)
    for block in range(layers):
        linear, norm, relu = method.head.layers[3 * block:3 * block + 3]
        x = relu(norm(linear(x)))
    middle = methods.middle_of_head(method, layers)
    assert torch.equal(middle(images), x) and middle.num_features == width == x.shape[1]


def test_the_middle_shares_its_weights_and_leaves_the_method_whole(images):
    method = simclr()
    z = method.head(method.encoder(images))
    middle = methods.middle_of_head(method)
    assert {id(p) for p in middle.parameters()} < {id(p) for p in method.parameters()}
    assert torch.equal(method.head(method.encoder(images)), z)


def test_a_head_has_only_so_many_hidden_layers():
    for layers in (3, -1, 1.5, True):
        with pytest.raises(ValueError, match="layers: got"):
            methods.middle_of_head(simclr(), layers)
    with pytest.raises(ValueError, match="method"):
        methods.middle_of_head(classifier())
