"""Distillation: a student learns from a teacher's soft labels (SimCLRv2, Chen et al., 2020, arXiv:2006.10029)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .. import expect
from . import inputs


def _check(teacher_out, student_out, temperature):
    expect.positive(temperature, "temperature")
    inputs.pair(teacher_out, student_out, ("teacher_out", "student_out"), ("N", "K"))


@expect.checked(_check)
@inputs.full_precision
def distillation(teacher_out: Tensor, student_out: Tensor, temperature: float = 1.0) -> Tensor:
    r"""Cross-entropy of the student's class probabilities under the teacher's.

    SimCLRv2, equation (2), as a mean over the batch; the teacher gets no gradient:

        L_distill = −Σ_i Σ_y P_T(y | x_i; τ) log P_S(y | x_i; τ),      P(y | x; τ) = softmax(logits / τ)_y

    Hinton et al. (2015) multiply by τ², so that the gradient keeps its size as τ grows; SimCLRv2 does not, and
    neither does this.

    teacher_out, student_out   (N, K), logits
    temperature                τ > 0, for both

    Raises ValueError for another rank, mismatched or non-finite logits, temperature ≤ 0.

    >>> round(float(distillation(teacher_out=torch.zeros(2, 4), student_out=torch.zeros(2, 4))), 4)  # ln 4
    1.3863
    """
    p = torch.softmax(teacher_out.detach() / temperature, dim=1)
    log_q = torch.log_softmax(student_out / temperature, dim=1)
    return -(p * log_q).sum(dim=1).mean()


class DistillationLoss(nn.Module):
    r"""`distillation`, and with labels SimCLRv2's equation (3): 1 − α of the labels' cross-entropy, α of the teacher's.

        L = −(1 − α) Σ_{labelled} log P_S(y_i | x_i)  −  α Σ_{all} Σ_y P_T(y | x_i; τ) log P_S(y | x_i; τ)

    Each sum is a mean over its own images. A label of −1 means unlabelled, as in scikit-learn.

    temperature   τ > 0
    alpha         α in [0, 1]; it matters only when labels are given

    >>> criterion = DistillationLoss(temperature=1.0, alpha=0.5)
    >>> logits = torch.zeros(2, 4)
    >>> round(float(criterion(teacher_out=logits, student_out=logits, labels=torch.tensor([3, -1]))), 4)
    1.3863
    """

    def __init__(self, temperature: float = 1.0, alpha: float = 0.5):
        super().__init__()
        expect.positive(temperature, "temperature")
        expect.number(alpha, "alpha", at_least=0, at_most=1)
        self.temperature = temperature
        self.alpha = alpha

    @inputs.full_precision
    def forward(self, *, teacher_out: Tensor, student_out: Tensor, labels: Tensor | None = None) -> Tensor:
        soft = distillation(teacher_out=teacher_out, student_out=student_out, temperature=self.temperature)
        if labels is None:
            return soft
        expect.labels(labels, n=len(student_out))
        low, high, classes = int(labels.min()), int(labels.max()), student_out.shape[1]
        wanted = f"classes in [0, {classes}), or −1 for unlabelled"
        expect.that(-1 <= low and high < classes, "labels", expect.Words(f"labels from {low} to {high}"), wanted)
        labelled = int((labels >= 0).sum())
        hard = F.cross_entropy(student_out, labels.long(), ignore_index=-1, reduction="sum") / max(labelled, 1)
        return (1 - self.alpha) * hard + self.alpha * soft
