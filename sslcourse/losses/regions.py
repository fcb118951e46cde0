"""EsViT's region loss: each region learns from the one that looks most like it (Li et al., 2022, arXiv:2106.09785)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from .. import expect
from . import inputs


def _check(p, log_q, teacher_features, student_features):
    inputs.floats(p, "p", ("N", "T", "K"))
    expect.tensor(log_q, "log_q", (len(p), "S", p.shape[2]))
    inputs.floats(teacher_features, "teacher_features", (*p.shape[:2], "D"))
    inputs.floats(student_features, "student_features", (*log_q.shape[:2], teacher_features.shape[2]))


@expect.checked(_check)
@inputs.full_precision
def region_loss(p: Tensor, log_q: Tensor, teacher_features: Tensor, student_features: Tensor) -> Tensor:
    r"""The cross-entropy of each of the student's regions with the teacher's region that is nearest to it.

    EsViT, equation (3), for one pair of views, as a mean over the student's S regions and the batch:

        L_R = −1/S Σ_i p_j*ᵀ log q_i,      j* = argmax_j cos(z_j, z_i)

    p                  (N, T, K), the teacher's probabilities for its T regions
    log_q              (N, S, K), the student's log-probabilities for its S regions
    teacher_features   (N, T, D), and student_features (N, S, D): z, by which they are matched, without gradient
    student_features   see there

    Raises ValueError for shapes that do not fit, probabilities or features that are not finite.

    >>> p, z = torch.eye(2)[None], torch.eye(2)[None]
    >>> region_loss(p, p.flip(1).clamp(min=1e-9).log(), z, z.flip(1)).abs().item()          # matched, not in their order
    0.0
    """
    with torch.no_grad():
        cosines = F.normalize(student_features, dim=2) @ F.normalize(teacher_features, dim=2).transpose(1, 2)   # (N, S, T)
        nearest = cosines.argmax(dim=2)                                                     # j*, (N, S)
    matched = p.gather(1, nearest[:, :, None].expand(-1, -1, p.shape[2]))                   # (N, S, K)
    return -(matched * log_q).sum(dim=2).mean()
