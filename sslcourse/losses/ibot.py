"""iBOT's patch loss (Zhou et al., 2022, arXiv:2111.07832), as DINOv2 uses it too."""

from __future__ import annotations

import torch
from torch import Tensor

from .. import expect
from . import inputs
from .center import CenteredTeacher, check_teacher, teacher_probabilities


def _check_patches(teacher_out, student_out, mask):
    inputs.pair(teacher_out, student_out, ("teacher_out", "student_out"), ("M", "K"))
    check_mask(mask, len(teacher_out), "teacher_out")


def check_mask(mask: object, rows: int, argument: str) -> None:
    """A mask of patches, with as many of them hidden as `argument` has rows."""
    expect.tensor(mask, "mask")
    is_mask = mask.dtype == torch.bool and mask.dim() in (2, 3)
    expect.that(is_mask, "mask", mask, "a bool tensor, (B, L) or (B, H, W)")
    masked, wanted = mask.sum(), f"{rows}, one for each row of {argument}"
    expect.numbers_that(masked == rows, "mask", lambda: f"{int(masked)} masked patches", wanted)


def _check(teacher_out, student_out, mask, center, teacher_temp, student_temp):
    _check_patches(teacher_out, student_out, mask)
    check_teacher(teacher_out.shape[1], center, teacher_temp, student_temp)


@expect.checked(_check)
@inputs.full_precision
def ibot(
    *, teacher_out: Tensor, student_out: Tensor, mask: Tensor, center: Tensor | None = None, teacher_temp: float = 0.04,
    student_temp: float = 0.1,
) -> Tensor:
    r"""At each masked patch, the student (who cannot see it) predicts the teacher's distribution (who can).

    iBOT, section 3.1, for an image of L patches, m_i = 1 where patch i is masked:

        L_MIM = −Σ_{i=1..L} m_i · P_t(u_i)ᵀ log P_s(û_i)

    with P_t centered and sharpened and P_s as in `dino`; a mean over each image's masked patches, then over the B
    images, an image without a masked patch counting as 0 (as in the authors' code and in lightly).

    teacher_out, student_out     (M, K), logits of the M masked patches only, in the order of `tokens[mask]`
    mask                         (B, L) or (B, H, W), bool, True where a patch is masked; M of them are
    center                       (K,), or None for no centering
    teacher_temp, student_temp   τ_t, τ_s > 0

    Raises ValueError for another rank, mismatched or non-finite logits, a mask that is not bool or has not M entries set.

    >>> mask = torch.tensor([[True, False, False], [True, True, False]])
    >>> patches = torch.zeros(3, 4)
    >>> round(float(ibot(teacher_out=patches, student_out=patches, mask=mask)), 4)  # ln 4: both uniform
    1.3863
    """
    p = teacher_probabilities(teacher_out.detach(), center, teacher_temp)
    return masked_cross_entropy(p, torch.log_softmax(student_out / student_temp, dim=-1), mask)


def _check_masked(p, log_q, mask):
    inputs.floats(p, "p", ("M", "K"))
    expect.tensor(log_q, "log_q", tuple(p.shape))  # a student who is sure has log-probabilities of −∞
    check_mask(mask, len(p), "p")


@expect.checked(_check_masked)
@inputs.full_precision
def masked_cross_entropy(p: Tensor, log_q: Tensor, mask: Tensor) -> Tensor:
    """How surprised the student is at each hidden patch: (M, K), (M, K), (B, L) -> scalar.

    Zhou et al. (2022), equation (2): −pᵀ log q at each hidden patch, its mean over the image's hidden patches, and the mean
    of that over the B images. An image that hides nothing counts as 0.

    p       (M, K), the teacher's probabilities for the M hidden patches, in the order of `tokens[mask]`
    log_q   (M, K), the student's log-probabilities for the same
    mask    (B, L) or (B, H, W), bool, True where a patch is hidden: M times

    Raises ValueError for other shapes, a mask that is not bool or has not M entries set.

    >>> mask = torch.tensor([[True, True], [True, False]])
    >>> log_q = torch.tensor([[0.5, 0.5], [0.5, 0.5], [0.25, 0.75]]).log()
    >>> p = torch.tensor([[1.0, 0.0]] * 3)
    >>> round(float(masked_cross_entropy(p, log_q, mask)), 4)             # (ln 2 + ln 4) / 2
    1.0397
    """
    surprise = -(p * log_q).sum(dim=1)  # (M,)
    image = mask.flatten(1).nonzero()[:, 0]  # (M,): which image each hidden patch belongs to
    hidden = mask.flatten(1).sum(dim=1)  # (B,): how many it has
    return (surprise / hidden[image]).sum() / len(mask)


class IBOTPatchLoss(CenteredTeacher):
    """`ibot` as a module that keeps the patches' own center; arguments as in `DINOLoss`.

    >>> criterion = IBOTPatchLoss(output_dim=4)
    >>> patches = torch.zeros(3, 4)
    >>> loss = criterion(teacher_out=patches, student_out=patches, mask=torch.ones(1, 3, dtype=torch.bool))
    >>> round(float(loss), 4)
    1.3863
    """

    @inputs.full_precision
    def forward(
        self, *, teacher_out: Tensor, student_out: Tensor, mask: Tensor, teacher_temp: float | None = None
    ) -> Tensor:
        _check_patches(teacher_out, student_out, mask)
        p = self.targets(teacher_out.detach(), teacher_temp)
        loss = masked_cross_entropy(p, torch.log_softmax(student_out / self.student_temp, dim=-1), mask)
        self.move_center(teacher_out)
        return loss
