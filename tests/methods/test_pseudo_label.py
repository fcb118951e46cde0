"""Pseudo-label: Lee's two cross-entropies against a plain loop, and his ramp."""

from __future__ import annotations

import pytest
import torch

from sslcourse import methods
from tests.methods.few_labels import IMAGES, LABELS, MORE, network, plain


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
