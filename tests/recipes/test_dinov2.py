"""sslcourse.recipes.dinov2: what is kept, how a run goes on from it, and where its first part ends."""

from __future__ import annotations

import pytest
import torch

from sslcourse import data, training
from sslcourse.recipes import dinov2


def test_a_run_that_goes_on_begins_with_the_kept_weights_on_both_sides():
    kept = dinov2.build()
    with torch.no_grad():
        for p in kept.parameters():
            p.add_(0.5)
    method = dinov2.go_on(kept)
    for network in (method.encoder, method.teacher_encoder):
        assert all(torch.equal(value, kept.encoder.state_dict()[name]) for name, value in network.state_dict().items())
    assert all(torch.equal(value, kept.heads.state_dict()[name]) for name, value in method.teacher_heads.state_dict().items())
    assert not any(p.requires_grad for p in method.teacher_heads.parameters())


def test_views_are_two_large_ones_and_two_small_ones():
    images = torch.randint(256, (2, 3, 32, 32), dtype=torch.uint8)
    assert [tuple(view.shape[2:]) for view in dinov2.views(24)(images)] == [(24, 24)] * 2 + [(16, 16)] * 2


def test_the_first_part_stops_in_its_schedule_and_the_second_brings_the_rate_down(monkeypatch, tmp_path):
    runs = []

    def train(method, images, *, steps, lr, evaluate=None, checkpoint, **settings):
        runs.append((steps, lr, checkpoint.name))
        for step in range(settings["every"], steps + 1, settings["every"]):
            if evaluate is not None:
                runs.append(step)
                evaluate(method, step)

    monkeypatch.setattr(training, "train", train)
    monkeypatch.setattr(data, "load", lambda *name, **which: data.shapes(4))
    monkeypatch.setattr(dinov2, "STEPS", 60)
    dinov2.train(dinov2.build(), tmp_path / "run.safetensors")
    assert runs == [(dinov2.PLANNED, 1e-3, "run.safetensors"), 20, 40, 60,
                    (dinov2.HIGH_STEPS, 2e-4, "run_end.safetensors")]


@pytest.mark.parametrize("pixels", (24, 32))
def test_what_is_kept_reads_views_of_either_size(pixels):
    assert dinov2.build().eval().encode(torch.rand(2, 3, pixels, pixels)).shape == (2, 128)
