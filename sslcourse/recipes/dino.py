"""DINO with a ViT on CIFAR-10's training images: lab 15 looks at its attention (Caron et al., 2021)."""

from __future__ import annotations

import copy
from pathlib import Path

import torch
from torch import nn

from .. import augment, data, methods, models, runtime, training
from . import simclr
from .recipe import Recipe

STEPS = 1_000


def build() -> nn.Module:
    """The ViT alone, width 128 and 64 patches of 4 × 4 pixels. After `train` it holds the teacher's backbone."""
    with runtime.seeded(0):
        encoder = models.VisionTransformer(image_size=32, patch_size=4, width=128, depth=4, heads=4)
        with torch.no_grad():  # a short run has no time to find out what is next to what
            encoder.positions.copy_(methods.sine_cosine_positions(8, 8, 128))
        return encoder


def train(encoder: nn.Module, checkpoint: Path) -> None:
    """All 50,000 training images, without their labels; batches of 128, two views of 24 pixels and two of 12.

    Only the teacher's backbone is kept: it is what DINO's paper evaluates, and with the student and both heads the file
    would be too large. The head has BatchNorm, which the paper's ViTs do without: without it so short a run begins with
    one output for all images, and loses its time there.
    """
    images = data.load("cifar10", split="train").images
    views = augment.dino_views(
        24, 12, n_local_views=2, local_crop_scale=(0.1, 0.4), jitter_strength=0.5, blur_p=(0.0, 0.0, 0.0), solarize_p=0.0,
    )
    with runtime.seeded(0):
        method = methods.DINO(copy.deepcopy(encoder), views=views, output_dim=1024, batch_norm=True, momentum=0.99)
    training.train(
        method, images, steps=STEPS, batch_size=128, lr=1e-3, weight_decay=0.04, warmup=0.1, clip=3.0, seed=0,
        desc="DINO", checkpoint=checkpoint, every=25,
    )
    encoder.load_state_dict(method.teacher_encoder.state_dict())


ABOUT = f"DINO, the teacher's ViT of width 128 with 64 patches, CIFAR-10, {STEPS:,} steps of 128"
RECIPES = {"dino_vit": Recipe(ABOUT, build, train, simclr.score)}
