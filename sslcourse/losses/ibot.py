"""iBOT's patch loss (Zhou et al., 2022, arXiv:2111.07832), as DINOv2 uses it too."""

from __future__ import annotations

import torch
from torch import Tensor

from .. import expect
from . import inputs
from .center import CenteredTeacher, teacher_probabilities


def ibot(
    *,
    teacher_out: Tensor,
    student_out: Tensor,
    mask: Tensor,
    center: Tensor | None = None,
    teacher_temp: float = 0.04,
    student_temp: float = 0.1,
) -> Tensor:
    r"""At each masked patch, the student (who cannot see it) predicts the teacher's distribution (who can).

    iBOT, section 3.1, for an image of L patches, m_i = 1 where patch i is masked:

        L_MIM = −Σ_{i=1..L} m_i · P_t(u_i)ᵀ log P_s(û_i)

    with P_t centred and sharpened and P_s as in `dino`; a mean over each image's masked patches, then over the B
    images, an image without a masked patch counting as 0 (as in the authors' code and in lightly).

    Args:
        teacher_out, student_out: (M, K) logits of the M masked patches only, in the order of `tokens[mask]`.
        mask: (B, L) or (B, H, W), bool, True where a patch is masked; M of them are.
        center: (K,), or None for no centring.
        teacher_temp, student_temp: τ_t, τ_s > 0.

    Raises:
        ValueError: wrong rank, mismatched or non-finite logits, a mask that is not bool or has not M entries set.

        >>> mask = torch.tensor([[True, False, False], [True, True, False]])
        >>> patches = torch.zeros(3, 4)
        >>> round(float(ibot(teacher_out=patches, student_out=patches, mask=mask)), 4)  # ln 4: both uniform
        1.3863
    """
    _check(teacher_out, student_out, mask)
    with inputs.full_precision(teacher_out.detach(), student_out) as (teacher, student):
        return _at_masked(teacher_probabilities(teacher, center, teacher_temp), student, mask, student_temp)


class IBOTPatchLoss(CenteredTeacher):
    """`ibot` as a module that keeps the patches' own centre; arguments as in `DINOLoss`.

        >>> criterion = IBOTPatchLoss(output_dim=4)
        >>> patches = torch.zeros(3, 4)
        >>> loss = criterion(teacher_out=patches, student_out=patches, mask=torch.ones(1, 3, dtype=torch.bool))
        >>> round(float(loss), 4)
        1.3863
    """

    def forward(
        self, *, teacher_out: Tensor, student_out: Tensor, mask: Tensor, teacher_temp: float | None = None
    ) -> Tensor:
        _check(teacher_out, student_out, mask)
        with inputs.full_precision(teacher_out.detach(), student_out) as (teacher, student):
            loss = _at_masked(self.targets(teacher, teacher_temp), student, mask, self.student_temp)
            self.move_center(teacher)
        return loss


def _at_masked(p: Tensor, student: Tensor, mask: Tensor, student_temp: float) -> Tensor:
    """−pᵀ log P_s at each masked patch, averaged over an image's patches, then over images."""
    expect.positive(student_temp, "student_temp")
    log_q = torch.log_softmax(student / student_temp, dim=-1)
    h = -(p * log_q).sum(dim=-1)  # (M,)
    image = mask.flatten(1).nonzero()[:, 0]  # (M,): which image each masked patch belongs to
    masked = mask.flatten(1).sum(dim=1)  # (B,): how many it has
    return (h / masked[image]).sum() / len(mask)


def _check(teacher_out: Tensor, student_out: Tensor, mask: Tensor) -> None:
    inputs.pair(teacher_out, student_out, ("teacher_out", "student_out"), ("M", "K"))
    expect.tensor(mask, "mask")
    is_mask = mask.dtype == torch.bool and mask.dim() in (2, 3)
    expect.that(is_mask, "mask", mask, "a bool tensor, (B, L) or (B, H, W)")
    masked, wanted = int(mask.sum()), f"{len(teacher_out)}, one for each row of teacher_out"
    expect.that(masked == len(teacher_out), "mask", expect.Words(f"{masked} masked patches"), wanted)
