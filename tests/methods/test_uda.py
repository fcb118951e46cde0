"""UDA: its two parts by plain loops, which view it teaches, and what training signal annealing lets count."""

from __future__ import annotations

import math

import pytest
import torch

from sslcourse import methods
from tests.losses import oracles
from tests.methods.few_labels import IMAGES, LABELS, MORE, network, plain


@pytest.mark.parametrize("schedule", [None, "linear"])
def test_the_loss_is_the_paper_s_by_a_plain_loop(schedule, drawn):
    method = methods.UDA(network(), IMAGES, LABELS, weak=plain, strong=lambda x: 1 - x, threshold=0.3, temperature=0.5,
                         weight=2.0, schedule=schedule).eval()
    method.after_step(0.3)
    eta = 1.0 if schedule is None else 0.3 * (1 - 1 / 4) + 1 / 4
    known = [oracles.minus_log_softmax(row, int(y)) for row, y in zip(method(IMAGES[:5]).tolist(), LABELS[:5])]
    known = [x for x in known if schedule is None or math.exp(-x) < eta]
    wanted = (sum(known) / len(known) if known else 0.0) + 2 * oracles.uda_loss(method(MORE), method(1 - MORE), 0.5, 0.3)
    assert method.loss(MORE).item() == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize(("schedule", "alpha"), [
    ("log", lambda t: 1 - math.exp(-5 * t)), ("linear", lambda t: t), ("exp", lambda t: math.exp(5 * (t - 1))),
])
def test_annealing_rises_from_a_guess_to_certainty(schedule, alpha):
    for t in (0.0, 0.3, 1.0):
        assert methods.annealed_threshold(t, 5, schedule) == pytest.approx(alpha(t) * 0.8 + 0.2)
    assert methods.annealed_threshold(0.0, 5, None) == 1.0


def test_labels_that_are_known_already_do_not_count():
    method = methods.UDA(network(), IMAGES, LABELS, schedule="linear")
    logits = torch.tensor([[9.0, 0, 0, 0], [0.0, 0, 0, 0.1]], requires_grad=True)
    method.signal(logits, torch.tensor([0, 0])).backward()          # at t = 0 the threshold is a guess, 1/4
    assert not logits.grad[0].any() and logits.grad[1].any()
    assert method.signal(logits[:1], torch.tensor([0])).item() == 0.0
