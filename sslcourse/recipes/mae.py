"""A masked autoencoder on CIFAR-10's training images: what lab 14 looks into, and trains on (He et al., 2022)."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from .. import augment, data, methods, models, runtime, training
from . import simclr
from .recipe import Recipe

STEPS, BATCH = 10_000, 64


def build() -> nn.Module:
    """MAE around a ViT of width 128: 64 patches of 4 × 4 pixels, 16 of them visible, a decoder half as wide."""
    with runtime.seeded(0):
        encoder = models.VisionTransformer(image_size=32, patch_size=4, width=128, depth=4, heads=4)
        with torch.no_grad():  # a short run has no time to find out what is next to what
            encoder.positions.copy_(methods.sine_cosine_positions(8, 8, 128))
        return methods.MAE(encoder, decoder_width=64, decoder_depth=2, views=augment.weak_views(32))


def train(method: nn.Module, checkpoint: Path) -> None:
    """All 50,000 training images, without their labels."""
    images = data.load("cifar10", split="train").images
    training.train(
        method, images, steps=STEPS, batch_size=BATCH, lr=1e-3, weight_decay=0.05, seed=0, every=100, desc="MAE",
        checkpoint=checkpoint,
    )


RECIPES = {
    "mae": Recipe(
        f"MAE, ViT of width 128 with 64 patches, CIFAR-10, {STEPS:,} steps of {BATCH}", build, train, simclr.score
    )
}
