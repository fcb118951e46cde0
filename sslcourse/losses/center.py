"""A teacher's targets: centred and sharpened logits, and the centre that follows them (DINO; iBOT uses the same)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .. import expect
from ..processes import mean_over_rows
from . import inputs
from .sinkhorn import sinkhorn_knopp


@torch.no_grad()
def teacher_probabilities(logits: Tensor, center: Tensor | None, teacher_temp: float) -> Tensor:
    """P_t = softmax((g_t − c) / τ_t), without gradients: (..., K) -> (..., K). No centre, no centring."""
    expect.positive(teacher_temp, "teacher_temp")
    if center is not None:
        inputs.floats(center, "center", (logits.shape[-1],))
        logits = logits - center.to(logits.dtype)
    return torch.softmax(logits / teacher_temp, dim=-1)


class CenteredTeacher(nn.Module):
    """What DINOLoss and IBOTPatchLoss share: the temperatures, and the centre with its update.

    Attributes:
        center: (K,), a buffer, at first 0.
    """

    def __init__(
        self,
        output_dim: int,
        teacher_temp: float = 0.04,
        student_temp: float = 0.1,
        center_momentum: float = 0.9,
        centering: bool | str = True,
    ):
        super().__init__()
        expect.integer(output_dim, "output_dim", at_least=1)
        expect.positive(teacher_temp, "teacher_temp")
        expect.positive(student_temp, "student_temp")
        expect.number(center_momentum, "center_momentum", at_least=0, at_most=1)
        expect.one_of(centering, "centering", (True, False, "sinkhorn"))
        self.teacher_temp = teacher_temp
        self.student_temp = student_temp
        self.center_momentum = center_momentum
        self.centering = centering if centering == "sinkhorn" else bool(centering)
        self.register_buffer("center", torch.zeros(output_dim))

    @torch.no_grad()
    def targets(self, logits: Tensor, teacher_temp: float | None = None) -> Tensor:
        """The teacher's probabilities, by the centre as it is now: (..., K) -> (..., K)."""
        wanted = f"K = {len(self.center)} outputs"
        expect.that(logits.shape[-1] == len(self.center), "teacher_out", logits, wanted)
        teacher_temp = self.teacher_temp if teacher_temp is None else teacher_temp
        if self.centering == "sinkhorn":
            expect.positive(teacher_temp, "teacher_temp")
            balanced = sinkhorn_knopp(logits.flatten(0, -2), epsilon=teacher_temp, gather_distributed=True)
            return balanced.view_as(logits)
        return teacher_probabilities(logits, self.center if self.centering else None, teacher_temp)

    @torch.no_grad()
    def move_center(self, logits: Tensor) -> None:
        """DINO, equation (4): c ← m c + (1 − m) · mean of the teacher's logits over views, rows and processes."""
        if self.training and self.centering is True:
            batch_center = mean_over_rows(logits.flatten(0, -2))  # (K,)
            self.center.lerp_(batch_center.to(self.center.dtype), 1 - self.center_momentum)
