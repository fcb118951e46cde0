"""A small ResNet (He et al., arXiv:1512.03385) that looks at whitened patches: the strongest encoder here for two cores."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .. import expect
from . import inputs
from .resnet import BasicBlock
from .whitening import IMAGES, whitening_filters


class PatchResNet(nn.Module):
    """Whitened patches, then a ResNet's blocks, then many features: (N, C, H, W) -> (N, D), or logits (N, K).

        patches     ReLU of F filters on images − mean, every `stride` pixels      frozen: no gradient is computed for them
        stages      BasicBlocks of 3×3 convolutions (He et al., figure 3); each further stage has half the height and width
        features    a 1×1 convolution to D maps, BatchNorm, ReLU; their means over the positions

    Most of what a first layer learns in a minute is to take neighbouring pixels apart. PCA knows that before the first step.
    And the wide last layer costs little, as its maps are small, while a linear probe or kNN has D numbers to look at.

    filters        (F, C, k, k), such as those of `whitening_filters`
    mean           (C,), the images' mean color; None for 0. What is padded at the edge is then of this color, no black frame
    width, depth   channels of the first stage; blocks in each stage, whose channels double from one to the next
    features       D
    num_classes    K, or 0 for no classifier: the network is an encoder then

    Attributes: `num_features` (D), `num_classes`. Raises ValueError: for sizes below 1, filters that are no (F, C, k, k), or
    images of another rank, type or number of channels.

    >>> net = PatchResNet(torch.randn(24, 3, 2, 2), width=8, depth=(1, 1), features=32, num_classes=10)
    >>> images = torch.rand(2, 3, 16, 16)
    >>> net(images).shape, net.forward_features(images).shape, net.num_features
    (torch.Size([2, 10]), torch.Size([2, 32]), 32)
    >>> [tuple(stage.shape) for stage in net.feature_maps(images)]
    [(2, 8, 8, 8), (2, 16, 4, 4), (2, 32, 4, 4)]
    """

    def __init__(
        self, filters: Tensor, width: int = 32, depth: Sequence[int] = (1, 1, 1), *, mean: Tensor | None = None,
        features: int = 512, stride: int = 2, num_classes: int = 0,
    ):
        super().__init__()
        expect.tensor(filters, "filters", ("F", "C", "k", "k"), finite=True)
        mean = torch.zeros(filters.shape[1]) if mean is None else mean
        expect.tensor(mean, "mean", (filters.shape[1],), finite=True)
        inputs.sizes(width=width, features=features, stride=stride)
        is_list = isinstance(depth, Sequence) and not isinstance(depth, str) and len(depth) > 0
        expect.that(is_list, "depth", depth, "blocks per stage, such as (1, 1, 1)")
        for blocks in depth:
            expect.integer(blocks, "depth", at_least=1)
        expect.integer(num_classes, "num_classes", at_least=0)

        self.register_buffer("filters", filters.clone())  # they go with the weights, but are none: nothing trains them
        self.register_buffer("mean", mean.float().view(1, -1, 1, 1).clone())
        self.stride, self.in_channels, self.stages = stride, filters.shape[1], len(depth)
        channels = len(filters)
        for s, blocks in enumerate(depth):
            stage = []
            for b in range(blocks):
                stage.append(BasicBlock(channels, width * 2**s, stride=2 if s > 0 and b == 0 else 1))
                channels = width * 2**s
            self.add_module(f"layer{s + 1}", nn.Sequential(*stage))
        self.last = nn.Sequential(nn.Conv2d(channels, features, 1, bias=False), nn.BatchNorm2d(features), nn.ReLU())
        self.num_features, self.num_classes = features, num_classes
        self.fc = nn.Linear(features, num_classes) if num_classes else nn.Identity()
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images: Tensor) -> Tensor:
        return self.fc(self.forward_features(images))

    def forward_features(self, images: Tensor) -> Tensor:
        """The features, (N, D): the last map averaged over its positions."""
        return self.feature_maps(images)[-1].mean(dim=(2, 3))  # (N, D, H', W') -> (N, D)

    def patches(self, images: Tensor) -> Tensor:
        """What the blocks look at: (N, F, H / stride, W / stride), no number below 0."""
        inputs.images(images, self.in_channels)
        with torch.autocast(images.device.type, enabled=False):  # differences of nearly equal pixels need all their digits
            around = (self.filters.shape[2] - 1) // 2
            return F.relu(F.conv2d(images.float() - self.mean, self.filters, stride=self.stride, padding=around))

    def feature_maps(self, images: Tensor) -> list[Tensor]:
        """The map after each stage, and last the one of the D features."""
        x = self.patches(images)
        maps = []
        for part in [*(self.get_submodule(f"layer{s + 1}") for s in range(self.stages)), self.last]:
            x = part(x)
            maps.append(x)
        return maps


def patch_resnet(images: Tensor, num_classes: int = 0, *, width: int = 32) -> PatchResNet:
    """The course's strongest encoder for two cores: whitened 4×4 patches of `images`, three stages, D = 512.

    `images` (N, C, H, W) are those that it will be trained on: it takes what it must know of pixels from the first 1,000, and
    no label. `width` is the first stage's; at 32 there are 0.4 M parameters. ValueError: as `whitening_filters` and
    `PatchResNet`, of whose blocks it is built (arXiv:1512.03385).

    >>> patch_resnet(torch.rand(10, 3, 32, 32)).num_features
    512
    """
    filters = whitening_filters(images)
    mean = images[:IMAGES].double().mean(dim=(0, 2, 3)) / (255 if images.dtype == torch.uint8 else 1)       # (C,)
    return PatchResNet(filters, width, mean=mean, num_classes=num_classes)
