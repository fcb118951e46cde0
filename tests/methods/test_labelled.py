"""A few labelled images beside many: how they are drawn, and that all three methods learn them."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from sslcourse import methods, models, runtime, training


def network(seed=0, classes=4):
    with runtime.seeded(seed):
        return methods.Classifier(models.ResNet(8, (1, 1)), classes)


IMAGES = torch.rand(10, 3, 16, 16, generator=torch.Generator().manual_seed(0))
LABELS = torch.arange(10) % 4


def test_labelled_images_keep_their_labels_and_are_drawn_by_the_global_generator():
    images = torch.arange(10).float()[:, None, None, None].expand(10, 3, 2, 2) / 10
    labelled = methods.Labelled(images, LABELS, batch_size=200)
    torch.manual_seed(0)
    some, labels = labelled.draw()
    assert torch.equal((some[:, 0, 0, 0] * 10).round().long() % 4, labels) and len(labels.unique()) == 4
    torch.manual_seed(0)
    assert torch.equal(labelled.draw()[1], labels)
    assert not labelled.state_dict()


@pytest.mark.slow
@pytest.mark.parametrize("make", [methods.PseudoLabel, methods.MeanTeacher, methods.FixMatch])
def test_each_trains_repeatably_and_learns_what_is_labelled(make):
    bright = (torch.arange(10) % 2)[:, None, None, None].expand(10, 3, 8, 8) * 200 + 20
    data, labels = bright.to(torch.uint8).contiguous(), torch.arange(10) % 2
    runs = []
    for _ in range(2):
        with runtime.seeded(0):
            net = methods.Classifier(nn.Sequential(nn.Flatten(), nn.Linear(192, 8), nn.ReLU()), 2, num_features=8)
        method = make(net, data, labels, labelled_batch=8)
        runs.append(training.train(method, data, steps=100, batch_size=8, lr=3e-2, bfloat16=False))
    assert runs[0].loss == runs[1].loss
    method.eval()
    assert (method(data.float() / 255).argmax(1) == labels).all() and method.encode(data.float() / 255).shape == (10, 8)


@pytest.mark.parametrize("make, bad", [
    (methods.PseudoLabel, {"weight": -1}), (methods.PseudoLabel, {"start": 0.7}), (methods.PseudoLabel, {"full": 2}),
    (methods.MeanTeacher, {"momentum": 1.5}), (methods.MeanTeacher, {"weight": -1}), (methods.MeanTeacher, {"ramp": -0.1}),
    (methods.FixMatch, {"threshold": 1.2}), (methods.FixMatch, {"weight": -1}), (methods.FixMatch, {"labelled_batch": 0}),
])
def test_bad_numbers_are_named(make, bad):
    with pytest.raises(ValueError, match=next(iter(bad)).replace("labelled_batch", "batch_size")):
        make(network(), IMAGES, LABELS, **bad)


def test_labels_below_0_are_refused():
    with pytest.raises(ValueError, match="a label -1"):
        methods.Labelled(IMAGES, torch.full((10,), -1))


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int8, torch.int16, torch.int32])
@pytest.mark.parametrize("make", [methods.PseudoLabel, methods.MeanTeacher, methods.FixMatch])
def test_labels_of_any_integer_type_are_the_same_labels(make, dtype):
    losses = []
    for labels in (LABELS, LABELS.to(dtype)):
        method = make(network(), IMAGES, labels)
        with runtime.seeded(1):
            losses.append(method.loss(IMAGES))
    assert losses[0] == losses[1]
