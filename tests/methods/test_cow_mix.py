"""CowMix: its masks, its loss by a plain loop, and a teacher that is never asked to learn."""

from __future__ import annotations

import math

import pytest
import torch

from sslcourse import methods, runtime
from tests.losses import oracles
from tests.methods.few_labels import IMAGES, LABELS, MORE, network, plain

SURE = 0.59


def test_masks_cover_the_share_that_was_drawn_and_differ():
    with runtime.seeded(0):
        masks = methods.cow_mask((200, 32, 32), share=(0.3, 0.3), sigma=(1.0, 2.0))
    assert masks.mean().item() == pytest.approx(0.3, abs=0.01) and len({tuple(m.flatten().tolist()) for m in masks}) == 200
    assert set(masks.unique().tolist()) == {0.0, 1.0}


def test_wider_filters_make_larger_spots():
    def edges(sigma):
        with runtime.seeded(0):
            masks = methods.cow_mask((50, 32, 32), share=(0.5, 0.5), sigma=(sigma, sigma))
        return masks.diff(dim=2).abs().mean().item()

    assert edges(1.0) > 1.5 * edges(3.0) > 2 * edges(9.0)


def test_the_filter_is_a_gauss_filter_by_a_plain_loop(monkeypatch):
    noise = torch.randn(1, 5, 6, generator=torch.Generator().manual_seed(0))
    monkeypatch.setattr(torch, "randn", lambda *size, device=None: noise)
    found = methods.cow_mask((1, 5, 6), share=(0.4, 0.4), sigma=(1.3, 1.3))[0]
    smooth = [[math.fsum(noise[0, a, b].item() * math.exp(-((a - i) ** 2 + (b - j) ** 2) / 2 / 1.3**2)
                         for a in range(5) for b in range(6)) for j in range(6)] for i in range(5)]
    flat = [x for row in smooth for x in row]
    mean = sum(flat) / 30
    deviation = math.sqrt(sum((x - mean) ** 2 for x in flat) / 30)
    edge = mean + deviation * torch.distributions.Normal(0.0, 1.0).icdf(torch.tensor(0.4)).item()
    assert found.tolist() == [[float(x <= edge) for x in row] for row in smooth]


def test_the_loss_is_the_paper_s_by_a_plain_loop(drawn, monkeypatch):
    masks = (torch.rand(7, 16, 16, generator=torch.Generator().manual_seed(3)) < 0.4).float()
    monkeypatch.setattr("sslcourse.methods.labels.cow_mix.cow_mask", lambda *args: masks)
    method = methods.CowMix(network(), IMAGES, LABELS, views=plain, threshold=SURE, weight=3.0).eval()
    with torch.no_grad():
        method.teacher.head.weight.mul_(30.0)
    q, errors, sure = method.teacher(MORE).softmax(1).detach(), [], []
    for a in range(7):
        b, m = (a + 1) % 7, masks[a]
        share = float(m.mean())
        said = method.student((m * MORE[a] + (1 - m) * MORE[b])[None]).softmax(1)[0].detach()
        errors.append(sum(float(said[k] - share * q[a, k] - (1 - share) * q[b, k]) ** 2 for k in range(4)))
        sure.append(share * float(q[a].max()) + (1 - share) * float(q[b].max()) > SURE)
    assert 0 < sum(sure) < 7
    known = sum(oracles.minus_log_softmax(row, int(y)) for row, y in zip(method.student(IMAGES[:5]).tolist(), LABELS[:5])) / 5
    assert method.loss(MORE).item() == pytest.approx(known + 3 * sum(sure) / 7 * sum(errors) / 7, rel=1e-4)
    assert method.sure == pytest.approx(sum(sure) / 7)


def test_the_teacher_follows_and_gets_no_gradient():
    method = methods.CowMix(network(), IMAGES, LABELS, threshold=0.0, momentum=0.9)
    before = [p.clone() for p in method.teacher.parameters()]
    method.loss(MORE).backward()
    assert all(p.grad is None for p in method.teacher.parameters())
    with torch.no_grad():
        for p in method.student.parameters():
            p.add_(1.0)
    method.after_step(0.5)
    for old, p in zip(before, method.teacher.parameters()):
        torch.testing.assert_close(p, old + 0.1)
