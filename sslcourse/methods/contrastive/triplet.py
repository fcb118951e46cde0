"""The triplet loss around an encoder: a unit embedding in which one identity is a tight cluster (FaceNet)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ... import expect, losses


class Triplet(nn.Module):
    """FaceNet's training of an embedding (Schroff et al., 2015, arXiv:1503.03832, section 3), around any encoder.

        representation   h = encoder(view)                   (N, encoder.num_features)
        embedding        f = W h + b, scaled to length 1     (N, embedding_dim), on the unit sphere; used downstream
        loss             criterion(f, labels)                pulls equal labels together, pushes others away
        predicts         whose picture this is
        from             another picture of the same
        collapse         others must lie a margin further off
        parts            labels, negatives

    criterion       (embeddings (N, D), labels (N,)) -> scalar; `losses.TripletMarginLoss()` by default
    embedding_dim   D
    views           images -> images, drawn anew for each; None for the images as they are

    A batch is (images (N, C, H, W), labels (N,)) or, so that every batch holds all pictures of its identities, a tensor
    of rows (P, K, C, H, W): P identities with K pictures each, the row being the label. ValueError for anything else.

    >>> from sslcourse import models
    >>> method = Triplet(models.small_resnet(), embedding_dim=16)
    >>> rows = torch.randint(0, 256, (4, 3, 3, 32, 32), dtype=torch.uint8)  # 4 identities, 3 pictures each
    >>> method.loss(rows).shape, method.encode(rows[:, 0] / 255).shape
    (torch.Size([]), torch.Size([4, 16]))
    """

    def __init__(
        self, encoder: nn.Module, *, criterion: Callable[[Tensor, Tensor], Tensor] | None = None,
        embedding_dim: int = 64, views: Callable[[Tensor], Tensor] | None = None,
    ):
        super().__init__()
        expect.integer(embedding_dim, "embedding_dim", at_least=2)
        self.encoder = encoder
        self.head = nn.Linear(encoder.num_features, embedding_dim)
        self.criterion = criterion or losses.TripletMarginLoss()
        self.views = views

    def loss(self, batch: Tensor | tuple[Tensor, Tensor]) -> Tensor:
        """The criterion on one view of each picture of the batch."""
        images, labels = _flat(batch)
        if self.views is not None:
            images = self.views(images)
        elif images.dtype == torch.uint8:
            images = images.float() / 255
        return self.criterion(self.encode(images), labels)

    def encode(self, images: Tensor) -> Tensor:
        """Points on the unit sphere, (N, embedding_dim)."""
        return nn.functional.normalize(self.head(self.encoder(images)), dim=1)


def _flat(batch: Tensor | tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """Images (N, C, H, W) and labels (N,), from either form of a batch."""
    if isinstance(batch, Tensor):
        expect.tensor(batch, "batch", ("P", "K", "C", "H", "W"))
        P, K = batch.shape[:2]
        return batch.flatten(0, 1), torch.arange(P, device=batch.device).repeat_interleave(K)
    images, labels = batch
    expect.images(images)
    expect.labels(labels, n=len(images))
    return images, labels
