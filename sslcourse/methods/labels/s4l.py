"""S4L: labels, rotations, smoothness and confidence in one loss (Zhai et al., 2019, arXiv:1905.03670)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ... import augment, expect, losses
from .vat import VAT

TURNS = 4


class S4L(VAT):
    """S4L's mix of all models (Zhai et al., 2019, arXiv:1905.03670), sections 3 and 7: `VAT`, and rotations.

        copies     every image, labelled or not, turned by 0°, 90°, 180° and 270°
        loss       CE of the labelled copies' classes  +  w_rot · CE of all copies' turns  +  λ LDS + λ_H H, as in `VAT`
        predicts   which way is up, and what the network says of an image itself
        from       labels, turned images, and images moved where that changes most
        collapse   labels hold every class in place
        parts      labels

    network     a `Classifier`, or any images -> logits (N, K) with ``encode``
    images, labels   the labelled images (uint8 or float, square) and their classes
    num_features     D of ``network.encode``; asked of the network (``network.num_features``) where it is not given
    rotation_weight  w_rot ≥ 0; 0 leaves `VAT`, with turned copies of the labelled images
    epsilon, xi, iterations, weight, entropy_weight, views, labelled_batch   as in `VAT`

    Left out: the second and third stage of the paper's mix, which train again on the first one's pseudo-labels and then
    fine-tune. Raises ValueError as `VAT` does, and for images that are not square.

    >>> from sslcourse.methods import Classifier
    >>> method = S4L(Classifier(nn.Flatten(), 2, num_features=12), torch.rand(8, 3, 2, 2), torch.arange(8) % 2)
    >>> method.loss(torch.rand(16, 3, 2, 2)).ndim
    0
    """

    def __init__(
        self, network: nn.Module, images: Tensor, labels: Tensor, *, num_features: int | None = None,
        rotation_weight: float = 1.0, views: Callable[[Tensor], Tensor] | None = None, epsilon: float = 2.0, xi: float = 0.1,
        iterations: int = 1, weight: float = 0.3, entropy_weight: float = 0.1, labelled_batch: int = 16,
    ):
        super().__init__(
            network, images, labels, views=views, epsilon=epsilon, xi=xi, iterations=iterations, weight=weight,
            entropy_weight=entropy_weight, labelled_batch=labelled_batch,
        )
        expect.number(rotation_weight, "rotation_weight", at_least=0)
        self.rotation_weight = float(rotation_weight)
        self.rotation_head = nn.Linear(num_features or network.num_features, TURNS)

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """The loss of a batch of unlabelled images (N, C, S, S), or of (images, …): its labels are not looked at."""
        unlabelled = batch if isinstance(batch, Tensor) else batch[0]
        expect.images(unlabelled)
        square = unlabelled.shape[2] == unlabelled.shape[3]
        expect.that(square, "images", unlabelled, "square images, (N, C, S, S)")
        images, labels = self.labelled.draw()
        views, M = self.views or augment.weak_views(tuple(unlabelled.shape[2:])), len(labels)
        x = torch.cat([views(images), views(unlabelled)])                                   # (M + N, C, S, S)
        copies = torch.stack([torch.rot90(x, k, dims=(2, 3)) for k in range(TURNS)])         # (4, M + N, C, S, S)
        turns = torch.arange(TURNS, device=x.device).repeat_interleave(len(x))              # (4 (M + N),): 0 … 0, 1 … 1, …
        features = self.network.encode(copies.flatten(0, 1))
        logits = self.network.head(features).float().unflatten(0, (TURNS, len(x)))          # (4, M + N, K)
        known, upright = logits[:, :M].flatten(0, 1), logits[0]
        rotation = F.cross_entropy(self.rotation_head(features).float(), turns)
        loss = F.cross_entropy(known, labels.repeat(TURNS)) + self.rotation_weight * rotation
        if self.weight:
            loss = loss + self.weight * self.smoothness(x, upright)
        return loss + self.entropy_weight * losses.entropy(upright[M:])
