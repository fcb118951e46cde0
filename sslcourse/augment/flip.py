"""Random horizontal flips: half of all images seen in a mirror."""

from __future__ import annotations

import torch

from . import draws
from .arguments import probability
from .transform import Transform, on_some


class RandomHorizontalFlip(Transform):
    """Each image mirrored left to right with probability p.

    >>> RandomHorizontalFlip(p=1.0)(torch.tensor([[[[0.0, 0.5, 1.0]]]]))
    tensor([[[[1.0000, 0.5000, 0.0000]]]])
    """

    def __init__(self, p: float = 0.5) -> None:
        self.p = probability(p)

    def apply(self, images: torch.Tensor, generator: torch.Generator | None) -> torch.Tensor:
        return on_some(images, draws.chosen(len(images), self.p, generator), lambda some: some.flip(-1))
