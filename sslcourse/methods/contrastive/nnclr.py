"""NNCLR: the right answer is the nearest neighbor of one's other view (Dwibedi et al., 2021, arXiv:2104.14548)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ... import augment, expect, losses, models
from ...processes import gather_rows
from .moco import enqueue


class NNCLR(nn.Module):
    """NNCLR (Dwibedi et al., 2021, arXiv:2104.14548), section 3.2, around any encoder.

        projection   z = head(encoder(v)), of both views
        prediction   p = predictor(z)
        neighbor     nn(z) = the row of the support set Q nearest to z                           no gradient
        loss         −log exp(nn(z0)·p1 / τ) / Σ_k exp(nn(z0)·p1_k / τ), both ways, over N         equation (3)
        support set  Q: the last `queue_size` projections of first views; the oldest go out
        predicts     the other view of an image that looks like this one
        from         a view, and a queue of earlier images
        collapse     the other images of the batch are wrong answers
        parts        queue, predictor, negatives

    All vectors have length 1. Q begins at random, and changes in training mode alone.

    encoder       images -> (N, encoder.num_features)
    views         images -> [v0, v1]; `augment.simclr_views()` by default
    temperature   τ > 0
    queue_size    rows of Q; a batch may not have more images than that
    hidden_dim    width of head and predictor inside, the encoder's by default; output_dim is that of z and p

    Left out: a head of three layers. Raises ValueError for numbers out of their range, and a single image.

    >>> method = NNCLR(models.small_resnet(), queue_size=16)
    >>> method.loss(torch.zeros(4, 3, 32, 32, dtype=torch.uint8)).ndim, int(method.pointer)
    (0, 4)
    """

    def __init__(
        self, encoder: nn.Module, *, views: Callable[[Tensor], list[Tensor]] | None = None, temperature: float = 0.1,
        queue_size: int = 4096, hidden_dim: int | None = None, output_dim: int = 128,
    ):
        super().__init__()
        expect.positive(temperature, "temperature")
        expect.integer(queue_size, "queue_size", at_least=1)
        width = hidden_dim or encoder.num_features
        self.encoder = encoder
        self.head = models.SimCLRProjectionHead(encoder.num_features, width, output_dim)
        self.predictor = models.BYOLPredictionHead(output_dim, width, output_dim)
        self.views, self.temperature = views or augment.simclr_views(), temperature
        self.register_buffer("queue", F.normalize(torch.randn(queue_size, output_dim), dim=1))   # Q
        self.register_buffer("pointer", torch.zeros((), dtype=torch.long))

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """The loss of a batch of images (N, C, H, W), or of (images, …): labels are not looked at."""
        images = batch if isinstance(batch, Tensor) else batch[0]
        z = self.head(self.encoder(torch.cat(self.views(images))))                        # (2N, output_dim)
        (z0, z1), (p0, p1) = z.chunk(2), self.predictor(z).chunk(2)
        pairs = ((self.nearest(z0), p1), (self.nearest(z1), p0))
        loss = sum(losses.info_nce(gather_rows(n), gather_rows(p), self.temperature) for n, p in pairs) / 2
        if self.training:
            self.queue, pointer = enqueue(self.queue, gather_rows(F.normalize(z0.detach().float(), dim=1)), int(self.pointer))
            self.pointer.fill_(pointer)
        return loss

    @torch.no_grad()
    def nearest(self, z: Tensor) -> Tensor:
        """The row of Q with the largest cosine, (N, D) -> (N, D)."""
        with torch.autocast(z.device.type, enabled=False):
            return self.queue[(F.normalize(z.float(), dim=1) @ self.queue.T).argmax(dim=1)]

    def encode(self, images: Tensor) -> Tensor:
        """The features, (N, D)."""
        return self.encoder(images)
