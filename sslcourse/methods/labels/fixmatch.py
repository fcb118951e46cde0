"""FixMatch: what you are sure of on a weak view, say it of a strong one too (Sohn et al., 2020, arXiv:2001.07685)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ... import augment, expect
from .labelled import Labelled


def fixmatch_loss(weak_logits: Tensor, strong_logits: Tensor, threshold: float = 0.95) -> Tensor:
    """The unlabelled loss of FixMatch, equation (4): a mean over all N images, of which only the sure ones count.

        q_i = softmax(weak_i),   ŷ_i = argmax q_i,   ℓ = (1/N) Σ_i 1[max q_i ≥ threshold] · CE(strong_i, ŷ_i)

    Args:
        weak_logits, strong_logits: (N, K), of a weak and a strong view of the same images. No gradient goes to the weak.
        threshold: in [0, 1], on a probability.

    Raises:
        ValueError: shapes that differ, a threshold outside [0, 1].

        >>> weak = torch.tensor([[9.0, 0.0], [0.1, 0.0]])  # sure of class 0; not sure
        >>> round(float(fixmatch_loss(weak, torch.zeros(2, 2))), 4)  # half of ln 2
        0.3466
    """
    expect.tensor(weak_logits, "weak_logits", ("N", "K"))
    expect.tensor(strong_logits, "strong_logits", ("N", "K"))
    expect.same_shape(weak_logits, strong_logits, "weak_logits, strong_logits")
    expect.number(threshold, "threshold", at_least=0, at_most=1)
    confidence, believed = weak_logits.detach().softmax(dim=1).max(dim=1)  # (N,), (N,)
    mask = (confidence >= threshold).to(strong_logits.dtype)
    return (F.cross_entropy(strong_logits, believed, reduction="none") * mask).mean()


class FixMatch(nn.Module):
    """FixMatch, section 2: a pseudo-label from a weak view, where it is sure, is the target of a strong view.

        loss    mean_labelled CE(network(weak(x)), y)  +  weight · fixmatch_loss(network(weak(u)), network(strong(u)))

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
