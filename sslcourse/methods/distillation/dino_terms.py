"""Algorithm 1 of DINO in functions: the cross-entropy H, the pairs of views, the centre, and how a collapse is seen."""

from __future__ import annotations

import itertools

import torch
from torch import Tensor

from ... import expect


def dino_cross_entropy(
    teacher_out: Tensor, student_out: Tensor, center: Tensor, teacher_temp: float = 0.04, student_temp: float = 0.1
) -> Tensor:
    """H(t, s): how surprised the student is by what the teacher says of the same images. (N, K), (N, K), (K,) -> scalar.

        P_t = softmax((t − c) / τ_t)   a constant: no gradient        P_s = softmax(s / τ_s)
        H   = −Σ_k P_t,k log P_s,k     the mean over the N images

    Caron et al., "Emerging properties in self-supervised vision transformers", ICCV 2021 (arXiv:2104.14294), Algorithm 1
    and equations (1) and (2). `losses.DINOLoss` does this for all views at once. Raises ValueError for other shapes and
    temperatures ≤ 0.

    >>> zeros = torch.zeros(2, 4)
    >>> round(float(dino_cross_entropy(zeros, zeros, torch.zeros(4))), 4)       # ln 4
    1.3863
    """
    expect.tensor(teacher_out, "teacher_out", ("N", "K"))
    expect.tensor(student_out, "student_out", tuple(teacher_out.shape))
    expect.tensor(center, "center", (teacher_out.shape[1],))
    expect.positive(teacher_temp, "teacher_temp")
    expect.positive(student_temp, "student_temp")
    p = torch.softmax((teacher_out.detach() - center) / teacher_temp, dim=1)
    log_q = torch.log_softmax(student_out / student_temp, dim=1)
    return -(p * log_q).sum(dim=1).mean()


def multi_crop_loss(p: Tensor, log_q: Tensor) -> Tensor:
    """The mean cross-entropy over every pair of different views: (T, N, K), (V, N, K) -> scalar.

    p are the teacher's probabilities for its T global views, log_q the student's log-probabilities for all V views, the
    same T first. So entry i of one and of the other are one view, and that pair is left out (arXiv:2104.14294, equation
    (3)): T V − T pairs, and the mean over them and over the images. Raises ValueError for other shapes, fewer student
    views than teacher views, and where no pair is left.

    >>> p = torch.full((2, 1, 4), 0.25)
    >>> round(float(multi_crop_loss(p, p.log())), 4)
    1.3863
    """
    expect.tensor(p, "p", ("T", "N", "K"))
    expect.tensor(log_q, "log_q", ("V", *p.shape[1:]))
    expect.that(len(log_q) >= max(len(p), 2), "log_q", log_q, "every view that the teacher sees, and two or more in all")
    total, pairs = 0.0, 0
    for i, j in itertools.product(range(len(p)), range(len(log_q))):
        if i != j:
            total = total - (p[i] * log_q[j]).sum(dim=1).mean()
            pairs += 1
    return total / pairs


def update_center(center: Tensor, teacher_out: Tensor, momentum: float = 0.9) -> Tensor:
    """The centre after a batch, c ← m c + (1 − m) · mean of the teacher's logits: (K,), (T, N, K) -> (K,), a new tensor.

    The mean runs over the views and over the images (arXiv:2104.14294, equation (4)). Raises ValueError for other shapes
    and a momentum outside [0, 1].

    >>> update_center(torch.zeros(2), torch.tensor([[[1.0, 0.0]], [[3.0, 0.0]]]), momentum=0.5)
    tensor([1., 0.])
    """
    expect.tensor(center, "center", ("K",))
    expect.tensor(teacher_out, "teacher_out", ("T", "N", len(center)))
    expect.number(momentum, "momentum", at_least=0, at_most=1)
    return momentum * center + (1 - momentum) * teacher_out.detach().mean(dim=(0, 1))


def output_entropies(p: Tensor) -> tuple[float, float]:
    """Entropies of distributions over K outputs, in nats: of a row, on average, and of the rows' mean. (N, K) -> two.

    Both 0: all say one and the same output. Both ln K: all say everything. In between, the second minus the first is how
    much the output tells about the image (their mutual information): 0 wherever all rows are alike.

    >>> [round(h, 4) for h in output_entropies(torch.eye(4))]       # each its own output: 0, and ln 4
    [0.0, 1.3863]
    """
    expect.tensor(p, "p", ("N", "K"))
    return float(torch.special.entr(p).sum(dim=1).mean()), float(torch.special.entr(p.mean(dim=0)).sum())
