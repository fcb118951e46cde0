"""Supervised learning, the baseline that uses every label: cross-entropy on lightly augmented images."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from ... import augment, expect


class Supervised(nn.Module):
    """An encoder with a linear classifier, trained by cross-entropy: multinomial logistic regression (Cox, 1958) on it.

        loss   −(1/N) Σ_i log softmax(classifier(encoder(view_i)))[y_i]
        predicts   the label
        from       the image
        collapse   labels hold every class in place
        parts      labels

    encoder       images -> (N, encoder.num_features)
    num_classes   K, at least 2
    views         images -> images; by default a crop of at least half of the image and a mirror, `augment.weak_views`

    Raises ValueError for fewer than two classes, and for labels outside [0, K).

    >>> import torch
    >>> from sslcourse import models
    >>> method = Supervised(models.small_resnet(), num_classes=10)
    >>> images, labels = torch.rand(4, 3, 32, 32), torch.tensor([3, 1, 4, 1])
    >>> method.loss((images, labels)).ndim, method.encode(images).shape
    (0, torch.Size([4, 128]))
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
