"""Deep residual networks (He et al., 2016, arXiv:1512.03385), small enough for two cores and wide enough for a GPU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from torch import Tensor, nn

from .. import expect
from . import inputs

STEMS = {"cifar": (3, 1), "half": (3, 2), "imagenet": (7, 2)}  # kernel and stride of the first convolution


class ResNet(nn.Module):
    """A ResNet of basic blocks: (N, C, H, W) -> (N, D), or logits (N, K) where there is a classifier.

    He et al., figure 3 and equation (2): each block adds to its input x what two 3×3 convolutions make of it,
    y = F(x) + W_s x. The first block of a stage halves height and width and doubles the channels, and only there W_s is
    a 1×1 convolution; elsewhere it is the identity. The features are the last map's mean over its positions.

    width                channels of the first stage; stage s has width · 2^s
    depth                blocks per stage, one number for each stage: (2, 2, 2, 2) is ResNet-18, (3, 4, 6, 3) is ResNet-34
    stem                 "cifar", one 3×3 convolution that keeps the size, for images up to 64 pixels (SimCLR,
                         arXiv:2002.05709, appendix B.9); "half", the same with stride 2, a quarter of the work; or
                         "imagenet", a 7×7 convolution of stride 2 and a max pool, a quarter of the size
    in_channels          C
    num_classes          K, or 0 for no classifier: the network is an encoder then
    zero_init_residual   every block starts as the identity, its last BatchNorm's weight 0 (arXiv:1706.02677, 5.1)

    Raises ValueError for sizes below 1, an unknown stem, images of another rank, type or number of channels.

    Attributes: `num_features` (D), `num_classes`. Parameters are named as in torchvision, so weights copy across in
    either direction. Works in channels-last memory: `net.to(memory_format=torch.channels_last)`.

    >>> import torch
    >>> net = ResNet(width=8, depth=(1, 1), num_classes=10)
    >>> images = torch.rand(2, 3, 16, 16)
    >>> net(images).shape, net.forward_features(images).shape, net.num_features
    (torch.Size([2, 10]), torch.Size([2, 16]), 16)
    >>> [tuple(stage.shape) for stage in net.feature_maps(images)]
    [(2, 8, 16, 16), (2, 16, 8, 8)]
    """

    def __init__(
        self,
        width: int = 64,
        depth: Sequence[int] = (2, 2, 2, 2),
        *,
        stem: Literal["cifar", "half", "imagenet"] = "cifar",
        in_channels: int = 3,
        num_classes: int = 0,
        zero_init_residual: bool = False,
    ):
        super().__init__()
        inputs.sizes(width=width, in_channels=in_channels)
        is_list = isinstance(depth, Sequence) and not isinstance(depth, str) and len(depth) > 0
        expect.that(is_list, "depth", depth, "blocks per stage, such as (2, 2, 2, 2)")
        for blocks in depth:
            expect.integer(blocks, "depth", at_least=1)
        expect.one_of(stem, "stem", STEMS)
        expect.integer(num_classes, "num_classes", at_least=0)

        kernel, stride = STEMS[stem]
        self.conv1 = nn.Conv2d(in_channels, width, kernel, stride=stride, padding=kernel // 2, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1) if stem == "imagenet" else nn.Identity()
        channels = width
        self.stages = len(depth)
        for s, blocks in enumerate(depth):
            stage = []
            for b in range(blocks):
                out_channels = width * 2**s
                stage.append(BasicBlock(channels, out_channels, stride=2 if s > 0 and b == 0 else 1))
                channels = out_channels
            self.add_module(f"layer{s + 1}", nn.Sequential(*stage))
        self.num_features, self.num_classes, self.in_channels = channels, num_classes, in_channels
        self.fc = nn.Linear(channels, num_classes) if num_classes else nn.Identity()
        self._initialize(zero_init_residual)

    def forward(self, images: Tensor) -> Tensor:
        return self.fc(self.forward_features(images))

    def forward_features(self, images: Tensor) -> Tensor:
        """The features, (N, D): the last stage's map averaged over its positions."""
        return self.feature_maps(images)[-1].mean(dim=(2, 3))  # (N, D, H', W') -> (N, D)

    def feature_maps(self, images: Tensor) -> list[Tensor]:
        """The map after each stage, (N, width · 2^s, H / 2^s, W / 2^s): for a probe after every block."""
        inputs.images(images, self.in_channels)
        x = self.maxpool(self.relu(self.bn1(self.conv1(images))))
        maps = []
        for s in range(self.stages):
            x = self.get_submodule(f"layer{s + 1}")(x)
            maps.append(x)
        return maps

    def _initialize(self, zero_init_residual: bool) -> None:
        for module in self.modules():
            if isinstance(module, nn.Conv2d):  # keeps the variance of the signal going back (arXiv:1502.01852, eq. 14)
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(module, BasicBlock) and zero_init_residual:
                nn.init.zeros_(module.bn2.weight)


class BasicBlock(nn.Module):
    """Two 3×3 convolutions and a shortcut around them: (N, C, H, W) -> (N, C', H / stride, W / stride)."""

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1 or in_channels != out_channels:
            shortcut = nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False)
            self.downsample = nn.Sequential(shortcut, nn.BatchNorm2d(out_channels))

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return self.relu(out + (x if self.downsample is None else self.downsample(x)))


def resnet18_cifar(num_classes: int = 0, *, in_channels: int = 3, zero_init_residual: bool = False) -> ResNet:
    """The ResNet-18 that papers use on CIFAR: 11.2 M parameters, D = 512, for (N, C, 32, 32).

    torchvision's resnet18 with its first convolution replaced by a 3×3 one of stride 1 and its max pool left out
    (SimCLR, arXiv:2002.05709, appendix B.9). ValueError: as `ResNet`.

    >>> sum(p.numel() for p in resnet18_cifar(num_classes=10).parameters())
    11173962
    """
    return ResNet(num_classes=num_classes, in_channels=in_channels, zero_init_residual=zero_init_residual)


def small_resnet(num_classes: int = 0, *, in_channels: int = 3, zero_init_residual: bool = False) -> ResNet:
    """The course's encoder for two cores: three stages of one block, 32 to 128 channels, D = 128, 0.3 M parameters.

    For (N, C, 32, 32) and smaller crops. Its first convolution has stride 2: a step's seconds go into the large maps, and
    at half the size three times as many steps fit into a minute, which is worth more than the pixels. ValueError: as
    `ResNet`, of whose blocks it is built (arXiv:1512.03385).

    >>> small_resnet().num_features
    128
    """
    return ResNet(
        32, (1, 1, 1), stem="half", num_classes=num_classes, in_channels=in_channels, zero_init_residual=zero_init_residual
    )
