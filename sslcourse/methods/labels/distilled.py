"""Distillation: a student learns from a teacher's soft labels (SimCLRv2, Chen et al., 2020, arXiv:2006.10029)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ... import augment, expect, losses, models


class Distilled(nn.Module):
    """Step 3 of SimCLRv2, section 2: match the teacher's class probabilities on images that need no label.

        soft labels    P_T(y | x; τ) = softmax(teacher(x) / τ)_y
        loss           −Σ_y P_T(y | x; τ) log P_S(y | x; τ), the mean over the batch           equation (2)
        with labels    (1 − α) of the cross-entropy of the labelled images, α of the above     equation (3)
        predicts       a teacher's soft labels
        from           the image
        collapse       the teacher stands still
        parts          teacher, labels

    A smaller student makes it distillation, a student of the teacher's own architecture self-distillation.

    student      a `Classifier`, or any images -> logits (N, K) with ``encode``
    teacher      images -> logits (N, K). It sees the student's own view, in evaluation mode, and is never trained.
                 None: each batch brings the teacher's logits, computed once for every image. That is faster, and
                 the teacher has then seen the whole image.
    views        images -> images; by default a mild crop and a mirror
    temperature  τ > 0: large flattens the soft labels, towards 0 they become hard
    alpha        α in [0, 1]; it matters only where a batch has labels

    Batches: images, or (images, labels), with a teacher; (images, logits), or (images, logits, labels), without one. A
    label of −1 means unlabelled. Raises ValueError for a batch that does not fit.

    >>> from sslcourse.methods import Classifier
    >>> method = Distilled(Classifier(models.small_resnet(), num_classes=10))
    >>> method.loss((torch.rand(4, 3, 32, 32), torch.zeros(4, 10))).item() >= 2.30  # at best the teacher's own ln 10
    True
    """

    def __init__(
        self, student: nn.Module, *, teacher: nn.Module | None = None, views: Callable[[Tensor], Tensor] | None = None,
        temperature: float = 1.0, alpha: float = 0.5,
    ):
        super().__init__()
        expect.that(isinstance(student, nn.Module), "student", student, "an nn.Module")
        expect.that(teacher is not student, "teacher", expect.Words("the student itself"), "another network, or a copy")
        self.student = student
        self.teacher = teacher
        if teacher is not None:
            models.deactivate_requires_grad(teacher)
        self.views = views
        self.criterion = losses.DistillationLoss(temperature, alpha)

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """The loss of one batch, in one of the forms above."""
        parts = (batch,) if isinstance(batch, Tensor) else tuple(batch)
        needed = 1 if self.teacher is not None else 2
        wanted = "images, perhaps labels" if needed == 1 else "images, the teacher's logits, perhaps labels"
        expect.that(needed <= len(parts) <= needed + 1, "batch", expect.Words(f"{len(parts)} parts"), wanted)
        view = (self.views or augment.weak_views(tuple(parts[0].shape[2:])))(parts[0])
        if self.teacher is None:
            teacher_out = parts[1]
        else:
            with torch.no_grad():
                teacher_out = self.teacher(view)
        labels = parts[needed] if len(parts) > needed else None
        return self.criterion(teacher_out=teacher_out, student_out=self.student(view), labels=labels)

    def train(self, mode: bool = True) -> Distilled:
        """Training mode for the student alone: the teacher's BatchNorm keeps its statistics."""
        super().train(mode)
        if self.teacher is not None:
            self.teacher.eval()
        return self

    def forward(self, images: Tensor) -> Tensor:
        """The student's logits, (N, K)."""
        return self.student(images)

    def encode(self, images: Tensor) -> Tensor:
        """The student's representation, (N, D)."""
        return self.student.encode(images)
