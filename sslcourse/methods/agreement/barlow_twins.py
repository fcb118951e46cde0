"""Barlow Twins: two views whose components agree, each with its own and with no other (arXiv:2103.03230)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ... import augment, expect, losses, models
from ...processes import gather_rows


class BarlowTwins(nn.Module):
    """Barlow Twins, Algorithm 1 of Zbontar et al. (2021), around any encoder.

        projection    z = head(encoder(v))                              for both views
        loss          Σ (1 − C_ii)² + λ Σ C_ij² over i ≠ j              C: correlations of z0's and z1's components
        predicts      each number of the other view's embedding
        from          the same number of this view's
        collapse      different numbers must not go together
        parts         none

    encoder        images -> (N, encoder.num_features)
    views          images -> [v0, v1]; `augment.simclr_views()` by default
    lambda_param   λ ≥ 0; 0 leaves the second term out, and components may then repeat each other
    hidden_dim     width of the head's hidden layers, the encoder's by default; output_dim is that of z

    Raises ValueError for a negative λ.

    >>> method = BarlowTwins(models.small_resnet(), output_dim=64)
    >>> method.loss(torch.zeros(4, 3, 32, 32, dtype=torch.uint8)).ndim
    0
    """

    def __init__(
        self, encoder: nn.Module, *, views: Callable[[Tensor], list[Tensor]] | None = None, lambda_param: float = 5e-3,
        hidden_dim: int | None = None, output_dim: int = 128,
    ):
        super().__init__()
        expect.number(lambda_param, "lambda_param", at_least=0)
        width = encoder.num_features
        self.encoder = encoder
        self.head = models.BarlowTwinsProjectionHead(width, hidden_dim or width, output_dim)
        self.views = views or augment.simclr_views()
        self.lambda_param = lambda_param

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """The loss of a batch of images (N, C, H, W), or of (images, …): labels are not looked at."""
        images = batch if isinstance(batch, Tensor) else batch[0]
        z0, z1 = self.head(self.encoder(torch.cat(self.views(images)))).chunk(2)    # (N, output_dim) each
        return losses.barlow_twins(gather_rows(z0), gather_rows(z1), self.lambda_param)

    def encode(self, images: Tensor) -> Tensor:
        """The encoder's features, (N, D): the head serves the loss alone."""
        return self.encoder(images)
