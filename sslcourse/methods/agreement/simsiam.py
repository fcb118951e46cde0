"""SimSiam: two views, one network, a predictor and a stopped gradient (Chen & He, 2021, arXiv:2011.10566)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ... import augment, losses, models


class SimSiam(nn.Module):
    """SimSiam, Algorithm 1 of the paper, around any encoder; its two safeguards can be switched off.

        projection     z = head(encoder(v))             for both views v0, v1
        prediction     p = predictor(z)
        loss           losses.simsiam_loss(p0, p1, z0, z1)     z stands still, p moves towards it
        predicts       the other view's embedding
        from           one view
        collapse       only one side has a predictor, and the other gets no gradient
        parts          predictor

    encoder          images -> (N, encoder.num_features)
    views            images -> [v0, v1]; `augment.simclr_views()` by default
    predictor        False: p = z (section 4.2 of the paper)
    stop_gradient    False: the gradient flows into z too (section 4.1)
    hidden_dim       width of the head's hidden layers, the encoder's by default; output_dim is that of z and p
    predictor_dim    the predictor's hidden layer, a quarter of z by default

    Raises ValueError, through the heads, for sizes below 1.

    >>> from sslcourse import models
    >>> method = SimSiam(models.small_resnet(), output_dim=64)
    >>> method.loss(torch.zeros(4, 3, 32, 32, dtype=torch.uint8)).ndim
    0
    """

    def __init__(
        self, encoder: nn.Module, *, views: Callable[[Tensor], list[Tensor]] | None = None, predictor: bool = True,
        stop_gradient: bool = True, hidden_dim: int | None = None, output_dim: int = 128, predictor_dim: int | None = None,
    ):
        super().__init__()
        width = encoder.num_features
        self.encoder = encoder
        self.head = models.SimSiamProjectionHead(width, hidden_dim or width, output_dim)
        hidden = max(1, output_dim // 4) if predictor_dim is None else predictor_dim
        self.predictor = models.SimSiamPredictionHead(output_dim, hidden, output_dim) if predictor else nn.Identity()
        self.views = views or augment.simclr_views()
        self.stop_gradient = stop_gradient

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """The loss of a batch of images (N, C, H, W), or of (images, …): labels are not looked at."""
        images = batch if isinstance(batch, Tensor) else batch[0]
        v0, v1 = self.views(images)
        z = self.head(self.encoder(torch.cat([v0, v1])))                # (2N, output_dim), in one pass
        (z0, z1), (p0, p1) = z.chunk(2), self.predictor(z).chunk(2)
        if self.stop_gradient:
            return losses.simsiam_loss(p0, p1, z0, z1)
        D = losses.negative_cosine_similarity
        return (D(p0, z1) + D(p1, z0)) / 2

    def encode(self, images: Tensor) -> Tensor:
        """The encoder's features, (N, D): the head and the predictor serve the loss alone."""
        return self.encoder(images)
