"""Supervised learning, the baseline that uses every label: cross-entropy on lightly augmented images."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from ... import augment, expect


class Supervised(nn.Module):
    """An encoder with a linear classifier, trained by cross-entropy.

    views   images -> images; by default a crop of at least half of the image and a mirror, as weak as is usual here
    """

    def __init__(self, encoder: nn.Module, num_classes: int, *, views: Callable[[Tensor], Tensor] | None = None):
        super().__init__()
        expect.integer(num_classes, "num_classes", at_least=2)
        self.encoder = encoder
        self.classifier = nn.Linear(encoder.num_features, num_classes)
        self.views = views

    def loss(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        """Mean cross-entropy of (images (N, C, H, W), labels (N,))."""
        images, labels = batch
        expect.labels(labels, n=len(images), num_classes=self.classifier.out_features)
        views = self.views or augment.weak_views(tuple(images.shape[2:]))
        return nn.functional.cross_entropy(self.classifier(self.encoder(views(images))), labels.long())

    def encode(self, images: Tensor) -> Tensor:
        """The representation before the classifier, (N, D)."""
        return self.encoder(images)
