"""Pseudo-label, mean teacher and FixMatch: each loss against a plain loop, ramps and averages against closed forms."""

from __future__ import annotations

import copy
import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from sslcourse import methods, models, runtime, training


def network(seed=0, classes=4):
    with runtime.seeded(seed):
        return methods.Classifier(models.ResNet(4, (1, 1)), classes)


def plain(x):
    return x.float()


IMAGES = torch.rand(10, 3, 16, 16, generator=torch.Generator().manual_seed(0))
LABELS = torch.arange(10) % 4
MORE = torch.rand(7, 3, 16, 16, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def drawn(monkeypatch):
    """The labelled images of every step: the first five."""
    monkeypatch.setattr(methods.Labelled, "draw", lambda self: (self.images[:5], self.labels[:5]))


def test_labelled_images_keep_their_labels_and_are_drawn_by_the_global_generator():
    images = torch.arange(10).float()[:, None, None, None].expand(10, 3, 2, 2) / 10
    labelled = methods.Labelled(images, LABELS, batch_size=200)
    torch.manual_seed(0)
    some, labels = labelled.draw()
    assert torch.equal((some[:, 0, 0, 0] * 10).round().long() % 4, labels) and len(labels.unique()) == 4
    torch.manual_seed(0)
    assert torch.equal(labelled.draw()[1], labels)
    assert not labelled.state_dict()


@pytest.mark.parametrize("t, alpha", [(0, 0), (0.1, 0), (0.35, 1), (0.6, 2), (0.9, 2)])
def test_pseudo_label_s_weight_is_lee_s(t, alpha):
    method = methods.PseudoLabel(network(), IMAGES, LABELS, weight=2.0)
    assert method.weight_at(t) == pytest.approx(alpha)


def test_pseudo_label_s_loss_is_both_cross_entropies(drawn):
    method = methods.PseudoLabel(network(), IMAGES, LABELS, views=plain, weight=2.0).eval()
    method.after_step(1.0)
    log_p = method(torch.cat([IMAGES[:5], MORE])).log_softmax(1)
    known = -sum(log_p[i, LABELS[i]] for i in range(5)) / 5
    unknown = -sum(row.max() for row in log_p[5:]) / 7
    assert method.loss(MORE).item() == pytest.approx((known + 2 * unknown).item(), rel=1e-5)
    method.after_step(0.0)
    assert method.loss(MORE).item() == pytest.approx(known.item(), rel=1e-5)


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


@pytest.mark.parametrize("threshold", [0.0, 0.4, 0.6, 1.0])
def test_fixmatch_s_loss_is_equation_4(threshold):
    generator = torch.Generator().manual_seed(2)
    weak, strong = torch.randn(9, 4, generator=generator) * 2, torch.randn(9, 4, generator=generator)
    total = 0.0
    for q, s in zip(weak.softmax(1), strong.log_softmax(1)):
        total += -float(s[q.argmax()]) if q.max() >= threshold else 0.0
    assert methods.fixmatch_loss(weak, strong, threshold).item() == pytest.approx(total / 9, rel=1e-5, abs=1e-8)


def test_fixmatch_teaches_the_strong_view_alone():
    weak, strong = torch.randn(6, 4, requires_grad=True), torch.randn(6, 4, requires_grad=True)
    methods.fixmatch_loss(weak, strong, 0.2).backward()
    assert weak.grad is None and bool((strong.grad != 0).any())


def test_fixmatch_is_cross_entropy_and_its_unlabelled_loss(drawn):
    method = methods.FixMatch(network(), IMAGES, LABELS, weak=plain, strong=lambda x: 1 - x, threshold=0.3, weight=2.0).eval()
    wanted = F.cross_entropy(method(IMAGES[:5]), LABELS[:5]) + 2 * methods.fixmatch_loss(method(MORE), method(1 - MORE), 0.3)
    assert method.loss(MORE).item() == pytest.approx(wanted.item(), rel=1e-5)
    assert method.accepted == pytest.approx(float((method(MORE).softmax(1).amax(1) >= 0.3).float().mean()))


@pytest.mark.parametrize("make", [methods.PseudoLabel, methods.MeanTeacher, methods.FixMatch])
def test_each_trains_repeatably_and_learns_what_is_labelled(make):
    bright = (torch.arange(10) % 2)[:, None, None, None].expand(10, 3, 8, 8) * 200 + 20
    data, labels = bright.to(torch.uint8).contiguous(), torch.arange(10) % 2
    runs = []
    for _ in range(2):
        with runtime.seeded(0):
            net = methods.Classifier(nn.Sequential(nn.Flatten(), nn.Linear(192, 8), nn.ReLU()), 2, num_features=8)
        method = make(net, data, labels, labelled_batch=8)
        runs.append(training.train(method, data, steps=100, batch_size=8, lr=3e-2, bfloat16=False))
    assert runs[0].loss == runs[1].loss
    method.eval()
    assert (method(data.float() / 255).argmax(1) == labels).all() and method.encode(data.float() / 255).shape == (10, 8)


@pytest.mark.parametrize("make, bad", [
    (methods.PseudoLabel, {"weight": -1}), (methods.PseudoLabel, {"start": 0.7}), (methods.PseudoLabel, {"full": 2}),
    (methods.MeanTeacher, {"momentum": 1.5}), (methods.MeanTeacher, {"weight": -1}), (methods.MeanTeacher, {"ramp": -0.1}),
    (methods.FixMatch, {"threshold": 1.2}), (methods.FixMatch, {"weight": -1}), (methods.FixMatch, {"labelled_batch": 0}),
])
def test_bad_numbers_are_named(make, bad):
    with pytest.raises(ValueError, match=next(iter(bad)).replace("labelled_batch", "batch_size")):
        make(network(), IMAGES, LABELS, **bad)


def test_bad_tensors_are_named():
    with pytest.raises(ValueError, match="labels"):
        methods.FixMatch(network(), IMAGES, LABELS[:3])
    with pytest.raises(ValueError, match="a label -1"):
        methods.Labelled(IMAGES, torch.full((10,), -1))
    with pytest.raises(ValueError, match="weak_logits, strong_logits"):
        methods.fixmatch_loss(torch.zeros(3, 2), torch.zeros(2, 2))
    with pytest.raises(ValueError, match="length"):
        methods.ramp_up(0.5, 2.0)


def test_a_copy_of_the_network_is_the_teacher_s_start():
    net = network()
    method = methods.MeanTeacher(net, IMAGES, LABELS)
    assert method.student is net and method.teacher is not net
    assert all(torch.equal(a, b) for a, b in zip(net.state_dict().values(), method.teacher.state_dict().values()))
    assert copy.deepcopy(method).labelled.labels.equal(LABELS)
