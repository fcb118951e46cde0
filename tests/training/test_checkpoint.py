"""A run that was broken off and resumed equals one that was not: bit for bit, on the CPU."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from sslcourse import augment, training
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


ROOT = Path(__file__).parents[2]
VIEWS = augment.RandomHorizontalFlip()
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


@pytest.mark.parametrize("optimizer", ["adamw", "muon", "sgd"])
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
    with pytest.raises(training.Interrupted):
        training.train(method, ROWS, checkpoint=path, **RUN)
    assert run(path)[1].loss == run()[1].loss


def test_another_run_s_file_is_refused(tmp_path):
    path = tmp_path / "run.safetensors"
    run(path, die_at=13)
    with pytest.raises(ValueError, match="checkpoint: got a run with {'lr': 0.01}"):
        run(path, lr=0.02)


class Other(Noisy):
    """Another class, and what may differ inside it: a number, a view, a part's setting, an architecture."""

    def __init__(self, temperature=0.5, views=None, dropout=0.3, width=8):
        super().__init__()
        self.temperature, self.views, self.seen = temperature, views, 0
        self.net[0], self.net[1], self.net[4] = nn.Linear(5, width), nn.BatchNorm1d(width), nn.Linear(width, 1)
        self.net[3].p = dropout
        self.register_buffer("ema", self.net[0].weight.detach().clone())

    def loss(self, batch):
        self.seen += 1  # what a method counts is not what it is
        return super().loss(batch)


@pytest.mark.parametrize("finished", [True, False])
@pytest.mark.parametrize("other, told", [
    (lambda: (Noisy(), ROWS), "'method': 'Other'"),
    (lambda: (Other(temperature=0.05), ROWS), "'method.temperature': '0.5'"),
    (lambda: (Other(views=augment.GaussianBlur()), ROWS), "'method.views': 'RandomHorizontalFlip"),
    (lambda: (Other(dropout=0.1, views=VIEWS), ROWS), "'method.net.3.p': '0.3'"),
    (lambda: (Other(width=9, views=VIEWS), ROWS), "'method.net.0.out_features': '8'"),
    (lambda: (Other(views=VIEWS), -ROWS), "'data': 'other rows'"),
    (lambda: (Other(views=VIEWS), torch.cat([ROWS[:60], ROWS[:4]])), "'data': 'other rows'"),
    (lambda: (Other(views=VIEWS), ROWS.double()), "'data': 'other rows'"),
])
def test_another_method_architecture_or_data_set_is_refused_before_anything_is_done(tmp_path, other, told, finished):
    path = tmp_path / "run.safetensors"
    training.train(Other(views=VIEWS), ROWS, checkpoint=path, **RUN)
    if not finished:
        rewritten(path, lambda about: {**about, "finished": False})
    method, rows = other()
    before = {name: value.clone() for name, value in method.state_dict().items()}
    with pytest.raises(ValueError, match=re.escape(told)):
        training.train(method, rows, checkpoint=path, **RUN)
    assert all(torch.equal(value, before[name]) for name, value in method.state_dict().items())


def test_the_same_run_built_anew_is_taken(tmp_path):
    """Catches an identity that holds a counter, or the place of an object in memory."""
    path = tmp_path / "run.safetensors"
    views = [augment.Compose([augment.RandomHorizontalFlip(), lambda images, generator: images]) for _ in range(2)]
    first = training.train(Other(views=views[0]), ROWS.clone(), checkpoint=path, **RUN)
    assert training.train(Other(views=views[1]), ROWS.clone(), checkpoint=path, **RUN).loss == first.loss


def rewritten(path, change):
    """The same file with other words in it, and a checksum that fits them."""
    about, tensors = checkpoint._read(path)
    words = json.dumps(change(about))
    save_file(tensors, path, metadata={"sslcourse": words, "sha256": checkpoint._checksum(words, tensors)})


@pytest.mark.parametrize("place", [0.01, 0.3, 0.6, 0.99])
def test_a_flipped_bit_is_refused(tmp_path, place):
    path = tmp_path / "run.safetensors"
    run(path, die_at=7)
    content = bytearray(path.read_bytes())
    content[int(place * len(content))] ^= 4
    path.write_bytes(content)
    with pytest.raises(ValueError, match="checkpoint: .*run.safetensors.*remove it to start anew"):
        run(path)


def test_a_home_folder_s_sign_is_understood(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    run("~/runs/run.safetensors")
    assert (tmp_path / "runs" / "run.safetensors").exists() and not (tmp_path / "~").exists()


KILLED_WHILE_WRITING = """
import os, sys
from pathlib import Path
from tests.training import test_checkpoint as here
if len(sys.argv) > 2:  # the process ends where a kill would end it: in the middle of the file
    Path.write_bytes = lambda path, content: (open(path, "wb").write(content[:100]), os._exit(9))
here.run(sys.argv[1])
"""


@pytest.mark.slow
def test_what_a_kill_leaves_behind_is_gone_after_the_next_run(tmp_path):
    path, command = tmp_path / "run.safetensors", [sys.executable, "-c", KILLED_WHILE_WRITING]
    assert subprocess.run([*command, path, "killed"], cwd=ROOT).returncode == 9
    assert len(os.listdir(tmp_path)) == 1
    assert subprocess.run([*command, path], cwd=ROOT).returncode == 0
    assert os.listdir(tmp_path) == ["run.safetensors"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 a pickle in a zip", b"\x08\x00\x00\x00\x00\x00\x00\x00{}      "])
def test_a_file_that_is_no_checkpoint_is_refused_and_kept(tmp_path, content):
    path = tmp_path / "run.safetensors"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="checkpoint: .*run.safetensors"):
        run(path)
    assert path.read_bytes() == content


class Gaussian(Noisy):
    """Python's and NumPy's Gaussians come in pairs: the second one waits in the generator, and belongs to its state."""

    def loss(self, batch):
        return (self.net(batch) + random.gauss(0, 1) + np.random.randn()).square().mean()


@pytest.mark.parametrize("die_at", [5, 10])
def test_a_gaussian_that_waits_is_kept(tmp_path, die_at):
    path = tmp_path / "run.safetensors"
    whole, method = training.train(Gaussian(), ROWS, **RUN), Gaussian()

    def after_step(progress):
        if round(progress * 20) == die_at + 1:
            raise Killed

    method.after_step = after_step
    with pytest.raises(Killed):
        training.train(method, ROWS, checkpoint=path, **RUN)
    resumed = training.train(Gaussian(), ROWS, checkpoint=path, **RUN)
    assert resumed.loss == whole.loss


def test_one_changed_row_of_a_few_is_another_data_set(tmp_path):
    path, rows = tmp_path / "run.safetensors", ROWS.clone()
    run(path)
    rows[31, 2] += 1e-6
    with pytest.raises(ValueError, match="other rows"):
        training.train(Noisy(), rows, checkpoint=path, **RUN)
