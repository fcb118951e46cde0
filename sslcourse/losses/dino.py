"""DINO, self-distillation with no labels (Caron et al., 2021, arXiv:2104.14294)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from .. import expect
from . import inputs
from .center import CenteredTeacher, check_teacher, teacher_probabilities


def _check_one(teacher_out, student_out, center, teacher_temp, student_temp):
    inputs.floats(teacher_out, "teacher_out", ("N", "K"))
    inputs.floats(student_out, "student_out", tuple(teacher_out.shape))
    check_teacher(teacher_out.shape[1], center, teacher_temp, student_temp)


@expect.checked(_check_one)
@inputs.full_precision
def dino_cross_entropy(
    teacher_out: Tensor, student_out: Tensor, center: Tensor, teacher_temp: float = 0.04, student_temp: float = 0.1
) -> Tensor:
    """H(t, s): how surprised the student is by what the teacher says of the same images. (N, K), (N, K), (K,) -> scalar.

        P_t = softmax((t − c) / τ_t)   a constant: no gradient        P_s = softmax(s / τ_s)
        H   = −Σ_k P_t,k log P_s,k     the mean over the N images

    Caron et al. (2021), Algorithm 1 and equations (1) and (2). `DINOLoss` does this for all pairs of views.

    teacher_out, student_out     (N, K), logits
    center                       (K,)
    teacher_temp, student_temp   τ_t, τ_s > 0

    Raises ValueError for other shapes, numbers that are not finite, temperatures ≤ 0.

    >>> zeros = torch.zeros(2, 4)
    >>> round(float(dino_cross_entropy(zeros, zeros, torch.zeros(4))), 4)       # ln 4
    1.3863
    """
    p = torch.softmax((teacher_out.detach() - center) / teacher_temp, dim=1)
    log_q = torch.log_softmax(student_out / student_temp, dim=1)
    return -(p * log_q).sum(dim=1).mean()


def _check_pairs(p, log_q):
    inputs.floats(p, "p", ("T", "N", "K"))
    expect.tensor(log_q, "log_q", ("V", *p.shape[1:]))  # a student who is sure has log-probabilities of −∞
    wanted = "every view that the teacher sees, and two or more in all"
    expect.that(len(log_q) >= max(len(p), 2), "log_q", log_q, wanted)


@expect.checked(_check_pairs)
@inputs.full_precision
def multi_crop_loss(p: Tensor, log_q: Tensor) -> Tensor:
    """The mean cross-entropy over every pair of different views: (T, N, K), (V, N, K) -> scalar.

    Caron et al. (2021), equation (3): T V − T pairs, and the mean over them and over the images.

    p       (T, N, K), the teacher's probabilities for its T global views
    log_q   (V, N, K), the student's log-probabilities for all V views, the same T first: entry i of one and entry i of
            the other are one view, and that pair is left out

    Raises ValueError for other shapes, fewer student views than teacher views, and where no pair is left.

    >>> p = torch.full((2, 1, 4), 0.25)
    >>> round(float(multi_crop_loss(p, p.log())), 4)
    1.3863
    """
    pairs = [(i, j) for i in range(len(p)) for j in range(len(log_q)) if i != j]
    return -sum((p[i] * log_q[j]).sum(dim=1).mean() for i, j in pairs) / len(pairs)


def _check_views(teacher_out, student_out):
    for views, name in ((teacher_out, "teacher_out"), (student_out, "student_out")):
        is_list = isinstance(views, (list, tuple)) and len(views) > 0
        expect.that(is_list, name, views, "a list of (N, K) tensors, one for each view")
        for i, view in enumerate(views):
            inputs.floats(view, f"{name}[{i}]", ("N", "K"))
            expect.same_shape(teacher_out[0], view, f"teacher_out[0], {name}[{i}]")
    counts = expect.Words(f"{len(student_out)} views for a teacher with {len(teacher_out)}")
    wanted = "the teacher's views first, then the others"
    expect.that(len(student_out) >= len(teacher_out), "student_out", counts, wanted)
    wanted = "at least two, because a view is not compared with itself"
    expect.that(len(student_out) > 1, "student_out", expect.Words("one view"), wanted)


def _check(teacher_out, student_out, center, teacher_temp, student_temp):
    _check_views(teacher_out, student_out)
    check_teacher(teacher_out[0].shape[1], center, teacher_temp, student_temp)


@expect.checked(_check)
@inputs.full_precision
def dino(
    *, teacher_out: Sequence[Tensor], student_out: Sequence[Tensor], center: Tensor | None = None,
    teacher_temp: float = 0.04, student_temp: float = 0.1,
) -> Tensor:
    r"""Cross-entropy between the teacher's view of an image and the student's other views of it.

    DINO, equation (3), with V all views, G ⊂ V the global ones that the teacher sees, H(a, b) = −Σ_k a_k log b_k:

        L = Σ_{x ∈ G} Σ_{x' ∈ V, x' ≠ x} H(P_t(x), P_s(x'))
        P_t(x) = softmax((g_t(x) − c) / τ_t)      centered by c, sharpened by τ_t < τ_s, and without gradient
        P_s(x) = softmax(g_s(x) / τ_s)            equation (1)

    as a mean over the |G|·|V| − |G| pairs of views and over the batch.

    teacher_out                  the teacher's logits, (N, K) for each global view
    student_out                  the student's logits, (N, K) for each view, the global ones first: entry i of one list
                                 and entry i of the other belong to the same view, and that pair is left out
    center                       (K,), or None for no centering
    teacher_temp, student_temp   τ_t, τ_s > 0. A teacher temperature of 1 switches sharpening off

    Raises ValueError for anything but lists, no pair of different views, fewer student views than teacher views (were the
    two swapped?), mismatched or non-finite logits, a center of another size, a temperature ≤ 0.

    A teacher and a student that have both collapsed to the uniform distribution are ln K apart:

    >>> views = [torch.zeros(2, 4), torch.zeros(2, 4)]
    >>> round(float(dino(teacher_out=views, student_out=views)), 4), round(float(torch.tensor(4.0).log()), 4)
    (1.3863, 1.3863)
    """
    p = teacher_probabilities(torch.stack(list(teacher_out)).detach(), center, teacher_temp)  # (T, N, K)
    log_q = torch.log_softmax(torch.stack(list(student_out)) / student_temp, dim=-1)  # (V, N, K)
    return multi_crop_loss(p, log_q)


class DINOLoss(CenteredTeacher):
    """`dino` as a module that keeps the center, equation (4): c ← ρ c + (1 − ρ) · mean of the teacher's logits.

    The loss uses the center as it was before the batch; then the center moves, by the mean over all processes, unless
    the module is in eval mode. Arguments are passed by keyword, so that teacher and student cannot be confused.

    output_dim                   K
    teacher_temp, student_temp   τ_t, τ_s > 0. The call takes another `teacher_temp`, for a warm-up
    center_momentum              ρ in [0, 1]
    centering                    True; False for none; or "sinkhorn" for DINOv2's (arXiv:2304.07193), which balances the
                                 batch by `sinkhorn_knopp` instead and leaves the center alone
    stop_gradient                False: the gradient flows through the targets as well

    >>> criterion = DINOLoss(output_dim=4, center_momentum=0.5)
    >>> views = [torch.tensor([[1.0, 0.0, 0.0, 0.0]]), torch.tensor([[3.0, 0.0, 0.0, 0.0]])]
    >>> loss = criterion(teacher_out=views, student_out=views)
    >>> criterion.center  # halfway from 0 to the mean of 1 and 3
    tensor([1., 0., 0., 0.])

    lightly's DINOLoss has the same value. It lets gradients through to the teacher, moves the center in eval mode too,
    and takes the teacher first by position, where the paper's code takes the student first.
    """

    def __init__(
        self, output_dim: int, teacher_temp: float = 0.04, student_temp: float = 0.1, center_momentum: float = 0.9,
        centering: bool | str = True, stop_gradient: bool = True,
    ):
        super().__init__(output_dim, teacher_temp, student_temp, center_momentum, centering)
        self.stop_gradient = stop_gradient

    @inputs.full_precision
    def forward(
        self, *, teacher_out: Sequence[Tensor], student_out: Sequence[Tensor], teacher_temp: float | None = None
    ) -> Tensor:
        _check_views(teacher_out, student_out)
        teacher = torch.stack(list(teacher_out))  # (T, N, K)
        p = self.targets(teacher.detach() if self.stop_gradient else teacher, teacher_temp)
        log_q = torch.log_softmax(torch.stack(list(student_out)) / self.student_temp, dim=-1)  # (V, N, K)
        loss = multi_crop_loss(p, log_q)
        self.move_center(teacher)
        return loss


@expect.checked(lambda p: inputs.floats(p, "p", ("N", "K")))
@inputs.full_precision
def output_entropies(p: Tensor) -> tuple[float, float]:
    """How a collapse is seen (arXiv:2104.14294, figure 7): a row's entropy on average, and that of the rows' mean, in nats.

    Both 0: all say one and the same output. Both ln K: all say everything. In between, the second minus the first is how
    much the output tells about the image (their mutual information): 0 wherever all rows are alike.

    p   (N, K), distributions over the K outputs

    Raises ValueError for other shapes and numbers that are not finite.

    >>> [round(h, 4) for h in output_entropies(torch.eye(4))]       # each its own output: 0, and ln 4
    [0.0, 1.3863]
    """
    own, mean = torch.special.entr(p).sum(dim=1).mean(), torch.special.entr(p.mean(dim=0)).sum()
    return own.item(), mean.item()
