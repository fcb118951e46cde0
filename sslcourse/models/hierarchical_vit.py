"""A hierarchical Vision Transformer: windows, shifted, and fewer, wider tokens in each stage (Swin, arXiv:2103.14030)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from .. import expect
from . import inputs
from .patches import patchify
from .transformer import TransformerBlock, init_weights


class HierarchicalViT(nn.Module):
    """A small Swin: (N, C, H, W) -> (N, D), the mean of the last stage's tokens, or logits (N, K) with a classifier.

    Liu et al. (2021, arXiv:2103.14030), section 3: tokens look at each other inside windows of w × w; every second block
    shifts the windows by half of one, and a token then looks at no one from across the edge of the map. Between stages 2 × 2
    tokens become one of twice the width.

    patch_size      pixels of a token in the first stage
    width           of the first stage; stage s has width · 2^s
    depth           blocks in each stage, such as (2, 2)
    heads           in the first stage; stage s has heads · 2^s
    window          w; a map that is no larger is one window
    mlp_ratio       as `TransformerBlock`'s
    in_channels     C
    num_classes     K, or 0 for no classifier

    Positions are told by a learned convolution over 3 × 3 tokens at the start (arXiv:2102.10882), where Swin has a bias in
    each window: so images of every size will do. Raises ValueError for sizes below 1, images whose tokens cannot be merged
    or cut into windows.

    >>> net = HierarchicalViT(patch_size=2, width=8, depth=(2, 2), heads=2, window=4)
    >>> images = torch.rand(2, 3, 16, 16)
    >>> net(images).shape, net.tokens(images).shape
    (torch.Size([2, 16]), torch.Size([2, 16, 16]))
    """

    def __init__(
        self, patch_size: int = 2, width: int = 32, depth: Sequence[int] = (2, 2, 2), heads: int = 2, window: int = 4, *,
        mlp_ratio: float = 4.0, in_channels: int = 3, num_classes: int = 0,
    ):
        super().__init__()
        inputs.sizes(patch_size=patch_size, width=width, heads=heads, window=window, in_channels=in_channels)
        is_list = isinstance(depth, Sequence) and not isinstance(depth, str) and len(depth) > 0
        expect.that(is_list, "depth", depth, "blocks in each stage, such as (2, 2)")
        for blocks in depth:
            expect.integer(blocks, "depth", at_least=1)
        expect.integer(num_classes, "num_classes", at_least=0)
        self.patch_size, self.window, self.in_channels, self.num_classes = patch_size, window, in_channels, num_classes
        widths = [width * 2**s for s in range(len(depth))]
        self.num_features = widths[-1]
        self.patch_embed = nn.Linear(patch_size * patch_size * in_channels, width)
        self.place = nn.Conv2d(width, width, 3, padding=1, groups=width)
        self.stages = nn.ModuleList(
            nn.ModuleList(TransformerBlock(D, heads * 2**s, mlp_ratio) for _ in range(blocks))
            for s, (D, blocks) in enumerate(zip(widths, depth)))
        self.merges = nn.ModuleList(nn.Sequential(nn.LayerNorm(4 * D), nn.Linear(4 * D, 2 * D)) for D in widths[:-1])
        self.norm = nn.LayerNorm(self.num_features, eps=1e-6)
        self.head = nn.Linear(self.num_features, num_classes) if num_classes else nn.Identity()
        self.apply(init_weights)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.forward_features(images))

    def forward_features(self, images: Tensor) -> Tensor:
        """The mean of the last stage's tokens, (N, D)."""
        return self.tokens(images).mean(dim=1)

    def tokens(self, images: Tensor) -> Tensor:
        """The last stage's tokens after the last norm, the regions of EsViT: (N, L, D), in reading order."""
        inputs.images(images, self.in_channels)
        rows, columns = inputs.in_patches(*images.shape[2:], self.patch_size)
        x = self.patch_embed(patchify(images, self.patch_size)).unflatten(1, (rows, columns))        # (N, h, w, D)
        x = x + self.place(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        for s, blocks in enumerate(self.stages):
            if s:
                x = self.merges[s - 1](_fours(x))
            for b, block in enumerate(blocks):
                x = self._in_windows(block, x, shifted=b % 2 == 1)
        return self.norm(x).flatten(1, 2)

    def _in_windows(self, block: nn.Module, x: Tensor, shifted: bool) -> Tensor:
        """One block inside each window, of a map (N, h, w, D); shifted: of windows that lie half of one further on."""
        N, h, w, D = x.shape
        size = min(self.window, h, w)
        fits = h % size == 0 and w % size == 0
        expect.that(fits, "images", expect.Words(f"a map of {h} × {w} tokens"), f"whole windows of {size} × {size}")
        shift = size // 2 if shifted and size < max(h, w) else 0
        x = x.roll((-shift, -shift), dims=(1, 2))
        inside = block(_cut(x, size), mask=_neighbors(h, w, size, shift, x.device).repeat(N, 1, 1, 1) if shift else None)
        x = inside.view(N, h // size, w // size, size, size, D).permute(0, 1, 3, 2, 4, 5).reshape(N, h, w, D)
        return x.roll((shift, shift), dims=(1, 2))


def _cut(x: Tensor, size: int) -> Tensor:
    """A map (N, h, w, D) as windows, (N · windows, size², D)."""
    N, h, w, D = x.shape
    return x.view(N, h // size, size, w // size, size, D).permute(0, 1, 3, 2, 4, 5).reshape(-1, size * size, D)


def _neighbors(h: int, w: int, size: int, shift: int, device: torch.device) -> Tensor:
    """(windows, 1, size², size²), True where two tokens of a shifted window really were neighbors before the roll."""
    def side(length):
        return (torch.arange(length, device=device) >= length - shift).long()                        # 1: came around the edge

    part = (2 * side(h)[:, None] + side(w)).view(1, h, w, 1)
    own = _cut(part, size)[:, :, 0]                                                                  # (windows, size²)
    return (own[:, :, None] == own[:, None, :])[:, None]


def _fours(x: Tensor) -> Tensor:
    """2 × 2 tokens side by side: (N, h, w, D) -> (N, h / 2, w / 2, 4 D)."""
    N, h, w, D = x.shape
    even = h % 2 == 0 and w % 2 == 0
    expect.that(even, "images", expect.Words(f"a map of {h} × {w} tokens"), "an even number each way, to be merged")
    return x.view(N, h // 2, 2, w // 2, 2, D).permute(0, 1, 3, 2, 4, 5).reshape(N, h // 2, w // 2, 4 * D)
