"""A run that was broken off and resumed equals one that was not: bit for bit, on the CPU."""

from __future__ import annotations

import os
import random

import numpy as np
import pytest
import torch
from torch import nn

from sslcourse import training
from sslcourse.training import checkpoint


class Noisy(nn.Module):
    """BatchNorm's buffers, dropout, an EMA copy, and all three generators: whatever a checkpoint could forget."""

    def __init__(self):
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(0)
            self.net = nn.Sequential(nn.Linear(5, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 1))
        self.register_buffer("ema", self.net[0].weight.detach().clone())

    def loss(self, batch):
        return (self.net(batch) + random.random() + np.random.rand() + torch.rand(1)).square().mean()

    def after_step(self, progress):
        self.ema.lerp_(self.net[0].weight.detach(), 0.1)


ROWS = torch.randn(64, 5, generator=torch.Generator().manual_seed(0))
RUN = dict(steps=20, batch_size=16, lr=0.01, every=5, bfloat16=False)


class Killed(Exception):
    pass


def run(path=None, die_at=None, **changed):
    method, plain = Noisy(), Noisy.after_step
    if die_at is not None:
        def after_step(progress):
            plain(method, progress)
            if round(progress * 20) == die_at:
                raise Killed
        method.after_step = after_step
    try:
        history = training.train(method, ROWS, checkpoint=path, **{**RUN, **changed})
    except Killed:
        history = None
    return method, history


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
@pytest.mark.parametrize("die_at", [5, 13])
def test_resumed_equals_unbroken_bit_for_bit(tmp_path, optimizer, die_at):
    path = tmp_path / "run.safetensors"
    whole, history = run(optimizer=optimizer)
    run(path, die_at=die_at, optimizer=optimizer)
    resumed, again = run(path, optimizer=optimizer)
    assert again.loss == history.loss and again.lr == history.lr
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name


def test_a_resumed_run_does_not_start_over(tmp_path):
    path = tmp_path / "run.safetensors"
    run(path, die_at=13)
    steps = []
    method = Noisy()
    method.after_step = lambda progress: steps.append(progress)
    training.train(method, ROWS, checkpoint=path, **RUN)
    assert len(steps) == 10


def test_a_finished_run_is_only_loaded(tmp_path):
    path = tmp_path / "run.safetensors"
    whole, history = run(path)
    again, loaded = run(path, die_at=1)  # it would die at its first step
    assert loaded.loss == history.loss and loaded.images == history.images == 320
    assert torch.equal(whole.net[0].weight, again.net[0].weight) and torch.equal(whole.ema, again.ema)


def test_a_kill_while_writing_leaves_the_last_whole_file(tmp_path, monkeypatch):
    path = tmp_path / "run.safetensors"
    run(path, die_at=7)
    before = path.read_bytes()

    def cut(*_):
        raise Killed

    monkeypatch.setattr(checkpoint.os, "replace", cut)
    run(path)
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["run.safetensors"]


def test_an_interrupt_keeps_the_last_whole_checkpoint(tmp_path):
    path = tmp_path / "run.safetensors"
    method = Noisy()

    def after_step(progress):
        Noisy.after_step(method, progress)
        if progress > 0.61:
            raise KeyboardInterrupt

    method.after_step = after_step
    assert training.train(method, ROWS, checkpoint=path, **RUN).interrupted
    assert run(path)[1].loss == run()[1].loss


def test_another_run_s_file_is_refused(tmp_path):
    path = tmp_path / "run.safetensors"
    run(path, die_at=13)
    with pytest.raises(ValueError, match="checkpoint: got a run with {'lr': 0.01}"):
        run(path, lr=0.02)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 a pickle in a zip", b"\x08\x00\x00\x00\x00\x00\x00\x00{}      "])
def test_a_file_that_is_no_checkpoint_is_refused_and_kept(tmp_path, content):
    path = tmp_path / "run.safetensors"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="checkpoint: .*run.safetensors"):
        run(path)
    assert path.read_bytes() == content
