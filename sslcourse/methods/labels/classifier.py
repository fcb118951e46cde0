"""A network that answers with class logits and still has a representation: an encoder under one linear layer."""

from __future__ import annotations

from torch import Tensor, nn

from ... import expect


class Classifier(nn.Module):
    """An encoder with a linear classifier on it: float images (N, C, H, W) -> logits (N, num_classes).

    encoder       images -> (N, D)
    num_features  D; asked of the encoder (``encoder.num_features``) where it is not given

    It shares the encoder it is given; hand in a `copy.deepcopy` to keep that one as it is. ValueError: fewer than two
    classes, or an encoder that does not say its D and a `num_features` that is not given.

    >>> import torch
    >>> network = Classifier(nn.Flatten(), 10, num_features=12)
    >>> network(torch.rand(4, 3, 2, 2)).shape, network.encode(torch.rand(4, 3, 2, 2)).shape
    (torch.Size([4, 10]), torch.Size([4, 12]))
    """

    def __init__(self, encoder: nn.Module, num_classes: int, *, num_features: int | None = None):
        super().__init__()
        expect.that(isinstance(encoder, nn.Module), "encoder", encoder, "an nn.Module")
        expect.integer(num_classes, "num_classes", at_least=2)
        if num_features is None:
            num_features = getattr(encoder, "num_features", None)
        expect.integer(num_features, "num_features", at_least=1)
        self.encoder = encoder
        self.head = nn.Linear(num_features, num_classes)
        self.num_classes, self.num_features = num_classes, num_features

    def forward(self, images: Tensor) -> Tensor:
        """Logits, (N, num_classes)."""
        return self.head(self.encoder(images))

    def encode(self, images: Tensor) -> Tensor:
        """The representation under the classifier, (N, D)."""
        return self.encoder(images)
