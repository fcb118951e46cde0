"""UDA: say the same of an image and of its strongly augmented copy (Xie et al., 2020, arXiv:1904.12848)."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ... import augment, expect, losses
from .labelled import Labelled


def _check_annealed(progress, num_classes, schedule):
    expect.number(progress, "progress", at_least=0, at_most=1)
    expect.integer(num_classes, "num_classes", at_least=2)
    expect.one_of(schedule, "schedule", (None, "log", "linear", "exp"))


@expect.checked(_check_annealed)
def annealed_threshold(progress: float, num_classes: int, schedule: str | None = "linear") -> float:
    """UDA's training signal annealing: up to which probability of the right class a labelled image still counts.

        η_t = α_t (1 − 1/K) + 1/K,   α_t = 1 − exp(−5 t), t, or exp(5 (t − 1)) for "log", "linear", "exp"

    Xie et al. (2020, arXiv:1904.12848), section 3.2 of its first versions, "Training signal annealing": so the few labels are
    not learned by heart while most of the unlabelled images are still to come. None: all count always, 1.

    progress      t in [0, 1]
    num_classes   K ≥ 2
    schedule      which α_t

    Raises ValueError for a t outside [0, 1], K below 2, an unknown schedule.

    >>> [round(annealed_threshold(t, 10), 2) for t in (0.0, 0.5, 1.0)]
    [0.1, 0.55, 1.0]
    """
    t = progress
    alpha = {None: 1.0, "log": 1 - math.exp(-5 * t), "linear": t, "exp": math.exp(5 * (t - 1))}[schedule]
    return alpha * (1 - 1 / num_classes) + 1 / num_classes


class UDA(nn.Module):
    """UDA (Xie et al., 2020, arXiv:1904.12848), section 2: one answer for weak and strong views.

        loss       mean_{labelled, p(y) < η_t} CE(network(weak(x)), y)
                   + λ · uda_loss(network(weak(u)), network(strong(u)))                             equation (1)
        predicts   the class of a strong view
        from       labels, and what the network is sure of on a weak view
        collapse   labels hold every class in place
        parts      labels

    network     a `Classifier`, or any images -> logits (N, K) with ``encode``
    images, labels   the labelled images (uint8 or float) and their classes
    weak        images -> images; by default a mild crop and a mirror
    strong      images -> images; by default `strong_views`. The paper's is RandAugment.
    temperature      τ of the targets, 0.4 in the paper
    threshold        β; weight is λ, 1 in the paper
    schedule         of `annealed_threshold`: "log", "linear", "exp", or None
    labelled_batch   labelled images a step, drawn from torch's global generator

    `loss` takes a batch of unlabelled images. Left out: choosing unlabelled images of the same domain from a larger pool.
    Raises ValueError for numbers out of range.

    >>> from sslcourse.methods import Classifier
    >>> network = Classifier(nn.Flatten(), 2, num_features=12)
    >>> method = UDA(network, torch.rand(8, 3, 2, 2), torch.arange(8) % 2)
    >>> method.loss(torch.rand(16, 3, 2, 2)).ndim
    0
    """

    def __init__(
        self, network: nn.Module, images: Tensor, labels: Tensor, *, weak: Callable[[Tensor], Tensor] | None = None,
        strong: Callable[[Tensor], Tensor] | None = None, temperature: float = 0.4, threshold: float = 0.8,
        weight: float = 1.0, schedule: str | None = None, labelled_batch: int = 64,
    ):
        super().__init__()
        expect.that(isinstance(network, nn.Module), "network", network, "an nn.Module")
        expect.positive(temperature, "temperature")
        expect.number(threshold, "threshold", at_least=0, at_most=1)
        expect.number(weight, "weight", at_least=0)
        expect.one_of(schedule, "schedule", (None, "log", "linear", "exp"))
        self.network = network
        self.labelled = Labelled(images, labels, batch_size=labelled_batch)
        self.weak, self.strong = weak, strong
        self.temperature, self.threshold, self.weight, self.schedule = temperature, threshold, float(weight), schedule
        self.register_buffer("progress", torch.zeros(()))

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """The loss of a batch of unlabelled images (N, C, H, W), or of (images, …): its labels are not looked at."""
        unlabelled = batch if isinstance(batch, Tensor) else batch[0]
        images, labels = self.labelled.draw()
        size = tuple(unlabelled.shape[2:])
        weak, strong = self.weak or augment.weak_views(size), self.strong or augment.strong_views(size)
        logits = self.network(torch.cat([weak(images), strong(unlabelled), weak(unlabelled)])).float()
        known, on_strong, on_weak = logits.split([len(labels), len(unlabelled), len(unlabelled)])
        unsure = losses.uda_loss(on_weak, on_strong, self.temperature, self.threshold)
        return self.signal(known, labels) + self.weight * unsure

    def signal(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Cross-entropy of the labelled images of whose class the network is not yet surer than η_t; 0 if there is none."""
        eta = annealed_threshold(float(self.progress), logits.shape[1], self.schedule)
        each = F.cross_entropy(logits, labels, reduction="none")                    # (N,): −log p(y)
        counts = (each.detach() > -math.log(eta)) if self.schedule else torch.ones_like(each, dtype=torch.bool)
        return (each * counts).sum() / counts.sum().clamp(min=1)

    def after_step(self, progress: float) -> None:
        """Note the share of the run that is done."""
        self.progress.fill_(progress)

    def forward(self, images: Tensor) -> Tensor:
        """Logits, (N, K)."""
        return self.network(images)

    def encode(self, images: Tensor) -> Tensor:
        """The network's representation, (N, D)."""
        return self.network.encode(images)
