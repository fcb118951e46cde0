"""The Vision Transformer (Dosovitskiy et al., 2021, arXiv:2010.11929), with what MAE, DINO and iBOT ask of it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .. import expect
from . import inputs
from .patches import get_at_index, patchify
from .stem import ConvStem, blanked
from .transformer import TransformerBlock, init_weights


class VisionTransformer(nn.Module):
    """A ViT: (N, C, H, W) -> (N, D), the class token after the last norm, or logits (N, K) with a classifier.

    ViT, equations (1) to (4): z_0 = [x_class; x_p¹E; …; x_p^L E] + E_pos, then `depth` blocks, then LN. Another image
    size than the one it was built for is welcome: the learned positions are interpolated (section 3.2).

    image_size            pixels, of a square; it says how many positions are learned
    patch_size            P, a divisor of image_size; L = (image_size / P)²
    width, depth, heads   D, the number of blocks, the heads in each, which divide D
    mlp_ratio             the MLP's hidden size over D
    in_channels           C
    num_classes           K, or 0 for no classifier
    mask_token            True adds a learned token that `mask` puts in place of hidden patches (SimMIM, iBOT)
    stem                  "linear", E on each patch by itself; or "conv", a `ConvStem`: what is hidden is blank for it too
    registers             R, learned tokens that take part in every block and are then thrown away, so that no patch has to
                          serve the network as its notepad (Darcet et al., 2024, arXiv:2309.16588, section 2.2)

    Raises ValueError for sizes below 1, fewer than 0 registers, a patch size or heads that do not divide, images of another
    rank, type, number of channels or of no whole number of patches, indices outside [0, L), a mask where there is no mask
    token.

    Attributes: `num_features` (D), `num_classes`, `patch_size`.

    >>> net = VisionTransformer(image_size=32, patch_size=8, width=16, depth=2, heads=2)
    >>> images = torch.rand(2, 3, 32, 32)
    >>> net(images).shape, net.tokens(images).shape, net.attention_maps(images).shape
    (torch.Size([2, 16]), torch.Size([2, 17, 16]), torch.Size([2, 2, 2, 17, 17]))
    >>> net(torch.rand(2, 3, 16, 24)).shape  # 2 × 3 patches
    torch.Size([2, 16])
    """

    def __init__(
        self,
        image_size: int = 32,
        patch_size: int = 4,
        width: int = 128,
        depth: int = 4,
        heads: int = 4,
        *,
        mlp_ratio: float = 4.0,
        in_channels: int = 3,
        num_classes: int = 0,
        mask_token: bool = False,
        stem: str = "linear",
        registers: int = 0,
    ):
        super().__init__()
        inputs.sizes(
            image_size=image_size, patch_size=patch_size, width=width, depth=depth, in_channels=in_channels
        )
        inputs.divides(patch_size, image_size, "patch_size", "the image size")
        expect.integer(num_classes, "num_classes", at_least=0)
        expect.integer(registers, "registers", at_least=0)
        expect.one_of(stem, "stem", ("linear", "conv"))
        self.patch_size, self.in_channels, self.num_classes = patch_size, in_channels, num_classes
        self.num_features = width
        self.grid = image_size // patch_size

        # in the order of the forward pass, which is the order that fine-tuning's "last n blocks" goes by
        if stem == "conv":
            self.patch_embed = ConvStem(patch_size, width, in_channels)
        else:
            self.patch_embed = nn.Linear(patch_size * patch_size * in_channels, width)  # E, on `patchify`'s patches
        self.blocks = nn.ModuleList(TransformerBlock(width, heads, mlp_ratio) for _ in range(depth))
        self.class_token = nn.Parameter(torch.zeros(1, 1, width))
        self.positions = nn.Parameter(torch.zeros(1, 1 + self.grid**2, width))  # the class token's first
        self.mask_token = nn.Parameter(torch.zeros(1, 1, width)) if mask_token else None
        self.registers = nn.Parameter(torch.zeros(1, registers, width)) if registers else None
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.head = nn.Linear(width, num_classes) if num_classes else nn.Identity()
        self.apply(init_weights)
        for token in (self.class_token, self.positions, self.mask_token, self.registers):
            if token is not None:
                nn.init.trunc_normal_(token, std=0.02)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.forward_features(images))

    def forward_features(
        self, images: Tensor, idx_keep: Tensor | None = None, mask: Tensor | None = None
    ) -> Tensor:
        """The class token, (N, D); arguments as in `tokens`."""
        return self.tokens(images, idx_keep, mask)[:, 0]

    def tokens(self, images: Tensor, idx_keep: Tensor | None = None, mask: Tensor | None = None) -> Tensor:
        """All tokens after the last norm, (N, 1 + L, D), the class token first, then the patches in reading order.

        Registers are not among them.
        idx_keep, (N, K) as `random_token_mask` draws it, indexes patches, from 0 and without the class token: the
        others are dropped before the first block (MAE, arXiv:2111.06377, section 3) -> (N, 1 + K, D).
        mask, (N, L) and boolean, keeps every place but puts the mask token where it is True.
        """
        x = self._embed(images, idx_keep, mask)
        for block in self.blocks:
            x = block(x)
        return self.norm(x if self.registers is None else x[:, : -self.registers.shape[1]])

    def attention_maps(self, images: Tensor, layer: int | None = None) -> Tensor:
        """Who looks at whom: (N, depth, heads, T, T), T = 1 + L + R; with `layer` that one alone, (N, heads, T, T).

        Rows are queries and sum to 1; registers come last. Entry [0, 1 : 1 + L] of the last layer is the class token's look
        at the patches, which DINO (arXiv:2104.14294, figure 1) shows as a picture.
        """
        depth = len(self.blocks)
        if layer is not None:
            expect.integer(layer, "layer", at_least=-depth, at_most=depth - 1)
            layer %= depth
        x, maps = self._embed(images), []
        for i, block in enumerate(self.blocks):
            if layer is None or i == layer:
                x, attention = block(x, return_attention=True)
                maps.append(attention)
                if i == layer:
                    return attention
            else:
                x = block(x)
        return torch.stack(maps, dim=1)

    def _embed(self, images: Tensor, idx_keep: Tensor | None = None, mask: Tensor | None = None) -> Tensor:
        """Equation (1): patches, embedded, with their positions, after the class token -> (N, 1 + L or K (+ R), D)."""
        inputs.images(images, self.in_channels)
        rows, columns = inputs.in_patches(*images.shape[2:], self.patch_size)
        x = self._patches(images, rows * columns, idx_keep, mask)  # (N, L, D)
        positions = interpolate_positions(self.positions, (self.grid, self.grid), (rows, columns))
        x = x + positions[:, 1:]
        if idx_keep is not None:
            x = get_at_index(x, idx_keep)  # (N, K, D)
        first = (self.class_token + positions[:, :1]).to(x.dtype)
        x = torch.cat([first.expand(len(x), -1, -1), x], dim=1)
        if self.registers is None:
            return x
        return torch.cat([x, self.registers.to(x.dtype).expand(len(x), -1, -1)], dim=1)  # they have no place of their own

    def _patches(self, images: Tensor, length: int, idx_keep: Tensor | None, mask: Tensor | None) -> Tensor:
        """E of each patch, (N, L, D), the mask token where `mask` is True. What is hidden is hidden from a stem, too."""
        if idx_keep is not None:
            expect.tensor(idx_keep, "idx_keep")
            inputs.indices(idx_keep, "idx_keep", (len(images), "K"), length)
        if mask is not None:
            got = expect.Words("a mask for a network without a mask token")
            expect.that(self.mask_token is not None, "mask", got, "VisionTransformer(mask_token=True)")
            expect.tensor(mask, "mask", (len(images), length))
            expect.that(mask.dtype == torch.bool, "mask", mask, "bool, True where a patch is hidden")
        if isinstance(self.patch_embed, nn.Linear):
            x = self.patch_embed(patchify(images, self.patch_size))
        else:
            if mask is not None:
                images = blanked(images, mask, self.patch_size)
            if idx_keep is not None:
                dropped = torch.ones(len(images), length, dtype=torch.bool, device=images.device)
                images = blanked(images, dropped.scatter(1, idx_keep, False), self.patch_size)
            x = self.patch_embed(images)
        return x if mask is None else torch.where(mask.unsqueeze(2), self.mask_token.to(x.dtype), x)


def interpolate_positions(positions: Tensor, grid: Sequence[int], new_grid: Sequence[int]) -> Tensor:
    """Learned positions for another number of patches: (1, 1 + h·w, D) -> (1, 1 + h'·w', D).

    ViT, section 3.2 ("Fine-tuning and higher resolution"): the patches' positions are a map of h × w, resized (bicubic,
    as in DINO's code); the class token's stays. The same grid gives the same tensor, untouched. ValueError: another
    rank or number of positions, sizes below 1.

    >>> interpolate_positions(torch.rand(1, 1 + 4 * 4, 8), (4, 4), (2, 3)).shape
    torch.Size([1, 7, 8])
    """
    for value, name in ((grid, "grid"), (new_grid, "new_grid")):
        expect.that(isinstance(value, Sequence) and len(value) == 2, name, value, "(rows, columns)")
        for size in value:
            expect.integer(size, name, at_least=1)
    expect.tensor(positions, "positions", (1, 1 + grid[0] * grid[1], "D"))
    if tuple(grid) == tuple(new_grid):
        return positions
    first, rest = positions[:, :1], positions[:, 1:]
    maps = rest.reshape(1, *grid, -1).permute(0, 3, 1, 2)  # (1, D, h, w)
    maps = F.interpolate(maps.float(), size=tuple(new_grid), mode="bicubic", align_corners=False).to(positions.dtype)
    return torch.cat([first, maps.permute(0, 2, 3, 1).reshape(1, new_grid[0] * new_grid[1], -1)], dim=1)
