"""Distillation and the middle of the head: against closed forms, and with a teacher that is left alone."""

from __future__ import annotations

import copy
import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from sslcourse import losses, methods, models, runtime, training


def classifier(seed=0, classes=4):  # width 4 ends the process: oneDNN of torch 2.14 on a processor with AVX2 and no more
    with runtime.seeded(seed):
        return methods.Classifier(models.ResNet(8, (1, 1)), classes)


@pytest.fixture
def images():
    return torch.rand(6, 3, 16, 16, generator=torch.Generator().manual_seed(0))


def plain(x):
    return x


def test_soft_labels_of_a_batch_give_the_loss_of_the_paper(images):
    method = methods.Distilled(classifier(), views=plain, temperature=2.0).eval()
    logits = torch.randn(6, 4, generator=torch.Generator().manual_seed(1))
    p, log_q = (logits / 2).softmax(1), (method(images) / 2).log_softmax(1)
    by_loop = sum(-p[i, k] * log_q[i, k] for i in range(6) for k in range(4)) / 6
    assert method.loss((images, logits)).item() == pytest.approx(by_loop.item(), rel=1e-5)


def test_labels_come_in_with_one_minus_alpha(images):
    method = methods.Distilled(classifier(), views=plain, alpha=0.3).eval()
    logits, labels = torch.zeros(6, 4), torch.tensor([1, -1, 2, -1, -1, 0])
    hard = F.cross_entropy(method(images)[labels >= 0], labels[labels >= 0])
    soft = losses.distillation(logits, method(images))
    assert method.loss((images, logits, labels)).item() == pytest.approx((0.7 * hard + 0.3 * soft).item(), rel=1e-5)


def test_a_teacher_in_the_method_says_what_its_logits_would_have_said(images):
    teacher = classifier(1).eval()
    with torch.no_grad():
        logits = teacher(images)
    alone = methods.Distilled(classifier(), views=plain)
    beside = methods.Distilled(copy.deepcopy(alone.student), teacher=teacher, views=plain)
    alone.train(), beside.train()
    assert beside.loss(images).item() == pytest.approx(alone.loss((images, logits)).item(), rel=1e-6)


def test_training_moves_the_student_and_leaves_the_teacher_as_it_was(images):
    teacher = classifier(1)
    before = copy.deepcopy(teacher.state_dict())
    method = methods.Distilled(classifier(), teacher=teacher)
    training.train(method, images, steps=3, batch_size=6)
    assert all(torch.equal(before[name], value) for name, value in teacher.state_dict().items())
    assert not any(p.requires_grad for p in teacher.parameters())


def test_a_student_comes_to_agree_with_its_teacher(images):
    logits = 4 * F.one_hot(torch.arange(6) % 4, 4).float()
    method = methods.Distilled(classifier(), views=plain)
    history = training.train(method, (images, logits), steps=60, batch_size=6, lr=1e-2)
    entropy = torch.special.entr(logits.softmax(1)).sum(1).mean()
    assert history.loss[0] > history.loss[-1] > float(entropy) - 1e-4
    assert history.loss[-1] < float(entropy) + 0.3


@pytest.mark.parametrize("size", [16, (12, 20)])
def test_default_views_are_made_to_size(images, size):
    assert methods.weak_views(size)(images).shape[2:] == torch.Size(size if isinstance(size, tuple) else (size, size))


def test_bad_arguments_are_named(images):
    student = classifier()
    with pytest.raises(ValueError, match="teacher: got the student itself"):
        methods.Distilled(student, teacher=student)
    with pytest.raises(ValueError, match="temperature"):
        methods.Distilled(student, temperature=0)
    with pytest.raises(ValueError, match="batch: got 1 parts"):
        methods.Distilled(student).loss(images)
    with pytest.raises(ValueError, match="num_classes"):
        methods.Classifier(models.small_resnet(), 1)
    with pytest.raises(ValueError, match="num_features"):
        methods.Classifier(nn.Flatten(), 10)


def test_ln_k_for_a_teacher_and_a_student_that_know_nothing(images):
    method = methods.Distilled(classifier(), views=plain)
    nn.init.zeros_(method.student.head.weight), nn.init.zeros_(method.student.head.bias)
    assert method.loss((images, torch.zeros(6, 4))).item() == pytest.approx(math.log(4), rel=1e-6)


@pytest.mark.parametrize("dtype", [torch.int8, torch.int16, torch.int32])
def test_labels_of_any_integer_type_are_the_same_labels(dtype):
    labels, logits = torch.tensor([1, -1, 0]), torch.randn(3, 2, generator=torch.Generator().manual_seed(0))
    found = [losses.DistillationLoss()(teacher_out=logits, student_out=-logits, labels=y) for y in (labels, labels.to(dtype))]
    assert found[0] == found[1]
