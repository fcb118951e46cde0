"""FixMatch: its loss against a plain loop, and which view it teaches."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from sslcourse import methods
from tests.methods.few_labels import IMAGES, LABELS, MORE, network, plain


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


def test_bad_tensors_are_named():
    with pytest.raises(ValueError, match="labels"):
        methods.FixMatch(network(), IMAGES, LABELS[:3])
    with pytest.raises(ValueError, match="weak_logits, strong_logits"):
        methods.fixmatch_loss(torch.zeros(3, 2), torch.zeros(2, 2))


def test_an_image_that_is_just_as_sure_as_asked_counts():
    assert methods.fixmatch_loss(torch.zeros(3, 2), torch.zeros(3, 2), 0.5).item() == pytest.approx(math.log(2))
