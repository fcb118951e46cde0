"""FixMatch: what you are sure of on a weak view, say it of a strong one too (Sohn et al., 2020, arXiv:2001.07685)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ... import augment, expect
from ...losses import fixmatch_loss
from .labelled import Labelled


class FixMatch(nn.Module):
    """FixMatch, section 2: a pseudo-label from a weak view, where it is sure, is the target of a strong view.

        loss    mean_labelled CE(network(weak(x)), y)  +  weight · fixmatch_loss(network(weak(u)), network(strong(u)))
        predicts   the class that the network is sure of on a weak view
        from       labels, and a strong view
        collapse   labels hold every class in place
        parts      labels

    network     a `Classifier`, or any images -> logits (N, K) with ``encode``
    images, labels   the labelled images (uint8 or float) and their classes
    weak        images -> images; by default a mild crop and a mirror
    strong      images -> images; by default `strong_views`: harder crops and strong colors. The paper's is RandAugment or
                CTAugment, followed by Cutout.
    threshold   0.95 in the paper; weight λ_u, 1 in the paper
    labelled_batch   labelled images a step, drawn from torch's global generator

    `loss` takes a batch of unlabelled images; ``accepted`` keeps the share of the last batch that passed the threshold.
    Raises ValueError for numbers out of range.

    >>> from sslcourse.methods import Classifier
    >>> network = Classifier(nn.Flatten(), 2, num_features=12)
    >>> method = FixMatch(network, torch.rand(8, 3, 2, 2), torch.arange(8) % 2, threshold=1.0)
    >>> loss = method.loss(torch.rand(16, 3, 2, 2))
    >>> method.accepted
    0.0
    """

    def __init__(
        self, network: nn.Module, images: Tensor, labels: Tensor, *, weak: Callable[[Tensor], Tensor] | None = None,
        strong: Callable[[Tensor], Tensor] | None = None, threshold: float = 0.95, weight: float = 1.0,
        labelled_batch: int = 64,
    ):
        super().__init__()
        expect.that(isinstance(network, nn.Module), "network", network, "an nn.Module")
        expect.number(threshold, "threshold", at_least=0, at_most=1)
        expect.number(weight, "weight", at_least=0)
        self.network = network
        self.labelled = Labelled(images, labels, batch_size=labelled_batch)
        self.weak, self.strong = weak, strong
        self.threshold, self.weight = threshold, float(weight)
        self.accepted = 0.0

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """The loss of a batch of unlabelled images (N, C, H, W), or of (images, …): its labels are not looked at."""
        unlabelled = batch if isinstance(batch, Tensor) else batch[0]
        images, labels = self.labelled.draw()
        size = tuple(unlabelled.shape[2:])
        weak, strong = self.weak or augment.weak_views(size), self.strong or augment.strong_views(size)
        views = torch.cat([weak(images), strong(unlabelled), weak(unlabelled)])
        logits = self.network(views).float()  # one pass, so that BatchNorm sees one mixture
        known, on_strong, on_weak = logits.split([len(labels), len(unlabelled), len(unlabelled)])
        sure = on_weak.detach().softmax(dim=1).amax(dim=1) >= self.threshold
        self.accepted = float(sure.float().mean())
        return F.cross_entropy(known, labels) + self.weight * fixmatch_loss(on_weak, on_strong, self.threshold)

    def forward(self, images: Tensor) -> Tensor:
        """Logits, (N, K)."""
        return self.network(images)

    def encode(self, images: Tensor) -> Tensor:
        """The network's representation, (N, D)."""
        return self.network.encode(images)
