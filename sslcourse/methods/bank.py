"""The memory bank of InstDisc and PIRL: what the network last said of every image (Wu et al., 2018, arXiv:1805.01978)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .. import expect


class MemoryBank(nn.Module):
    """A row of length 1 for each image, which moves to what the network says of it: v_i ← normalize(m v_i + (1 − m) f_i).

    Wu et al. (2018), section 3.1, "Non-Parametric Classifier"; with m > 0 in PIRL (arXiv:1912.01991, section 3.2). The rows
    begin at random and are part of the state dict; no gradient ever goes to them.

    size   how many images; dim, how many numbers for each
    m      in [0, 1): the share of the old row that stays

    Raises ValueError for sizes below 1, an m outside [0, 1), images that are not in the bank.

    >>> bank = MemoryBank(3, 2, m=0.0)
    >>> bank.move(torch.tensor([1]), torch.tensor([[3.0, 4.0]]))
    >>> bank.rows[1]
    tensor([0.6000, 0.8000])
    """

    def __init__(self, size: int, dim: int, m: float = 0.5):
        super().__init__()
        expect.integer(size, "size", at_least=1)
        expect.integer(dim, "dim", at_least=1)
        expect.number(m, "m", at_least=0)
        expect.that(m < 1, "m", m, "a number in [0, 1)")
        self.m = m
        self.register_buffer("rows", F.normalize(torch.randn(size, dim), dim=1))         # (size, dim)

    @torch.no_grad()
    def move(self, index: Tensor, features: Tensor) -> None:
        """The rows of these images, (N,), one step towards their `features`, (N, dim)."""
        self.check(index)
        old, new = self.rows[index], F.normalize(features.to(self.rows), dim=1)
        moved = F.normalize(self.m * old + (1 - self.m) * new, dim=1)
        self.rows = self.rows.index_copy(0, index, moved)         # a new tensor: the graph of this step keeps the old one

    def others(self, index: Tensor, n: int) -> Tensor:
        """`n` rows, drawn with replacement, of images that are not in `index`: (n, dim)."""
        free = torch.ones(len(self.rows), device=self.rows.device).index_fill(0, index, 0.0)
        expect.that(bool(free.any()), "index", expect.Words("every image of the bank"), "fewer images than the bank has rows")
        return self.rows[torch.multinomial(free, n, replacement=True)]

    def check(self, index: Tensor) -> None:
        """ValueError unless `index` names rows of this bank."""
        expect.labels(index, "index", num_classes=len(self.rows))


def numbered(batch: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """Images (N, C, H, W) and which ones of the data set they are, (N,): what a method with a bank is given as a batch.

    >>> images, index = numbered((torch.zeros(2, 3, 8, 8), torch.tensor([4, 0])))
    >>> index.tolist()
    [4, 0]
    """
    fits = isinstance(batch, (tuple, list)) and len(batch) >= 2
    expect.that(fits, "batch", batch, "(images, index): which images of the data set they are")
    images, index = batch[:2]
    expect.images(images)
    expect.labels(index, "index", n=len(images))
    return images, index
