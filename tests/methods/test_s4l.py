"""S4L: its four parts by plain loops, over every turn of every image."""

from __future__ import annotations

import pytest
import torch

from sslcourse import methods
from tests.losses import oracles
from tests.methods.few_labels import IMAGES, LABELS, MORE, network, plain


def test_the_loss_is_the_sum_of_four_by_plain_loops(drawn, monkeypatch):
    d = torch.full((12, 3, 16, 16), 0.03)
    monkeypatch.setattr("sslcourse.methods.labels.vat.adversarial_direction", lambda net, x, xi, iterations: d)
    method = methods.S4L(network(), IMAGES, LABELS, views=plain, rotation_weight=0.7, weight=0.3, entropy_weight=0.2).eval()
    x = torch.cat([IMAGES[:5], MORE])
    classes, turns = [], []
    for k in range(4):
        for i, image in enumerate(torch.rot90(x, k, dims=(2, 3))):
            h = method.network.encode(image[None])
            turns.append(oracles.minus_log_softmax(method.rotation_head(h)[0].tolist(), k))
            if i < 5:
                classes.append(oracles.minus_log_softmax(method.network.head(h)[0].tolist(), int(LABELS[i])))
    smooth = oracles.kl_consistency(method(x), method(x + 2.0 * d))
    wanted = sum(classes) / 20 + 0.7 * sum(turns) / 48 + 0.3 * smooth + 0.2 * oracles.entropy(method(MORE))
    assert method.loss(MORE).item() == pytest.approx(wanted, rel=1e-4)


def test_rotations_teach_the_encoder_and_a_head_of_their_own():
    method = methods.S4L(network(), IMAGES, LABELS, views=plain, weight=0.0, entropy_weight=0.0)
    method.loss(MORE).backward()
    assert method.rotation_head.weight.grad.any() and method.network.encoder.conv1.weight.grad.any()
