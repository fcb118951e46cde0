"""Solarization: bright pixels inverted, as on overexposed film. BYOL and DINO use it on one of two global views."""

from __future__ import annotations

import torch

from .. import expect
from . import draws
from .arguments import probability
from .transform import Transform, float_images, on_some


class Solarize(Transform):
    """Each image solarized with probability p: values of `threshold` and above become 1 − value.

    The second global view of DINO has p = 0.2 (Caron et al., 2021, arXiv:2104.14294, after BYOL).

    >>> Solarize(threshold=0.5, p=1.0)(torch.tensor([[[[0.25, 0.75, 1.0]]]]))
    tensor([[[[0.2500, 0.2500, 0.0000]]]])
    """

    def __init__(self, threshold: float = 0.5, p: float = 0.2) -> None:
        self.threshold = _threshold(threshold)
        self.p = probability(p)

    def apply(self, images: torch.Tensor, generator: torch.Generator | None) -> torch.Tensor:
        chosen = draws.chosen(len(images), self.p, generator)
        return on_some(images, chosen, lambda some: _invert_above(some, self.threshold))


def solarize(images: torch.Tensor, threshold: float = 0.5) -> torch.Tensor:
    """Images (N, C, H, W) with every value of `threshold`, in [0, 1], and above replaced by 1 − value."""
    with float_images(images) as batch:
        return _invert_above(batch, _threshold(threshold))


def _invert_above(x: torch.Tensor, threshold: float) -> torch.Tensor:
    above = x.clone().ge_(threshold)  # 0.0 or 1.0: lerp then takes one end, exactly; torch.where is slow on a CPU
    return torch.lerp(x, 1 - x, above)


def _threshold(threshold: float) -> float:
    expect.number(threshold, "threshold", at_least=0, at_most=1)
    return float(threshold)
