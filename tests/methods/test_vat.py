"""VAT: the direction against the Hessian's first eigenvector, the loss by hand, and BatchNorm left alone."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from sslcourse import losses, methods, models, runtime
from tests.losses import oracles
from tests.methods.few_labels import IMAGES, LABELS, MORE, network, plain


def test_the_direction_is_the_hessian_s_first_eigenvector():
    """Of KL at the image itself: for two classes there is one direction that changes anything, and the sign is free."""
    with runtime.seeded(0):
        linear = nn.Sequential(nn.Flatten(), nn.Linear(12, 3)).double()
    x = torch.rand(4, 3, 2, 2, dtype=torch.float64)
    d = methods.adversarial_direction(linear, x, xi=1e-4, iterations=30).flatten(1)
    for row, direction in zip(x, d):
        said = linear(row[None])
        hessian = torch.autograd.functional.hessian(
            lambda r, row=row, said=said: losses.kl_consistency(said, linear(row[None] + r.view(1, 3, 2, 2))),
            torch.zeros(12, dtype=torch.float64))
        first = torch.linalg.eigh(hessian).eigenvectors[:, -1]
        assert abs(float(first @ direction)) == pytest.approx(1.0, abs=1e-3)


def test_a_step_in_it_changes_more_than_steps_at_random():
    net, x = network().eval(), MORE
    worst = losses.kl_consistency(net(x), net(x + 0.5 * methods.adversarial_direction(net, x)))
    with runtime.seeded(1):
        random = [F.normalize(torch.randn_like(x).flatten(1), dim=1).view_as(x) for _ in range(20)]
    assert worst > max(losses.kl_consistency(net(x), net(x + 0.5 * d)) for d in random)


def test_the_loss_is_equations_8_and_14(drawn, monkeypatch):
    d = F.normalize(torch.ones(12, 3, 16, 16).flatten(1), dim=1).view(12, 3, 16, 16)
    monkeypatch.setattr("sslcourse.methods.labels.vat.adversarial_direction", lambda net, x, xi, iterations: d)
    method = methods.VAT(network(), IMAGES, LABELS, views=plain, epsilon=1.5, weight=0.7, entropy_weight=0.3).eval()
    x = torch.cat([IMAGES[:5], MORE])
    known = sum(oracles.minus_log_softmax(row, int(y)) for row, y in zip(method(IMAGES[:5]).tolist(), LABELS[:5])) / 5
    wanted = known + 0.7 * oracles.kl_consistency(method(x), method(x + 1.5 * d)) + 0.3 * oracles.entropy(method(MORE))
    assert method.loss(MORE).item() == pytest.approx(wanted, rel=1e-5)


def test_batchnorm_keeps_no_record_of_moved_images(drawn):
    method = methods.VAT(network(), IMAGES, LABELS, views=plain)
    twin = network().train()
    twin(torch.cat([IMAGES[:5], MORE]))
    method.loss(MORE)
    for (name, ours), theirs in zip(method.network.named_buffers(), twin.buffers()):
        if "num_batches" not in name:
            torch.testing.assert_close(ours, theirs)


def test_the_direction_needs_no_gradient_of_the_network():
    net = methods.Classifier(models.ResNet(8, (1, 1)), 4)
    with torch.no_grad():
        d = methods.adversarial_direction(net, MORE)
    assert not d.requires_grad and all(p.grad is None for p in net.parameters())
    assert torch.allclose(d.flatten(1).norm(dim=1), torch.ones(len(MORE)), atol=1e-5)
