"""PIRL: an image and its shuffled tiles are to look alike (Misra & van der Maaten, 2020, arXiv:1912.01991)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ... import augment, expect, losses
from ..bank import MemoryBank, numbered
from .tiles import cut_tiles


class PIRL(nn.Module):
    """PIRL (Misra & van der Maaten, 2020, arXiv:1912.01991), section 3: blind to the order that `Jigsaw` asks for.

        image      f = W_f encoder(view(x_i))                                                            (N, D)
        tiles      g = W_g of the T tiles' features, each W_t encoder(tile), in a random order            (N, D)
        bank       m_i, a moving average of f; N' other rows of it are the wrong answers                 no gradient
        loss       λ NCE(m_i, g) + (1 − λ) NCE(m_i, f), with cosines over τ                            equation (5)
        predicts   the image that these shuffled tiles come from
        from       its tiles in a random order
        collapse   other images of the bank are wrong answers
        parts      memory bank, negatives, tiles

    encoder       images of any size -> (N, encoder.num_features)
    n_images      the rows of the data set, which is the bank's size
    views         images -> images, before a tile is cut; by default one mild crop and a mirror
    grid, gap     of `cut_tiles`: T = grid²
    weight        λ in [0, 1]
    n_negatives   N'
    temperature   τ > 0
    momentum      m of the bank, in [0, 1)
    output_dim    D

    NCE here is `losses.info_nce`, a softmax over all candidates; left out is the paper's sum of two logarithms for right and
    wrong pairs. A batch is (images (N, C, H, W), index (N,)): which of the data set they are. Raises ValueError for another
    batch, an index outside the bank, numbers out of their range.

    >>> from sslcourse import models
    >>> method = PIRL(models.small_resnet(), n_images=8)
    >>> method.loss((torch.zeros(4, 3, 32, 32, dtype=torch.uint8), torch.tensor([0, 3, 5, 7]))).ndim
    0
    """

    def __init__(
        self, encoder: nn.Module, n_images: int, *, views: Callable[[Tensor], Tensor] | None = None, grid: int = 3,
        gap: int = 0, weight: float = 0.5, n_negatives: int = 1024, temperature: float = 0.07, momentum: float = 0.5,
        output_dim: int = 128,
    ):
        super().__init__()
        expect.integer(n_images, "n_images", at_least=2)
        expect.number(weight, "weight", at_least=0, at_most=1)
        expect.integer(n_negatives, "n_negatives", at_least=1)
        expect.positive(temperature, "temperature")
        expect.integer(grid, "grid", at_least=2)
        self.encoder = encoder
        self.head = nn.Linear(encoder.num_features, output_dim)                         # W_f
        self.tile_head = nn.Linear(encoder.num_features, output_dim)                    # W_t
        self.order_head = nn.Linear(grid * grid * output_dim, output_dim)               # W_g
        self.bank = MemoryBank(n_images, output_dim, m=momentum)
        self.views, self.grid, self.gap = views, grid, gap
        self.weight, self.n_negatives, self.temperature = float(weight), n_negatives, temperature

    def loss(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        """The loss of (images, index); in training mode the bank moves towards what was said of the whole images."""
        images, index = numbered(batch)
        self.bank.check(index)
        images = (self.views or augment.weak_views(tuple(images.shape[2:])))(images)
        f, g = self.head(self.encoder(images)), self.of_tiles(cut_tiles(images, self.gap, grid=self.grid))
        own, wrong = self.bank.rows[index], self.bank.others(index, self.n_negatives)   # (N, D), (N', D)
        parts      = [losses.info_nce(z, own, self.temperature, wrong) for z in (g, f)]
        if self.training:
            self.bank.move(index, f.detach())
        return self.weight * parts[0] + (1 - self.weight) * parts[1]

    def of_tiles(self, tiles: Tensor) -> Tensor:
        """g, from tiles (N, T, C, h, w), whose features are laid in an order drawn for each image: (N, D)."""
        n, count = tiles.shape[:2]
        each = self.tile_head(self.encoder(tiles.flatten(0, 1))).view(n, count, -1)     # (N, T, D)
        order = torch.rand(n, count, device=tiles.device).argsort(dim=1)
        return self.order_head(each[torch.arange(n, device=tiles.device)[:, None], order].flatten(1))

    def encode(self, images: Tensor) -> Tensor:
        """The features of whole images, before the heads, (N, encoder.num_features)."""
        return self.encoder(images)
