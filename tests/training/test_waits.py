"""A step on a GPU waits for it five times at the most, and what its checks find is told all the same."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from sslcourse import expect, losses, runtime, training
from tests.methods.small import SMALL
from tests.tools import waits_of_training
from tests.tools.pretended_gpu import GPU, pretended_gpu

MOST = 5    # the loss with what the losses ask, and the gradient's length, are two of them


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(SMALL))
def test_a_step_waits_seldom(name):
    found = waits_of_training.per_step(name, steps=2)
    assert 2 <= sum(found.values()) <= MOST, found


class Asking(nn.Module):
    """Embeds, and asks of its embeddings what a loss asks."""

    def __init__(self, scale: float = 1.0):
        super().__init__()
        self.map, self.scale = nn.Linear(4, 3), scale

    def loss(self, batch):
        return losses.nt_xent(self.map(batch) * self.scale, self.map(batch))


class Reading(Asking):
    """Reads a number for each row, as a careless method would."""

    def loss(self, batch):
        return super().loss(batch) + sum(float(x) for x in batch[:, 0])


def test_a_method_that_reads_its_numbers_one_by_one_would_be_seen(monkeypatch):
    monkeypatch.setitem(SMALL, "Reading", SMALL["Rotation"].__class__(
        lambda channels: Reading(), lambda n, gray=False: torch.randn(n, 4)))
    found = waits_of_training.per_step("Reading", steps=2)
    assert sum(found.values()) == 2 + 8


@pytest.fixture
def gpu(monkeypatch):
    monkeypatch.setattr(runtime, "device", lambda: GPU)
    with pretended_gpu():
        yield


RUN = dict(steps=30, batch_size=8, bfloat16=False, warmup=0.0)


def test_what_a_loss_asked_is_told_with_its_step_and_cause(gpu):
    data = torch.randn(16, 4, generator=torch.Generator().manual_seed(0))
    with pytest.raises(training.Diverged, match="^Step 0: z0: got NaN or infinity.* Batch and weights are finite"):
        training.train(Asking(float("inf")), data, **RUN)
    with pytest.raises(training.Diverged, match="^Step 0: z0: got NaN .*The batch itself holds NaN"):
        training.train(Asking(), data / 0, **RUN)
    with pytest.raises(training.Diverged, match=r"^Step \d+: .*The weights map.\w+ have grown .*learning rate \(1e\+25"):
        training.train(Asking(), data, lr=1e25, optimizer="sgd", **RUN)


class OfLabels(Asking):
    def loss(self, batch):
        expect.numbers_that((batch < 1e9).all(), "labels", lambda: f"{float(batch.max()):g}", "small ones")
        return super().loss(batch)


def test_a_complaint_about_other_things_than_numbers_stays_what_it_is(gpu):
    with pytest.raises(ValueError, match=r"^labels: got 1e\+10, wanted small ones$"):
        training.train(OfLabels(), torch.full((16, 4), 1e10), **RUN)
