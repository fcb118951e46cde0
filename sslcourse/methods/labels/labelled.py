"""A few labelled images inside a method that trains on many unlabelled ones."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ... import expect


class Labelled(nn.Module):
    """The labelled images of a semi-supervised method, as buffers, and a draw from them for every step.

    The training loop orders one data set: the unlabelled images. The labelled ones are so few that they pass many times
    while those pass once, so each step draws its own `batch_size` of them, with replacement, from torch's global
    generator, which the loop seeds. As buffers they follow the method to its device; they are not part of its state dict.

    images      (N, C, H, W), uint8 or floating point; labels (N,) in [0, K). ValueError: anything else.
    batch_size  labelled images a step

    >>> labelled = Labelled(torch.zeros(20, 3, 8, 8, dtype=torch.uint8), torch.arange(20) % 10, batch_size=6)
    >>> images, labels = labelled.draw()
    >>> images.shape, labels.shape
    (torch.Size([6, 3, 8, 8]), torch.Size([6]))
    """

    def __init__(self, images: Tensor, labels: Tensor, *, batch_size: int = 64):
        super().__init__()
        expect.images(images)
        expect.labels(labels, n=len(images))
        expect.that(int(labels.min()) >= 0, "labels", expect.Words(f"a label {int(labels.min())}"), "labels ≥ 0")
        expect.integer(batch_size, "batch_size", at_least=1)
        self.register_buffer("images", images, persistent=False)
        self.register_buffer("labels", labels.long(), persistent=False)
        self.batch_size = batch_size

    def draw(self) -> tuple[Tensor, Tensor]:
        """(batch_size, C, H, W) images and their labels."""
        index = torch.randint(len(self.labels), (self.batch_size,)).to(self.labels.device, non_blocking=True)
        return self.images[index], self.labels[index]
