"""A stem of convolutions in place of a ViT's linear patch embedding (Xiao et al., 2021, arXiv:2106.14881)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from .. import expect
from . import inputs


class ConvStem(nn.Module):
    """Images to patch tokens by a few small convolutions: (N, C, H, W) -> (N, L, D), L = H W / P², in reading order.

    Xiao et al., section 3: log₂ P convolutions of 3 × 3 at stride 2, with BatchNorm and ReLU and channels that double, then
    one of 1 × 1 to the width. A linear embedding has to find out by itself what an edge is; in a short training it does not.
    A token sees some pixels of its neighbors', which is why `VisionTransformer` blanks hidden patches before the stem.

    patch_size    P, a power of two, 2 at least
    width         D; in_channels is C

    Raises ValueError for sizes below 1, another patch size.

    >>> ConvStem(patch_size=8, width=32)(torch.rand(2, 3, 16, 24)).shape        # 2 × 3 patches
    torch.Size([2, 6, 32])
    """

    def __init__(self, patch_size: int = 8, width: int = 128, in_channels: int = 3):
        super().__init__()
        inputs.sizes(width=width, in_channels=in_channels)
        expect.integer(patch_size, "patch_size", at_least=2)
        halvings = round(math.log2(patch_size))
        expect.that(2**halvings == patch_size, "patch_size", patch_size, "a power of two, for a stem that halves")
        channels = [in_channels, *(max(width // 2**i, 4) for i in range(halvings - 1, -1, -1))]
        parts: list[nn.Module] = []
        for before, after in zip(channels, channels[1:]):
            parts += [nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
        self.convs, self.last = nn.Sequential(*parts), nn.Conv2d(width, width, 1)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images: Tensor) -> Tensor:
        return self.last(self.convs(images)).flatten(2).transpose(1, 2)


def blanked(images: Tensor, hidden: Tensor, patch_size: int) -> Tensor:
    """Images (N, C, H, W) whose `hidden` patches, (N, L) bool in reading order, are 0.

    >>> blanked(torch.ones(1, 1, 2, 4), torch.tensor([[True, False]]), 2)
    tensor([[[[0., 0., 1., 1.],
              [0., 0., 1., 1.]]]])
    """
    rows = images.shape[2] // patch_size
    pixels = hidden.unflatten(1, (rows, -1)).repeat_interleave(patch_size, 1).repeat_interleave(patch_size, 2)
    return torch.where(pixels[:, None], 0.0, images)
