"""SimCLR: learn what two differently augmented views of one image have in common (Chen et al., 2020, arXiv:2002.05709)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ... import augment, expect, losses, models
from ...processes import gather_rows


class SimCLR(nn.Module):
    """SimCLR, Algorithm 1 of the paper, around any encoder.

        two views of each image     v0, v1 = views(images)
        representation              h = encoder(v)                 kept, and used downstream
        projection                  z = head(h)                    for the loss alone
        loss                        NT-Xent(z0, z1), equation (1)
        predicts                    which view is of the same image
        from                        the other view
        collapse                    all other views of the batch are wrong answers
        parts                       negatives

    encoder       images -> (N, encoder.num_features)
    views         images -> [v0, v1]; `augment.simclr_views()` by default
    temperature   τ of NT-Xent
    hidden_dim    width of the head's hidden layers, the encoder's by default; output_dim is that of z
    head_layers   linear layers in the head: 2 in the paper, 3 in SimCLRv2 (arXiv:2006.10029)

    Raises ValueError for a temperature ≤ 0 and for layers below 1.

    >>> method = SimCLR(models.small_resnet(), output_dim=32)
    >>> images = torch.rand(8, 3, 32, 32)
    >>> method.loss(images).ndim, method.encode(images).shape
    (0, torch.Size([8, 128]))
    """

    def __init__(
        self, encoder: nn.Module, *, views: Callable[[Tensor], list[Tensor]] | None = None, temperature: float = 0.5,
        hidden_dim: int | None = None, output_dim: int = 128, head_layers: int = 2,
    ):
        super().__init__()
        expect.positive(temperature, "temperature")
        self.encoder = encoder
        self.head = models.SimCLRProjectionHead(
            encoder.num_features, hidden_dim or encoder.num_features, output_dim, num_layers=head_layers
        )
        self.views = views or augment.simclr_views()
        self.temperature = temperature

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """NT-Xent of a batch of images (N, C, H, W), or of (images, …): labels are not looked at."""
        images = batch if isinstance(batch, Tensor) else batch[0]
        v0, v1 = self.views(images)
        z = self.head(self.encoder(torch.cat([v0, v1])))  # (2N, output_dim), in one pass through the network
        z0, z1 = z.chunk(2)
        return losses.nt_xent(gather_rows(z0), gather_rows(z1), self.temperature)  # of all processes

    def encode(self, images: Tensor) -> Tensor:
        """h, (N, D), not z: the layer before the head holds more of what was to become invariant (section 4.2)."""
        return self.encoder(images)
