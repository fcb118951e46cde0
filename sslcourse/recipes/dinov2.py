"""DINOv2 with a small ViT on CIFAR-10's training images: what lab 16 looks into, and trains on (Oquab et al., 2024)."""

from __future__ import annotations

import contextlib
from pathlib import Path

import torch
from torch import Tensor, nn

from .. import augment, data, methods, models, runtime, training
from . import simclr
from .recipe import Recipe

STEPS, PLANNED, HIGH_STEPS, BATCH = 1_520, 3_000, 150, 128
SIZE, HIGH = 24, 32  # pixels of the global views, first and at the end
K = 512


class Teacher(nn.Module):
    """What is kept of a run: the teacher's ViT and both heads. The student, which follows no other, can begin as its copy."""

    def __init__(self):
        super().__init__()
        method = new_method(SIZE)
        self.encoder, self.heads = method.teacher_encoder, method.teacher_heads

    def encode(self, images: Tensor) -> Tensor:
        """The class token, (N, D)."""
        return self.encoder(images)


def new_vit(registers: int = 2) -> models.VisionTransformer:
    """A ViT of width 128, 4 blocks, patches of 8 pixels behind a stem of convolutions.

    A patch of 8 pixels leaves 9 tokens of a view of 24: steps are quick, and what lies within a patch is the stem's work.
    """
    encoder = models.VisionTransformer(32, 8, width=128, depth=4, heads=4, mask_token=True, stem="conv", registers=registers)
    with torch.no_grad():  # a short run has no time to find out what is next to what
        encoder.positions.copy_(methods.sine_cosine_positions(4, 4, 128))
    return encoder


def new_method(size: int, **settings) -> methods.DINOv2:
    """DINOv2 around that ViT; settings are those of `methods.DINOv2`.

    The heads have BatchNorm, which the paper's ViTs do without: without it so short a run begins with one output for all
    images, and loses its time there.
    """
    usual = {"views": views(size), "output_dim": K, "batch_norm": True, "momentum": 0.98}
    return methods.DINOv2(new_vit(), **usual | settings)


def views(size: int) -> augment.MultiView:
    """Two global views of this many pixels, and two local ones of 16."""
    return augment.dino_views(
        size, 16, n_local_views=2, local_crop_scale=(0.1, 0.4), jitter_strength=0.5, blur_p=(0.0, 0.0, 0.0), solarize_p=0.0,
    )


def build() -> Teacher:
    """The ViT and its heads, not yet trained."""
    with runtime.seeded(0):
        return Teacher()


def go_on(kept: Teacher, size: int = HIGH, **settings) -> methods.DINOv2:
    """DINOv2 whose student and teacher both begin with the weights of `kept`."""
    method = new_method(size, **settings)
    for encoder in (method.encoder, method.teacher_encoder):
        encoder.load_state_dict(kept.encoder.state_dict())
    for heads in (method.heads, method.teacher_heads):
        heads.load_state_dict(kept.heads.state_dict())
    return method


class _Enough(Exception):
    """The first part of the training has come as far as it is meant to."""


def train(kept: Teacher, checkpoint: Path) -> None:
    """All 50,000 training images, without their labels: views of 24 pixels, and at the end of 32 (section 5, "Adapting the
    resolution").

    The learning rate of the first part falls as if it went on for `PLANNED` steps, of which it takes `STEPS`; the second part
    brings it down to 0. A larger `STEPS` goes on from a checkpoint that is there.
    """
    def enough(method: nn.Module, step: int) -> dict[str, float]:
        if step >= STEPS:
            raise _Enough
        return {}

    images = data.load("cifar10", split="train").images
    end = checkpoint.with_name(f"{checkpoint.stem}_end.safetensors")
    settings = {"batch_size": BATCH, "weight_decay": 0.04, "clip": 3.0, "every": 20}
    with runtime.seeded(0):
        method = go_on(kept, SIZE)
    with contextlib.suppress(_Enough):
        training.train(method, images, steps=PLANNED, lr=1e-3, warmup=0.1, seed=0, desc="DINOv2", evaluate=enough,
                       checkpoint=checkpoint, **settings)
    method.views = views(HIGH)
    training.train(method, images, steps=HIGH_STEPS, lr=2e-4, seed=1, desc="DINOv2, larger views", checkpoint=end, **settings)
    kept.encoder.load_state_dict(method.teacher_encoder.state_dict())
    kept.heads.load_state_dict(method.teacher_heads.state_dict())
    end.unlink(missing_ok=True)


ABOUT = (
    f"DINOv2, a teacher's ViT of width 128 with a stem of convolutions, and its heads; CIFAR-10, {STEPS:,} steps of {BATCH} "
    f"at {SIZE} pixels, {HIGH_STEPS:,} at {HIGH}"
)
RECIPES = {"dinov2_vit": Recipe(ABOUT, build, train, simclr.score)}
