"""Random color: ColorJitter and RandomGrayscale.

Crops alone make SimCLR's task too easy: two crops of one image are known by their color histogram. With the colors
distorted as well, the features are far better (Chen et al., 2020, arXiv:2002.05709, figures 5 and 6).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from .. import expect
from . import draws
from .arguments import interval, probability
from .color import HUE, adjust, luminance, rotate_hue_
from .transform import Transform, on_some


class ColorJitter(Transform):
    """With probability p for each image: brightness, contrast, saturation and hue changed at random, in random order.

    Every image draws whether it is changed, its four strengths and its order of the four, as in torchvision, where the
    transform is called once per image. A strength s means a factor uniform in [max(0, 1 − s), 1 + s], for hue a turn
    uniform in [−s, s] of the circle; a pair gives the range itself. Images of one channel have no saturation and hue.

    brightness, contrast, saturation   a strength ≥ 0, or (low, high) with 0 ≤ low
    hue                                a strength in [0, 0.5], or (low, high) within [−0.5, 0.5]
    p                                  probability that an image is changed at all (torchvision: RandomApply around it)

    Raises ValueError for a strength or a probability out of range.

    >>> jitter = ColorJitter(0.4, 0.4, 0.4, 0.1, p=0.8)
    >>> jitter
    ColorJitter(brightness=(0.6, 1.4), contrast=(0.6, 1.4), saturation=(0.6, 1.4), hue=(-0.1, 0.1), p=0.8)
    >>> jitter(torch.rand(4, 3, 8, 8), generator=torch.Generator().manual_seed(0)).shape
    torch.Size([4, 3, 8, 8])
    """

    def __init__(self, brightness: float | Sequence[float] = 0.0, contrast: float | Sequence[float] = 0.0,
                 saturation: float | Sequence[float] = 0.0, hue: float | Sequence[float] = 0.0, *,
                 p: float = 1.0) -> None:
        self.brightness = _around_one(brightness, "brightness")
        self.contrast = _around_one(contrast, "contrast")
        self.saturation = _around_one(saturation, "saturation")
        self.hue = _around_zero(hue)
        self.p = probability(p)

    def draw(self, n: int, generator: torch.Generator | None = None) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """For n images: whether each is changed, (n,) boolean; its strengths, (n, 4); its order of the four, (n, 4)."""
        chosen = draws.chosen(n, self.p, generator)
        ranges = (self.brightness, self.contrast, self.saturation, self.hue)
        strengths = torch.stack([draws.uniform(n, low, high, generator) for low, high in ranges], dim=1)
        return chosen, strengths, draws.orders(n, 4, generator)

    def apply(self, images: torch.Tensor, generator: torch.Generator | None) -> torch.Tensor:
        return jitter(images, *self.draw(len(images), generator))


def jitter(images: torch.Tensor, chosen: torch.Tensor, strengths: torch.Tensor, order: torch.Tensor) -> torch.Tensor:
    """The drawn changes, every image in its own order, for the price of one order for all.

    The three blends differ only in their target, so one batched `adjust` does another of the three for each image. The
    hue turns after none, one, two or three of them: the images are sorted by that number, and those whose turn it is lie
    side by side.
    """
    turn_after = (order == HUE).int().argmax(dim=1)  # (N,): how many blends come before the hue
    group = torch.where(chosen, turn_after, 4)  # 4: not chosen, sorted to the end and left alone
    sort = group.argsort(stable=True)
    ends = torch.bincount(group, minlength=5).cumsum(0).tolist()
    m = ends[3]  # images chosen

    blends = order[order != HUE].view(-1, 3)  # (N, 3): the order of the three that remain
    plan = torch.stack([strengths.gather(1, blends), blends])  # (2, N, 3): by how much, and which of the three
    plan = draws.on(images.device, plan[:, sort[:m]])
    turn = draws.on(images.device, strengths[sort[:m], HUE])
    turns = bool(strengths[:, HUE].any())

    x = images.index_select(0, draws.on(images.device, sort))  # a copy
    some = x[:m]  # a view: what follows is in place
    for step in range(4):
        if turns:
            now = slice(ends[step - 1] if step else 0, ends[step])
            rotate_hue_(some[now], turn[now])
        if step < 3:
            factor, what = plan[:, :, step]
            adjust(some, what, factor, out=some)
    return x.index_select(0, draws.on(images.device, sort.argsort()))


class RandomGrayscale(Transform):
    """Each image turned gray with probability p; it keeps its number of channels.

    >>> RandomGrayscale(p=1.0)(torch.rand(2, 3, 4, 4)).std(dim=1).max().item()
    0.0
    """

    def __init__(self, p: float = 0.1) -> None:
        self.p = probability(p)

    def apply(self, images: torch.Tensor, generator: torch.Generator | None) -> torch.Tensor:
        chosen = draws.chosen(len(images), self.p, generator)
        return on_some(images, chosen, lambda some: luminance(some).expand_as(some))


def _around_one(strength: float | Sequence[float], argument: str) -> tuple[float, float]:
    if isinstance(strength, Sequence):
        return interval(strength, argument, at_least=0)
    expect.number(strength, argument, at_least=0)
    return max(0.0, 1.0 - strength), 1.0 + strength


def _around_zero(strength: float | Sequence[float]) -> tuple[float, float]:
    if isinstance(strength, Sequence):
        return interval(strength, "hue", at_least=-0.5, at_most=0.5)
    expect.number(strength, "hue", at_least=0, at_most=0.5)
    return -float(strength), float(strength)
