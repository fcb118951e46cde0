"""Mean teacher: its loss against a plain loop, the ramp and the average against closed forms."""

from __future__ import annotations

import copy
import math

import pytest
import torch
from torch.nn import functional as F

from sslcourse import methods
from tests.methods.few_labels import IMAGES, LABELS, MORE, network, plain


def test_ramp_up_is_laine_and_aila_s():
    assert methods.ramp_up(0.0, 0.5) == pytest.approx(math.exp(-5))
    assert methods.ramp_up(0.25, 0.5) == pytest.approx(math.exp(-5 * 0.25))
    assert methods.ramp_up(0.5, 0.5) == methods.ramp_up(1.0, 0.5) == methods.ramp_up(0.0, 0.0) == 1.0
    rising = [methods.ramp_up(t / 20, 0.8) for t in range(21)]
    assert rising == sorted(rising)


def test_mean_teacher_s_loss_is_cross_entropy_and_a_squared_difference(drawn):
    method = methods.MeanTeacher(network(), IMAGES, LABELS, views=plain, weight=3.0, ramp=0.0).eval()
    with torch.no_grad():
        for p in method.teacher.parameters():
            p.mul_(0.5)
    everything = torch.cat([IMAGES[:5], MORE])
    p, q = method.student(everything).softmax(1), method.teacher(everything).softmax(1)
    squares = sum((p[i, k] - q[i, k]) ** 2 for i in range(12) for k in range(4)) / 12 / 4
    wanted = F.cross_entropy(method.student(IMAGES[:5]), LABELS[:5]) + 3 * squares
    assert method.loss(MORE).item() == pytest.approx(wanted.item(), rel=1e-5)


def test_the_mean_teacher_moves_by_its_momentum_and_gets_no_gradient():
    method = methods.MeanTeacher(network(), IMAGES, LABELS, momentum=0.9)
    before = [p.clone() for p in method.teacher.parameters()]
    method.loss(MORE).backward()
    assert all(p.grad is None for p in method.teacher.parameters())
    with torch.no_grad():
        for p in method.student.parameters():
            p.add_(1.0)
    method.after_step(0.5)
    for old, p in zip(before, method.teacher.parameters()):
        torch.testing.assert_close(p, old + 0.1)
    assert float(method.progress) == 0.5
    method.eval()
    assert torch.equal(method(MORE), method.teacher(MORE)) and torch.equal(method.encode(MORE), method.teacher.encode(MORE))


def test_a_ramp_longer_than_the_run_is_refused():
    with pytest.raises(ValueError, match="length"):
        methods.ramp_up(0.5, 2.0)


def test_a_copy_of_the_network_is_the_teacher_s_start():
    net = network()
    method = methods.MeanTeacher(net, IMAGES, LABELS)
    assert method.student is net and method.teacher is not net
    assert all(torch.equal(a, b) for a, b in zip(net.state_dict().values(), method.teacher.state_dict().values()))
    assert copy.deepcopy(method).labelled.labels.equal(LABELS)
