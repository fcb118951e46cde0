"""InstDisc: every image is a class of its own, and a bank remembers each (Wu et al., 2018, arXiv:1805.01978)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ... import augment, expect
from ..bank import MemoryBank, numbered


class InstDisc(nn.Module):
    """Instance discrimination (Wu et al., 2018, arXiv:1805.01978), section 3, around any encoder.

        embedding   f = head(encoder(view(x_i))), of length 1                                     (N, D)
        bank        v_j, what was last said of image j of the data set                            no gradient
        loss        −log P(i | f) + λ ‖f − v_i‖²,   P(i | f) = exp(v_i·f / τ) / Σ_j exp(v_j·f / τ)   equations (2), (11)
        bank        v_i ← f, after the loss
        predicts    which image of the data set this is
        from        one view of it
        collapse    all other images of the bank are wrong answers
        parts       memory bank, negatives

    encoder       images -> (N, encoder.num_features)
    n_images      n, the rows of the data set, which is the bank's size
    views         images -> images; by default one of `augment.simclr_views()`
    temperature   τ > 0
    proximal      λ ≥ 0: an embedding moves no faster than the bank can follow
    output_dim    D

    A batch is (images (N, C, H, W), index (N,)): which of the n images they are. Left out: noise-contrastive estimation,
    which spares the sum over all n; for tens of thousands of rows the sum costs less than the encoder. Raises ValueError
    for another batch, an index outside [0, n), numbers out of their range.

    >>> from sslcourse import models
    >>> method = InstDisc(models.small_resnet(), n_images=8)
    >>> method.loss((torch.zeros(4, 3, 32, 32, dtype=torch.uint8), torch.tensor([0, 3, 5, 7]))).ndim
    0
    """

    def __init__(
        self, encoder: nn.Module, n_images: int, *, views: Callable[[Tensor], Tensor] | None = None,
        temperature: float = 0.07, proximal: float = 1.0, output_dim: int = 128,
    ):
        super().__init__()
        expect.integer(n_images, "n_images", at_least=2)
        expect.positive(temperature, "temperature")
        expect.number(proximal, "proximal", at_least=0)
        expect.integer(output_dim, "output_dim", at_least=2)
        self.encoder = encoder
        self.head = nn.Linear(encoder.num_features, output_dim)
        self.bank = MemoryBank(n_images, output_dim, m=0.0)
        self.views = views or augment.simclr_views(n_views=1)
        self.temperature, self.proximal = temperature, float(proximal)

    def loss(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        """The loss of (images, index); in training mode the bank takes over what was said of them."""
        images, index = numbered(batch)
        self.bank.check(index)
        f = self.head(self.encoder(_one(self.views(images))))
        with torch.autocast(f.device.type, enabled=False):                # a small temperature needs full precision
            f = F.normalize(f.float(), dim=1)
            loss = F.cross_entropy(f @ self.bank.rows.T / self.temperature, index)                  # of (N, n) cosines
            loss = loss + self.proximal * (f - self.bank.rows[index]).square().sum(dim=1).mean()
        if self.training:
            self.bank.move(index, f.detach())
        return loss

    def encode(self, images: Tensor) -> Tensor:
        """The features before the head, (N, encoder.num_features)."""
        return self.encoder(images)


def _one(views: Tensor | list[Tensor]) -> Tensor:
    return views if isinstance(views, Tensor) else views[0]
