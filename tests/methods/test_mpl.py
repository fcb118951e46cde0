"""MPL: its loss by a plain loop, the feedback against a step that is really taken, and which part moves which network."""

from __future__ import annotations

import copy

import pytest
import torch
from torch.nn import functional as F

from sslcourse import methods
from tests.losses import oracles
from tests.methods.few_labels import IMAGES, LABELS, MORE, network, plain

DRAWN = torch.tensor([0, 3, 1, 1, 2, 0, 3])


@pytest.fixture
def method(drawn, monkeypatch):
    monkeypatch.setattr(torch, "multinomial", lambda p, n: DRAWN[:, None])
    return methods.MPL(network(0), network(1), IMAGES, LABELS, weak=plain, strong=lambda x: 1 - x, step=0.05, weight=0.7,
                       temperature=0.5, threshold=0.2).eval()


def surprise(logits, labels):
    return sum(oracles.minus_log_softmax(row, int(y)) for row, y in zip(logits.tolist(), labels)) / len(labels)


def test_the_loss_is_algorithm_1_by_a_plain_loop(method):
    S, T, h = method.S, method.T, float(method.help(IMAGES[:5], LABELS[:5], 1 - MORE, DRAWN))
    wanted = surprise(S(1 - MORE), DRAWN) + h * surprise(T(1 - MORE), DRAWN) + surprise(T(IMAGES[:5]), LABELS[:5])
    wanted += 0.7 * oracles.uda_loss(T(MORE), T(1 - MORE), 0.5, 0.2)
    assert method.loss(MORE).item() == pytest.approx(wanted, rel=1e-5) and method.feedback == pytest.approx(h, rel=1e-4)


def test_the_feedback_is_what_a_small_step_of_the_student_brings(method):
    """Equation (12) is first order: for a small η it is the difference of the labelled loss before and after the step."""
    method.step = 1e-4
    method.double()
    x, u, moved = IMAGES[:5].double(), (1 - MORE).double(), copy.deepcopy(method.S)
    F.cross_entropy(moved(u), DRAWN).backward()
    with torch.no_grad():
        for p in moved.parameters():
            p.sub_(1e-4 * p.grad)
    gain = F.cross_entropy(method.S(x), LABELS[:5]) - F.cross_entropy(moved(x), LABELS[:5])
    assert float(method.help(x, LABELS[:5], u, DRAWN)) == pytest.approx(gain.item(), rel=1e-2)


def test_each_network_learns_from_its_own_part(method):
    method.loss(MORE).backward()
    alone = copy.deepcopy(method.S)
    alone.zero_grad()
    F.cross_entropy(alone(1 - MORE), DRAWN).backward()
    for ours, wanted in zip(method.S.parameters(), alone.parameters()):
        torch.testing.assert_close(ours.grad, wanted.grad)                # no true label reaches the student
    assert all(p.grad is not None and p.grad.any() for p in method.T.parameters())


def test_labels_that_help_are_made_likelier_and_others_less_so(method):
    method.weight = 0.0
    for sign in (1.0, -1.0):
        method.help = lambda *args, sign=sign: torch.tensor(100.0 * sign)     # loud enough to drown the labels' part
        method.zero_grad()
        method.loss(MORE).backward()
        moved = copy.deepcopy(method.T)
        with torch.no_grad():
            for p, own in zip(moved.parameters(), method.T.parameters()):
                p.sub_(1e-5 * own.grad)
        change = F.cross_entropy(moved(1 - MORE), DRAWN) - F.cross_entropy(method.T(1 - MORE), DRAWN)
        assert change * sign < 0


def test_trying_a_step_leaves_the_student_as_it_was():
    method = methods.MPL(network(0), network(1), IMAGES, LABELS, weak=plain, strong=plain)
    twin = copy.deepcopy(method.S)
    twin(MORE)
    method.help = lambda *args, plain_help=method.help: plain_help(*args)
    method.loss(MORE)
    for (name, ours), theirs in zip(method.S.state_dict().items(), twin.state_dict().values()):
        if "num_batches" not in name:
            torch.testing.assert_close(ours, theirs)
