"""Mean teacher: agree with the moving average of yourself (Tarvainen & Valpola, 2017, arXiv:1703.01780)."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ... import augment, expect
from ..teacher import check_momentum, follow, slow_copy
from .labelled import Labelled


def _check_ramp_up(progress, length):
    expect.number(progress, "progress", at_least=0, at_most=1)
    expect.number(length, "length", at_least=0, at_most=1)


@expect.checked(_check_ramp_up)
def ramp_up(progress: float, length: float) -> float:
    """exp(−5 (1 − t)²), with t from 0 to 1 over the share `length` of a run: from 0.0067 gently up to 1, and then 1.

    The ramp of Laine & Aila (2017, arXiv:1610.02242), which mean teacher takes over. `progress` is the share of the run
    that is done; a `length` of 0 means no ramp. ValueError: either outside [0, 1].

    >>> [round(ramp_up(progress, 0.4), 3) for progress in (0.0, 0.2, 0.4, 1.0)]
    [0.007, 0.287, 1.0, 1.0]
    """
    t = 1.0 if length == 0 else min(progress / length, 1.0)
    return math.exp(-5 * (1 - t) ** 2)


class MeanTeacher(nn.Module):
    """Tarvainen & Valpola (2017), section 2: a student, and a teacher that is its exponential moving average.

        loss       mean_labelled CE(student, y)  +  w(t) · mean_all ‖softmax(student(v)) − softmax(teacher(v'))‖² / K
        teacher    θ̄ ← m θ̄ + (1 − m) θ, after every step
        w(t)       `weight` · ramp_up(t, `ramp`): at first the teacher knows no more than the student
        predicts   a slow copy's probabilities
        from       labels, and another view
        collapse   labels hold every class in place
        parts      teacher, labels

    v and v' are two views of one image, each drawn by itself. The labelled images' views take part in the consistency too.

    network     a `Classifier`, or any images -> logits (N, K) with ``encode``: the student
    images, labels   the labelled images (uint8 or float) and their classes
    views       images -> images; by default a mild crop and a mirror
    momentum    m in [0, 1]
    weight      ≥ 0; the authors' code has 100 for CIFAR-10. ramp, in [0, 1], is the share of the run that it rises for
    labelled_batch   labelled images a step, drawn from torch's global generator

    `loss` takes a batch of unlabelled images. Called, and by `encode`, it answers with the teacher, not the student.
    Raises ValueError for numbers out of range.

    >>> from sslcourse.methods import Classifier
    >>> method = MeanTeacher(Classifier(nn.Flatten(), 2, num_features=12), torch.rand(8, 3, 2, 2), torch.arange(8) % 2)
    >>> any(p.requires_grad for p in method.teacher.parameters())
    False
    """

    def __init__(
        self, network: nn.Module, images: Tensor, labels: Tensor, *, views: Callable[[Tensor], Tensor] | None = None,
        momentum: float = 0.97, weight: float = 30.0, ramp: float = 0.4, labelled_batch: int = 64,
    ):
        super().__init__()
        expect.that(isinstance(network, nn.Module), "network", network, "an nn.Module")
        check_momentum(momentum)
        expect.number(weight, "weight", at_least=0)
        expect.number(ramp, "ramp", at_least=0, at_most=1)
        self.student = network
        self.teacher = slow_copy(network)
        self.labelled = Labelled(images, labels, batch_size=labelled_batch)
        self.views = views
        self.momentum, self.weight, self.ramp = momentum, float(weight), ramp
        self.register_buffer("progress", torch.zeros(()))

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """The loss of a batch of unlabelled images (N, C, H, W), or of (images, …): its labels are not looked at."""
        unlabelled = batch if isinstance(batch, Tensor) else batch[0]
        images, labels = self.labelled.draw()
        views = self.views or augment.weak_views(tuple(unlabelled.shape[2:]))
        ours, theirs = (torch.cat([views(images), views(unlabelled)]) for _ in range(2))
        logits = self.student(ours).float()
        with torch.no_grad():
            wanted = self.teacher(theirs).float().softmax(dim=1)
        consistency = F.mse_loss(logits.softmax(dim=1), wanted)
        weight = self.weight * ramp_up(float(self.progress), self.ramp)
        return F.cross_entropy(logits[: len(labels)], labels) + weight * consistency

    def after_step(self, progress: float) -> None:
        """Move the teacher one step towards the student, and note the share of the run that is done."""
        follow(self.teacher, self.student, self.momentum)
        self.progress.fill_(progress)

    def forward(self, images: Tensor) -> Tensor:
        """The teacher's logits, (N, K)."""
        return self.teacher(images)

    def encode(self, images: Tensor) -> Tensor:
        """The teacher's representation, (N, D)."""
        return self.teacher.encode(images)
