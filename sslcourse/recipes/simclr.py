"""SimCLR on CIFAR-10's training images, at two sizes: what lab 11 fine-tunes and distils (Chen et al., 2020a and b)."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from torch import nn

from .. import augment, data, evaluation, methods, models, runtime, training
from .recipe import Recipe

# Chosen by lab 10's protocol: small crops, a low temperature, and crops that are not too small a part of the image.
SIZE, SMALLEST_CROP, TEMPERATURE = 24, 0.2, 0.15


def build(width: int) -> nn.Module:
    """SimCLR around a ResNet of this width, with the three-layer head of SimCLRv2 (arXiv:2006.10029, section 2)."""
    with runtime.seeded(0):
        encoder = models.ResNet(width, (1, 1, 1), stem="half")
        views = augment.simclr_views(SIZE, scale=(SMALLEST_CROP, 1.0))
        return methods.SimCLR(encoder, views=views, temperature=TEMPERATURE, head_layers=3)


def train(method: nn.Module, checkpoint: Path, steps: int) -> None:
    """All 50,000 training images, without their labels; batches of 256."""
    images = data.load("cifar10", split="train").images
    training.train(
        method, images, steps=steps, batch_size=256, lr=3e-3, seed=0, desc="SimCLR", checkpoint=checkpoint,
    )


def score(method: nn.Module) -> dict[str, float]:
    """The accuracy of a kNN vote: 5,000 labelled training images, the first 2,000 test images."""
    train_set, test = data.load("cifar10", split="train", size=5_000, seed=0), data.load("cifar10", split="test")[:2_000]
    Z, Z_test = (evaluation.extract_features(method, part.images) for part in (train_set, test))
    return {"kNN": evaluation.KNNClassifier().fit(Z, train_set.labels).score(Z_test, test.labels)}


RECIPES = {
    "simclr_small": Recipe(
        "SimCLR, ResNet of width 32, CIFAR-10, 1,500 steps of 256", partial(build, 32), partial(train, steps=1_500), score
    ),
    "simclr_big": Recipe(
        "SimCLR, ResNet of width 64, CIFAR-10, 1,500 steps of 256", partial(build, 64), partial(train, steps=1_500), score
    ),
}
