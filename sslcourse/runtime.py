"""This machine: its device, its precision, its seeds, its folders, and the size of a run that fits it.

A notebook asks here alone, so that one cell fits a laptop and a GPU. Environment variables overrule what is found:

    SSLCOURSE_DEVICE   "cpu", "cuda" or "mps"
    SSLCOURSE_DATA     the folder that data sets are downloaded to (default: datasets/ of the course, else the home folder)
    SSLCOURSE_HOME     where a student's progress and own results are kept (default: .sslcourse in the home folder)
    SSLCOURSE_QUIET    anything, for no progress bars and, in place of a panel, its figure alone
    SSLCOURSE_REHEARSAL   a share such as 0.05: every training run is cut to it, and no number is kept
    SSLCOURSE_SLIDES   set by the command that writes the slides: controls then go into the page, to move without a kernel
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import random
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import torch

from . import expect, progress_line, threads

T = TypeVar("T")

threads.follow_cells()  # every notebook of the course imports this file, by way of some room


@functools.cache
def device() -> torch.device:
    """The device that the course runs on: SSLCOURSE_DEVICE if set, else CUDA, else Apple's MPS, else the CPU."""
    wanted = os.environ.get("SSLCOURSE_DEVICE")
    if wanted:
        expect.one_of(wanted, "SSLCOURSE_DEVICE", ("cpu", "cuda", "mps"))
        return torch.device(wanted)
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def pick(*, cpu: T, gpu: T) -> T:
    """The size of a run for this machine: `gpu` where there is a CUDA device, `cpu` everywhere else.

    >>> batch_size = pick(cpu=256, gpu=1024)
    """
    return gpu if device().type == "cuda" else cpu


def machine() -> str:
    """``"gpu"`` or ``"cpu"``: which of the two results files a run on this machine belongs to."""
    return pick(cpu="cpu", gpu="gpu")


def rehearsal() -> float:
    """The share of each training run that is really run: 1, or what SSLCOURSE_REHEARSAL says, in (0, 1].

    For an instructor who wants to see every cell work before the lesson, and for the tests that drive a browser: the figures
    of a rehearsal mean nothing, and `results.record` keeps none of its numbers.
    """
    said = os.environ.get("SSLCOURSE_REHEARSAL") or "1"
    try:
        share = float(said)
    except ValueError:
        share = 0.0
    expect.that(0 < share <= 1, "SSLCOURSE_REHEARSAL", said, "a share of the steps, in (0, 1]")
    return share


def exporting() -> bool:
    """Whether a lecture is being written to a file: a control then has to work without a kernel."""
    return bool(os.environ.get("SSLCOURSE_SLIDES"))


def quiet() -> bool:
    """Whether nobody watches: no progress is shown, and no control is there to be moved."""
    return bool(os.environ.get("SSLCOURSE_QUIET"))


def seed_everything(seed: int) -> torch.Generator:
    """Seed Python, NumPy and torch, and return a fresh CPU generator with the same seed for explicit draws."""
    expect.integer(seed, "seed", at_least=0, at_most=2**32 - 1)
    import numpy as np

    seed = int(seed)  # of NumPy's integers too, which Python's own generator does not take
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed torch's global generators inside the block, and put them back as they were after it."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield


@functools.cache
def bfloat16_pays() -> bool:
    """Whether bfloat16 makes a small convolutional training step faster on this device: measured once, then remembered.

    A GPU of compute capability 8 or more has the hardware, so nothing is measured there. On a CPU the answer differs from
    one processor to the next (avx512_bf16 and AMX help, emulation hurts), so the step is timed both ways, alternating, and
    bfloat16 must win by a tenth. The answer is kept beside the student's progress and measured again when torch changes.
    """
    where = device().type
    if where == "cuda":
        return torch.cuda.get_device_capability()[0] >= 8
    if where != "cpu":
        return False
    memory = home() / "bfloat16.json"
    key = f"torch {torch.__version__}, {torch.get_num_threads()} threads, {torch.backends.cpu.get_cpu_capability()}"
    with contextlib.suppress(OSError, ValueError):
        known = json.loads(memory.read_text())
        if known.get("key") == key and isinstance(known.get("ratio"), float):
            return known["ratio"] > 1.1
    ratio = bfloat16_ratio()
    with contextlib.suppress(OSError):
        memory.parent.mkdir(parents=True, exist_ok=True)
        memory.write_text(json.dumps({"key": key, "ratio": ratio}))
    return ratio > 1.1


def bfloat16_ratio(rounds: int = 5) -> float:
    """Seconds of a small float32 training step over those of the same step in bfloat16, on this CPU (median of `rounds`)."""
    expect.integer(rounds, "rounds", at_least=1)
    with seeded(0):
        net = torch.nn.Sequential(
            torch.nn.Conv2d(3, 32, 3, padding=1), torch.nn.BatchNorm2d(32), torch.nn.ReLU(),
            torch.nn.Conv2d(32, 64, 3, stride=2, padding=1), torch.nn.ReLU(), torch.nn.AdaptiveAvgPool2d(1),
        )
        images = torch.rand(64, 3, 32, 32)

    def step(enabled: bool) -> float:
        start = time.perf_counter()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled):
            loss = net(images).square().mean()
        loss.backward()
        return time.perf_counter() - start

    step(False), step(True)  # both warm: the first call of each pays for its set-up
    ratios = sorted(step(False) / step(True) for _ in range(rounds))
    return ratios[len(ratios) // 2]


def autocast(enabled: bool | None = None) -> torch.autocast:
    """Mixed precision for a forward pass: bfloat16 where it pays on this device (or where `enabled` says so)."""
    enabled = bfloat16_pays() if enabled is None else enabled
    return torch.autocast(device().type, dtype=torch.bfloat16, enabled=enabled)


def progress(
    iterable: Iterable[T] | None = None, *, total: int | None = None, desc: str = "", unit: str = "it",
    seconds: float | None = None, told: bool = True,
):
    """A progress bar: one quiet line a cell in a notebook, tqdm's line in a terminal, nothing where neither is watching.

        for batch in runtime.progress(batches, desc="features", unit="batch"): ...

        with runtime.progress(total=320, desc="training", unit="step") as bar:
            bar.update()
            bar.set_postfix(loss="1.24")

    `seconds` is for work whose length is a time; `told`: whether a sentence tells of it when the cell is over.
    """
    if not quiet() and (line := progress_line.line_of_this_cell()) is not None:
        return progress_line.Bar(line, iterable, total, desc, unit, seconds, told)
    from tqdm import tqdm

    # None: tqdm itself keeps still where no terminal is
    return tqdm(iterable, total=total, desc=desc, unit=unit, leave=False, dynamic_ncols=True, disable=quiet() or None)


def course_root() -> Path | None:
    """The folder of the course that this package was installed from (it holds labs/ and datasets/), or None."""
    root = Path(__file__).resolve().parent.parent
    return root if (root / "datasets" / "catalogue.toml").is_file() else None


def data_folder() -> Path:
    """Where data sets are downloaded to: SSLCOURSE_DATA, else the course's datasets/cache, else home()/data."""
    chosen = os.environ.get("SSLCOURSE_DATA")
    if chosen:
        return Path(chosen).expanduser()
    root = course_root()
    return root / "datasets" / "cache" if root else home() / "data"


def home() -> Path:
    """Where a student's progress and own results are kept: SSLCOURSE_HOME, else .sslcourse in the home folder."""
    chosen = os.environ.get("SSLCOURSE_HOME")
    return Path(chosen).expanduser() if chosen else Path.home() / ".sslcourse"
