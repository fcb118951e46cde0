"""Pseudo-label: believe your own answers on unlabelled images, more and more (Lee, 2013)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ... import augment, expect
from .labelled import Labelled


class PseudoLabel(nn.Module):
    """Lee (2013), equations (15) and (16): the likeliest class of an unlabelled image counts as if it were its label.

        loss    mean_labelled CE(p, y)  +  α(t) · mean_unlabelled CE(p', argmax p')
        α(t)    0 until `start`, then straight up to `weight` at `full`; t is the share of the run that is done
        predicts   the network's own best guess
        from       labels, and the image
        collapse   labels hold every class in place
        parts      labels

    The paper's α rises from t = 100 to t = 600, up to 3: at first the answers are not worth believing.

    network     a `Classifier`, or any images -> logits (N, K) with ``encode``
    images, labels   the labelled images (uint8 or float) and their classes
    views       images -> images, for both kinds of images; by default a mild crop and a mirror
    labelled_batch   labelled images a step, drawn from torch's global generator

    `loss` takes a batch of unlabelled images. `after_step` moves α. Raises ValueError for a negative weight, and unless
    0 ≤ start < full ≤ 1.

    >>> from sslcourse.methods import Classifier
    >>> method = PseudoLabel(Classifier(nn.Flatten(), 2, num_features=12), torch.rand(8, 3, 2, 2), torch.arange(8) % 2)
    >>> [round(method.weight_at(t), 2) for t in (0.0, 0.35, 0.6, 1.0)]
    [0.0, 1.5, 3.0, 3.0]
    """

    def __init__(
        self, network: nn.Module, images: Tensor, labels: Tensor, *, views: Callable[[Tensor], Tensor] | None = None,
        weight: float = 3.0, start: float = 0.1, full: float = 0.6, labelled_batch: int = 64,
    ):
        super().__init__()
        expect.that(isinstance(network, nn.Module), "network", network, "an nn.Module")
        expect.number(weight, "weight", at_least=0)
        expect.number(start, "start", at_least=0, at_most=1)
        expect.number(full, "full", at_least=0, at_most=1)
        expect.that(start < full, "start", start, f"less than full, {full}")
        self.network = network
        self.labelled = Labelled(images, labels, batch_size=labelled_batch)
        self.views = views
        self.weight, self.start, self.full = float(weight), start, full
        self.register_buffer("progress", torch.zeros(()))

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """The loss of a batch of unlabelled images (N, C, H, W), or of (images, …): its labels are not looked at."""
        unlabelled = batch if isinstance(batch, Tensor) else batch[0]
        images, labels = self.labelled.draw()
        views = self.views or augment.weak_views(tuple(unlabelled.shape[2:]))
        both = self.network(torch.cat([views(images), views(unlabelled)])).float()  # one pass, one BatchNorm for both
        known, unknown = both[: len(labels)], both[len(labels):]
        believed = unknown.detach().argmax(dim=1)
        return F.cross_entropy(known, labels) + self.weight_at(float(self.progress)) * F.cross_entropy(unknown, believed)

    def weight_at(self, progress: float) -> float:
        """α after the share `progress` of the run, equation (16)."""
        return self.weight * min(max((progress - self.start) / (self.full - self.start), 0.0), 1.0)

    def after_step(self, progress: float) -> None:
        """Note the share of the run that is done."""
        self.progress.fill_(progress)

    def forward(self, images: Tensor) -> Tensor:
        """Logits, (N, K)."""
        return self.network(images)

    def encode(self, images: Tensor) -> Tensor:
        """The network's representation, (N, D)."""
        return self.network.encode(images)
