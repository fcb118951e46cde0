"""A teacher's targets: centered and sharpened logits, and the center that follows them (DINO, arXiv:2104.14294; iBOT too)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .. import expect
from ..processes import gather_rows, mean_over_rows, rank, world_size
from . import inputs
from .sinkhorn import sinkhorn_knopp


def check_teacher(width: int, center: object, teacher_temp: object, student_temp: object) -> None:
    """The temperatures are positive, and the center, if there is one, has a number for each of the `width` outputs."""
    if center is not None:
        inputs.floats(center, "center", (width,))
    expect.positive(teacher_temp, "teacher_temp")
    expect.positive(student_temp, "student_temp")


def teacher_probabilities(logits: Tensor, center: Tensor | None, teacher_temp: float) -> Tensor:
    """P_t = softmax((g_t − c) / τ_t): (..., K) -> (..., K). No center, no centering."""
    return torch.softmax((logits if center is None else logits - center) / teacher_temp, dim=-1)


def _check(center, teacher_out, momentum):
    inputs.floats(center, "center", ("K",))
    inputs.floats(teacher_out, "teacher_out", ("T", "N", len(center)))
    expect.number(momentum, "momentum", at_least=0, at_most=1)


@expect.checked(_check)
@inputs.full_precision
def update_center(center: Tensor, teacher_out: Tensor, momentum: float = 0.9) -> Tensor:
    """The center after a batch: (K,), (T, N, K) -> (K,), a new tensor without gradients.

        c ← ρ c + (1 − ρ) · mean of the teacher's logits over views and images         DINO, equation (4), with m for ρ

    center        (K,)
    teacher_out   (T, N, K), the teacher's logits for its T views of N images
    momentum      ρ in [0, 1]

    Raises ValueError for other shapes, numbers that are not finite, a momentum outside [0, 1].

    >>> update_center(torch.zeros(2), torch.tensor([[[1.0, 0.0]], [[3.0, 0.0]]]), momentum=0.5)
    tensor([1., 0.])
    """
    return momentum * center + (1 - momentum) * teacher_out.detach().mean(dim=(0, 1))


class CenteredTeacher(nn.Module):
    """What DINOLoss and IBOTPatchLoss share: the temperatures, and `center`, a buffer (K,), at first 0, with its update."""

    def __init__(
        self, output_dim: int, teacher_temp: float = 0.04, student_temp: float = 0.1, center_momentum: float = 0.9,
        centering: bool | str = True,
    ):
        super().__init__()
        expect.integer(output_dim, "output_dim", at_least=1)
        expect.positive(teacher_temp, "teacher_temp")
        expect.positive(student_temp, "student_temp")
        expect.number(center_momentum, "center_momentum", at_least=0, at_most=1)
        expect.one_of(centering, "centering", (True, False, "sinkhorn"))
        self.teacher_temp, self.student_temp, self.center_momentum = teacher_temp, student_temp, center_momentum
        self.centering = centering if centering == "sinkhorn" else bool(centering)
        self.register_buffer("center", torch.zeros(output_dim))

    def targets(self, logits: Tensor, teacher_temp: float | None = None) -> Tensor:
        """The teacher's probabilities, by the center as it is now: (..., K) -> (..., K)."""
        wanted = f"K = {len(self.center)} outputs"
        expect.that(logits.shape[-1] == len(self.center), "teacher_out", logits, wanted)
        teacher_temp = self.teacher_temp if teacher_temp is None else teacher_temp
        expect.positive(teacher_temp, "teacher_temp")
        if self.centering == "sinkhorn":
            everyone = gather_rows(logits.detach().flatten(0, -2))  # balanced over the rows of all processes
            return sinkhorn_knopp(everyone, epsilon=teacher_temp).chunk(world_size())[rank()].view_as(logits)
        return teacher_probabilities(logits, self.center if self.centering else None, teacher_temp)

    @torch.no_grad()
    def move_center(self, logits: Tensor) -> None:
        """`update_center` by the logits (..., K) of all processes; in eval mode, or without centering, it stays."""
        if self.training and self.centering is True:
            mean = mean_over_rows(logits.flatten(0, -2))  # (K,)
            self.center.copy_(update_center(self.center, mean[None, None], self.center_momentum))
