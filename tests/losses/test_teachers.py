"""DINO, SwAV and their kin: which views are paired, where gradients stop, and how the centre moves."""

from __future__ import annotations

import math

import pytest
import torch

from sslcourse import losses
from tests.losses import oracles

K = 6


def views(count, n=4, seed=0, **kwargs):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(n, K, generator=generator, **kwargs) for _ in range(count)]


@pytest.mark.parametrize("k", (2, 10, 1000))
@pytest.mark.parametrize("count", (2, 3, 7))
def test_uniform_teacher_and_student_are_ln_k_apart(k, count):
    uniform = [torch.zeros(3, k)] * count
    loss = losses.dino(teacher_out=uniform[:2], student_out=uniform)
    assert loss.item() == pytest.approx(math.log(k), rel=1e-6)


def test_the_centre_moves_after_the_loss():
    """The loss sees the centre as it was before the batch; the next one sees it moved, by the teacher alone."""
    criterion = losses.DINOLoss(K, center_momentum=0.7)
    center = [0.0] * K
    for step in range(3):
        teacher, student = views(2, seed=step), views(4, seed=10 + step)
        loss = criterion(teacher_out=teacher, student_out=student)
        assert loss.item() == pytest.approx(oracles.dino(teacher, student, center, 0.04, 0.1), rel=1e-5)
        center = oracles.moved_center(center, teacher, 0.7)
        assert criterion.center.tolist() == pytest.approx(center, rel=1e-5, abs=1e-7)


def test_the_same_view_is_left_out():
    """The student's view 0 must not be drawn to the teacher's view 0: changing that one changes nothing for it."""
    teacher, student = views(2), [view.requires_grad_() for view in views(2, seed=1)]
    loss = losses.dino(teacher_out=teacher, student_out=student)
    (gradient,) = torch.autograd.grad(loss, student[0])
    other_teacher = [torch.randn(4, K), teacher[1]]
    loss = losses.dino(teacher_out=other_teacher, student_out=student)
    torch.testing.assert_close(torch.autograd.grad(loss, student[0])[0], gradient)


@pytest.mark.parametrize("centering", (True, False, "sinkhorn"))
def test_no_gradient_reaches_a_teacher(centering):
    mask = torch.ones(2, 2, dtype=torch.bool)

    def one(seed):
        return views(1, seed=seed)[0]

    for criterion, arguments in (
        (losses.DINOLoss(K, centering=centering), dict(teacher_out=views(2), student_out=views(3, seed=1))),
        (losses.IBOTPatchLoss(K, centering=centering), dict(teacher_out=one(0), student_out=one(1), mask=mask)),
        (losses.DistillationLoss(), dict(teacher_out=one(0), student_out=one(1))),
    ):
        for value in arguments.values():
            for tensor in value if isinstance(value, list) else [value]:
                if tensor.is_floating_point():
                    tensor.requires_grad_()
        criterion(**arguments).backward()
        for name, has_gradient in (("teacher_out", False), ("student_out", True)):
            value = arguments[name]
            for tensor in value if isinstance(value, list) else [value]:
                assert (tensor.grad is not None) == has_gradient, (criterion, name)


def test_switches():
    """centering=False leaves the logits and the centre alone; a teacher temperature of 1 does not sharpen."""
    teacher, student = views(2), views(3, seed=1)
    criterion = losses.DINOLoss(K, centering=False, teacher_temp=1)
    criterion.center.fill_(3.0)
    loss = criterion(teacher_out=teacher, student_out=student)
    assert loss.item() == pytest.approx(oracles.dino(teacher, student, [0.0] * K, 1.0, 0.1), rel=1e-6)
    assert criterion.center.eq(3.0).all()


def test_teacher_temperature_of_one_call():
    teacher, student = views(2), views(2, seed=1)
    warm = losses.DINOLoss(K)(teacher_out=teacher, student_out=student, teacher_temp=0.5)
    assert warm.item() == pytest.approx(oracles.dino(teacher, student, [0.0] * K, 0.5, 0.1), rel=1e-6)


def test_eval_mode_keeps_the_centre():
    criterion = losses.DINOLoss(K).eval()
    criterion(teacher_out=views(2), student_out=views(2))
    assert criterion.center.eq(0).all()


def test_the_centre_is_saved():
    criterion = losses.DINOLoss(K)
    criterion(teacher_out=views(2), student_out=views(2))
    again = losses.DINOLoss(K)
    again.load_state_dict(criterion.state_dict())
    assert torch.equal(again.center, criterion.center) and again.center.ne(0).any()


def test_dino_with_sinkhorn_targets():
    """DINOv2: the targets are the Sinkhorn assignment of all the teacher's rows at once."""
    teacher, student = views(2), views(3, seed=1)
    loss = losses.DINOLoss(K, centering="sinkhorn", teacher_temp=0.5)(teacher_out=teacher, student_out=student)
    q = oracles.sinkhorn_knopp(torch.cat(teacher), 0.5, 3)
    terms = []
    for t in range(2):
        for s in range(3):
            if t != s:
                terms += [oracles.cross_entropy(q[4 * t + i], (student[s][i] / 0.1).tolist()) for i in range(4)]
    assert loss.item() == pytest.approx(oracles.mean(terms), rel=1e-5)


def test_ibot_centre_follows_the_masked_patches():
    mask = torch.tensor([[True, True, False], [False, True, True]])
    criterion = losses.IBOTPatchLoss(K, center_momentum=0.5)
    teacher, student = views(1)[0], views(1, seed=1)[0]
    first = criterion(teacher_out=teacher, student_out=student, mask=mask)
    assert first.item() == pytest.approx(oracles.ibot(teacher, student, mask, [0.0] * K, 0.04, 0.1), rel=1e-5)
    assert criterion.center.tolist() == pytest.approx(oracles.moved_center([0.0] * K, [teacher], 0.5), rel=1e-5)


def test_teacher_and_student_cannot_be_confused():
    with pytest.raises(TypeError):
        losses.DINOLoss(K)(views(2), views(2))
    with pytest.raises(ValueError, match="student_out: got .?2 views for a teacher with 5"):
        losses.DINOLoss(K)(teacher_out=views(5), student_out=views(2))


def test_no_view_of_swav_is_compared_with_its_own_code():
    """The gradient in closed form: softmax minus the codes of the others, so neither its own code nor a path through it."""
    scores, tau, n = [view.requires_grad_() for view in views(3)], 0.5, 4
    losses.swav(scores, n_global=2, temperature=tau, epsilon=0.3).backward()
    q = [losses.sinkhorn_knopp(view, 0.3) for view in scores[:2]]
    for v, others in enumerate(([1], [0], [0, 1])):
        p = torch.softmax(scores[v].detach() / tau, dim=1)
        wanted = sum(p - q[i] for i in others) / (tau * n * 4)  # 4 pairs: views 1 and 2 with q_0, 0 and 2 with q_1
        torch.testing.assert_close(scores[v].grad, wanted)


def test_what_all_images_share_is_no_code():
    """One answer for all: the codes are 1/K, and the best prediction of them costs ln K."""
    same = torch.randn(1, K, generator=torch.Generator().manual_seed(0)).expand(4, K)
    torch.testing.assert_close(losses.sinkhorn_knopp(same, 0.05), torch.full((4, K), 1 / K))
    assert losses.swav([same, same]) > math.log(K) + 1e-3
    assert losses.swav([0 * same, 0 * same]).item() == pytest.approx(math.log(K), rel=1e-6)
