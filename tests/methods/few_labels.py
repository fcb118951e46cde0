"""A few labelled images, more without labels, and a small classifier: what the tests of semi-supervised methods share."""

from __future__ import annotations

import torch

from sslcourse import methods, models, runtime


def network(seed=0, classes=4):
    with runtime.seeded(seed):
        return methods.Classifier(models.ResNet(8, (1, 1)), classes)


def plain(x):
    return x.float()


IMAGES = torch.rand(10, 3, 16, 16, generator=torch.Generator().manual_seed(0))
LABELS = torch.arange(10) % 4
MORE = torch.rand(7, 3, 16, 16, generator=torch.Generator().manual_seed(1))
