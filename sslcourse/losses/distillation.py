"""Distillation: a student learns from a teacher's soft labels (SimCLRv2, Chen et al., 2020, arXiv:2006.10029)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

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


def _check_labelled(teacher_out, student_out, labels, temperature, alpha):
    _check(teacher_out, student_out, temperature)
    expect.number(alpha, "alpha", at_least=0, at_most=1)
    expect.labels(labels, n=len(student_out))
    low, high, classes = int(labels.min()), int(labels.max()), student_out.shape[1]
    wanted = f"classes in [0, {classes}), or −1 for unlabelled"
    expect.that(-1 <= low and high < classes, "labels", expect.Words(f"labels from {low} to {high}"), wanted)


@expect.checked(_check_labelled)
@inputs.full_precision
def labelled_distillation(
    teacher_out: Tensor, student_out: Tensor, labels: Tensor, temperature: float = 1.0, alpha: float = 0.5
) -> Tensor:
    r"""`distillation` where some images have labels, SimCLRv2's equation (3).

        L = −(1 − α) mean_{labelled} log P_S(y_i | x_i; 1)  −  α mean_{all} Σ_y P_T(y | x_i; τ) log P_S(y | x_i; τ)

    teacher_out, student_out   (N, K), logits
    labels                     (N,), integers in [0, K), or −1 for an image without one. With none at all the first mean is 0
    temperature                τ > 0, of the second part alone
    alpha                      α in [0, 1], the teacher's share

    Raises ValueError for another rank, mismatched or non-finite logits, other labels, τ ≤ 0, α outside [0, 1].

    >>> logits = torch.zeros(2, 4)
    >>> round(float(labelled_distillation(logits, logits, labels=torch.tensor([3, -1]))), 4)        # ln 4 on both sides
    1.3863
    """
    soft = distillation(teacher_out, student_out, temperature)
    known = labels >= 0
    log_q = torch.log_softmax(student_out, dim=1)
    column = labels.long().clamp(min=0)[:, None]            # −1 is no column; what stands there is left out below
    each = -log_q.gather(1, column).squeeze(1)
    total = torch.where(known, each, torch.zeros_like(each)).sum()
    hard = total / known.sum().clamp(min=1)
    return (1 - alpha) * hard + alpha * soft


class DistillationLoss(nn.Module):
    r"""`distillation`, and with labels `labelled_distillation`: 1 − α of the labels' cross-entropy, α of the teacher's.

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

    def forward(self, *, teacher_out: Tensor, student_out: Tensor, labels: Tensor | None = None) -> Tensor:
        if labels is None:
            return distillation(teacher_out, student_out, self.temperature)
        return labelled_distillation(teacher_out, student_out, labels, self.temperature, self.alpha)
