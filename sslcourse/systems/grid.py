"""The grid of arms, label counts and seeds: each cell is measured once, and an interrupted run goes on where it was."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import torch
from filelock import FileLock

from .. import __version__, data, evaluation, expect, runtime
from ..results import on_file
from ..results.row import Row, environment
from .few_labels import FEW_LABELS
from .frozen import FROZEN
from .in_turn import in_turn
from .task import HELD_OUT, Task

TABLES = {"3": FEW_LABELS, "4": FROZEN}
PROTOCOLS = {500: "500 labels", 5_000: "5,000 labels"}


def todo(table: str, arms: Sequence[str] = (), seeds: Iterable[int] = range(5), counts: Iterable[int] = tuple(PROTOCOLS), *,
         steps: int, batch_size: int = 128) -> list[tuple[str, int | None, int]]:
    """The cells (arm, number of labels or None, seed) that are not on file at this many steps.

    Raises ValueError for another table, an arm that it has not, and label counts other than 500 and 5,000.
    """
    expect.one_of(table, "table", TABLES)
    for arm in arms:
        expect.one_of(arm, "arms", TABLES[table])
    for count in counts:
        expect.one_of(count, "counts", PROTOCOLS)
    seen = {(row.method, row.protocol, row.seed) for row in on_file.systems() if row.size == steps * batch_size}
    cells = [(arm, count, seed) for seed in seeds for arm in (arms or TABLES[table])
             for count in (counts if table == "3" else [None])]
    return [cell for cell in cells if (cell[0], PROTOCOLS.get(cell[1], "linear probe"), cell[2]) not in seen]


def measure(table: str, cells: Iterable[tuple[str, int | None, int]], *, steps: int, batch_size: int = 128,
            labelled: int = 20_000, tested: int = 10_000, held_out: bool = False) -> list[Row]:
    """Train and score each cell, and put its numbers on file as soon as they are there. Returns the rows.

    labelled, tested   images for the kNN vote and the probe (Table 4), and test images
    held_out           True: score on training images that no arm sees, put nothing on file; to choose the steps by

    Raises ValueError for another table.
    """
    expect.one_of(table, "table", TABLES)
    everything = data.load("cifar10", split="train", size=50_000, seed=0)     # in an order of its own: the last are held out
    pool, test = everything[:-HELD_OUT], data.load("cifar10", split="test")[:tested]
    judged = everything[-HELD_OUT:] if held_out else test
    rows: list[Row] = []

    def one(which: tuple[str, int | None, int]) -> str:
        arm, count, seed = which
        cell = (table, _plain(arm), count, seed, steps, batch_size, "held out" if held_out else "test")
        folder = runtime.home() / "systems" / "-".join(map(str, cell))
        few = pool[torch.randperm(len(pool), generator=torch.Generator().manual_seed(seed))[:count]] if count else None
        task = Task(pool.images, few and few.images, few and few.labels, steps, seed, batch_size, folder)
        start = time.perf_counter()
        with runtime.seeded(seed):
            made = TABLES[table][arm](task)
        seconds = time.perf_counter() - start
        device, versions = environment()
        scores = _scores(made, count, pool[:labelled], judged)
        found = [Row(on_file.SYSTEMS, arm, "cifar10", protocol, "accuracy", value, seed, steps * batch_size, seconds,
                     runtime.machine(), device, versions) for protocol, value in scores.items()]
        rows.extend(found)
        if not held_out and runtime.rehearsal() == 1:
            _keep(found)
        shutil.rmtree(folder, ignore_errors=True)
        told = ", ".join(f"{protocol} {value:.1%}" for protocol, value in scores.items())
        return f"{arm}, seed {seed}: {told}, after {steps} steps in {seconds:.0f} s"

    in_turn(cells, one)
    return rows


def _scores(made, count: int | None, labelled, judged) -> dict[str, float]:
    """Accuracy of a classifier, or of a vote and a probe on features."""
    if count is not None:
        said = evaluation.extract_features(made, judged.images).argmax(dim=1)
        return {PROTOCOLS[count]: float((said == judged.labels).float().mean())}
    Z, Z_judged = (evaluation.extract_features(made, part.images) for part in (labelled, judged))
    kinds = {"kNN": evaluation.KNNClassifier, "linear probe": evaluation.LinearProbe}
    return {name: kind().fit(Z, labelled.labels).score(Z_judged, judged.labels) for name, kind in kinds.items()}


def _keep(rows: list[Row]) -> None:
    """These rows into the systems' file, beside or in place of what stands there."""
    path = on_file.systems_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(_lock(path)):
        code = fingerprint(Path(__file__).parent)
        document = on_file.merge(on_file.read(path), on_file.SYSTEMS, rows, code, complete=False)
        on_file.write(path, document)


def _lock(path: Path) -> Path:
    runtime.home().mkdir(parents=True, exist_ok=True)
    return runtime.home() / f"systems-{path.name}.lock"


def fingerprint(room: Path) -> str:
    """What numbers depend on, in twelve letters: the code of this room and the package's version."""
    texts = [file.read_text(encoding="utf-8") for file in sorted(room.glob("*.py"))]
    return hashlib.sha256("\0".join([__version__, *texts]).encode()).hexdigest()[:12]


def _plain(arm: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in arm)
