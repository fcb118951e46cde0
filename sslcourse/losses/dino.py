"""DINO, self-distillation with no labels (Caron et al., 2021, arXiv:2104.14294)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from .. import expect
from . import inputs
from .center import CenteredTeacher, teacher_probabilities


def dino(
    *,
    teacher_out: Sequence[Tensor],
    student_out: Sequence[Tensor],
    center: Tensor | None = None,
    teacher_temp: float = 0.04,
    student_temp: float = 0.1,
) -> Tensor:
    r"""Cross-entropy between the teacher's view of an image and the student's other views of it.

    DINO, equation (3), with V all views, G ⊂ V the global ones that the teacher sees, H(a, b) = −Σ_k a_k log b_k:

        L = Σ_{x ∈ G} Σ_{x' ∈ V, x' ≠ x} H(P_t(x), P_s(x'))
        P_t(x) = softmax((g_t(x) − c) / τ_t)      centred by c, sharpened by τ_t < τ_s, and without gradient
        P_s(x) = softmax(g_s(x) / τ_s)            equation (1)

    as a mean over the |G|·|V| − |G| pairs of views and over the batch.

    Args:
        teacher_out: the teacher's logits, (N, K) for each global view.
        student_out: the student's logits, (N, K) for each view, the global ones first: entry i of one list and entry i
            of the other belong to the same view, and that pair is left out.
        center: (K,), or None for no centring.
        teacher_temp, student_temp: τ_t, τ_s > 0. A teacher temperature of 1 switches sharpening off.

    Raises:
        ValueError: no list, no pair of different views, fewer student views than teacher views (were the two swapped?),
            mismatched or non-finite logits, a centre of another size, a temperature ≤ 0.

    A teacher and a student that have both collapsed to the uniform distribution are ln K apart:

        >>> views = [torch.zeros(2, 4), torch.zeros(2, 4)]
        >>> round(float(dino(teacher_out=views, student_out=views)), 4), round(float(torch.tensor(4.0).log()), 4)
        (1.3863, 1.3863)
    """
    teacher, student = _stacked(teacher_out, student_out)
    with inputs.full_precision(teacher, student) as (teacher, student):
        return _between_views(teacher_probabilities(teacher, center, teacher_temp), student, student_temp)


class DINOLoss(CenteredTeacher):
    """`dino` as a module that keeps the centre, equation (4): c ← m c + (1 − m) · mean of the teacher's logits.

    The loss uses the centre as it was before the batch; then the centre moves, by the mean over all processes, unless
    the module is in eval mode. Arguments are passed by keyword, so that teacher and student cannot be confused.

    Args:
        output_dim: K.
        teacher_temp, student_temp: τ_t, τ_s > 0. The call takes another `teacher_temp`, for a warm-up.
        center_momentum: m in [0, 1].
        centering: True; False for none; or "sinkhorn" for DINOv2's (arXiv:2304.07193), which balances the batch by
            `sinkhorn_knopp` instead and leaves the centre alone.

        >>> criterion = DINOLoss(output_dim=4, center_momentum=0.5)
        >>> views = [torch.tensor([[1.0, 0.0, 0.0, 0.0]]), torch.tensor([[3.0, 0.0, 0.0, 0.0]])]
        >>> loss = criterion(teacher_out=views, student_out=views)
        >>> criterion.center  # halfway from 0 to the mean of 1 and 3
        tensor([1., 0., 0., 0.])

    lightly's DINOLoss has the same value. It lets gradients through to the teacher, moves the centre in eval mode too,
    and takes the teacher first by position, where the paper's code takes the student first.
    """

    def forward(
        self, *, teacher_out: Sequence[Tensor], student_out: Sequence[Tensor], teacher_temp: float | None = None
    ) -> Tensor:
        teacher, student = _stacked(teacher_out, student_out)
        with inputs.full_precision(teacher, student) as (teacher, student):
            loss = _between_views(self.targets(teacher, teacher_temp), student, self.student_temp)
            self.move_center(teacher)
        return loss


def _between_views(p: Tensor, student: Tensor, student_temp: float) -> Tensor:
    """Mean of H(p[t], P_s[v]) over the batch and over the views t ≠ v: (T, N, K), (V, N, K) -> scalar.

    H is linear in its first argument, so the sum over t is taken there: one product for each student's view.
    """
    expect.positive(student_temp, "student_temp")
    log_q = torch.log_softmax(student / student_temp, dim=-1)
    different = 1 - torch.eye(len(student), len(p), dtype=p.dtype, device=p.device)  # (V, T): 0 where t = v
    targets = torch.einsum("vt,tnk->vnk", different, p)
    pairs = len(student) * len(p) - len(p)
    return -(targets * log_q).sum() / (pairs * p.shape[1])


def _stacked(teacher_out: Sequence[Tensor], student_out: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """The views, checked and stacked: (T, N, K), detached, and (V, N, K)."""
    for views, name in ((teacher_out, "teacher_out"), (student_out, "student_out")):
        is_list = isinstance(views, (list, tuple)) and len(views) > 0
        expect.that(is_list, name, views, "a list of (N, K) tensors, one for each view")
        for i, view in enumerate(views):
            inputs.floats(view, f"{name}[{i}]", ("N", "K"))
            expect.same_shape(teacher_out[0], view, f"teacher_out[0], {name}[{i}]")
    counts = expect.Words(f"{len(student_out)} views for a teacher with {len(teacher_out)}")
    wanted = "the teacher's views first, then the others"
    expect.that(len(student_out) >= len(teacher_out), "student_out", counts, wanted)
    wanted = "at least two, for a view is not compared with itself"
    expect.that(len(student_out) > 1, "student_out", expect.Words("one view"), wanted)
    return torch.stack(list(teacher_out)).detach(), torch.stack(list(student_out))
