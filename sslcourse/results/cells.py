"""The bench on file: a cell is one method in one network, trained once at one budget, and scored on every task.

Merged cells are lines of labs/results/bench/cpu.json (or gpu.json); one that was just measured is a file of its own beside
it, in a folder of that name, until ``python -m sslcourse bench --merge``. Rules and tables read both as rows.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .. import runtime
from . import on_file
from .on_file import rounded
from .row import Row

LAB = "19_which_method_wins"  # the lab under which rows of cells stand
CALIBRATION, RANKME = "calibration", "RankMe"
ACCURACIES = ("kNN", "linear probe", "few-shot", "fine-tuned")
# Who learned nothing, and who was shown the classes: every other method of the bench is self-supervised.
BASELINES, LABELLED = ("untrained", "raw pixels", "patch dictionary"), ("supervised", "triplets of classes")
TESTED = {"cifar10": 5_000, "fashion_mnist": 2_500, "emoji": 2_500, "shapes": 2_000, "changes": 2_400}  # images, by task
NAMED = ("data", "budget", "seed", "method", "encoder")  # what identifies a cell


@dataclass(frozen=True)
class Cell:
    """What is to be measured, and once it is, what came of it.

    data, budget, seed   what it is trained on, "short" or "long", and the seed of everything
    method, encoder      as the bench calls them
    steps, images, flops   of the training; the operations are those of a step
    seconds              what training and scoring took
    scores               {task: {protocol: number}}
    device, versions, fingerprint   of the measurement; the last is the code's
    """

    data: str
    budget: str
    seed: int
    method: str
    encoder: str
    steps: int = 0
    images: int = 0
    flops: int = 0
    seconds: float = 0.0
    scores: dict[str, dict[str, float]] = field(default_factory=dict, hash=False)
    device: str = ""
    versions: dict[str, str] = field(default_factory=dict, hash=False)
    fingerprint: str = ""

    @property
    def key(self) -> tuple:
        """What identifies it."""
        return tuple(getattr(self, name) for name in NAMED)

    @property
    def name(self) -> str:
        """For a file: letters, digits and hyphens."""
        return "-".join("".join(c if c.isalnum() else "_" for c in str(part)) for part in self.key)


def path(machine: str | None = None) -> Path:
    """labs/results/bench/cpu.json or gpu.json."""
    results = on_file.results_file(machine)
    return results.parent / "bench" / results.name


def read(machine: str | None = None) -> list[Cell]:
    """All cells on file, merged or not, sorted; none where the package was installed without the course."""
    if not runtime.course_root():
        return []
    file = path(machine)
    found = {cell.key: cell for cell in _merged(file)}
    for single in sorted(file.with_suffix("").glob("*.json")):
        cell = _cell(single, json.loads(single.read_text(encoding="utf-8")))
        found[cell.key] = cell
    return sorted(found.values(), key=lambda cell: cell.key)


def keep(cell: Cell) -> Path:
    """Put one cell on file, all of it or nothing. Returns where."""
    file = path().with_suffix("") / f"{cell.name}.json"
    _write(file, json.dumps(_plain(asdict(cell)), ensure_ascii=False, allow_nan=False) + "\n")
    return file


def merge() -> int:
    """Move the cells that have files of their own into the one file. Returns how many there are."""
    file, cells = path(), read()
    singles = list(file.with_suffix("").glob("*.json"))
    runs: dict[str, dict] = {}
    lines = []
    for cell in cells:
        entry = _plain(asdict(cell))
        run = {name: entry.pop(name) for name in ("device", "versions", "fingerprint")}
        name = on_file.short_hash(run)
        runs[name] = run
        lines.append(entry | {"run": name})
    text = ",\n".join(f"  {json.dumps(line, ensure_ascii=False, allow_nan=False)}" for line in lines)
    head = ",\n".join(f"  {json.dumps(name)}: {json.dumps(run, ensure_ascii=False)}" for name, run in sorted(runs.items()))
    _write(file, f'{{"runs": {{\n{head}\n}},\n"cells": [\n{text}\n]}}\n')
    for single in singles:
        single.unlink()
    return len(cells)


@functools.cache
def _rows_of(cells: tuple[Cell, ...], machine: str) -> list[Row]:
    rows = []
    for cell in cells:
        for task, scores in cell.scores.items():
            for protocol, value in scores.items():
                metric = "accuracy" if protocol in ACCURACIES else protocol.partition(",")[0]
                how = f"{protocol}, {cell.encoder}, {cell.budget}"
                rows.append(Row(LAB, cell.method, task, how, metric, value, cell.seed, cell.images or None, cell.seconds,
                                machine, cell.device, cell.versions))
    return rows


def scores(rows: Iterable[Row], task: str, protocol: str, encoder: str, budget: str = "short",
           among: Iterable[str] = ()) -> dict[str, dict[int, float]]:
    """{method: {seed: number}} of one column of the bench's table, over the seeds in which it is complete.

    A seed counts where nine in ten of the methods that seed 0 has are there; a method counts that has all these seeds.

    among   only these methods
    """
    how, among = f"{protocol}, {encoder}, {budget}", set(among)
    found: dict[str, dict[int, float]] = {}
    for row in rows:
        if row.lab == LAB and row.data == task and row.protocol == how and (not among or row.method in among):
            found.setdefault(row.method, {})[row.seed] = row.value
    first = sum(0 in by_seed for by_seed in found.values())
    every = sorted({seed for by_seed in found.values() for seed in by_seed})
    seeds = [seed for seed in every if sum(seed in by_seed for by_seed in found.values()) >= 0.9 * first]
    return {method: {seed: by_seed[seed] for seed in seeds} for method, by_seed in found.items()
            if set(seeds) <= set(by_seed)}


def self_supervised(methods: Iterable[str]) -> list[str]:
    """Those of the methods that saw no label and learned something."""
    return [method for method in methods if method not in BASELINES + LABELLED]


def rows(machine: str | None = None) -> list[Row]:
    """A row for each score: its data are the task's, and its protocol says "kNN, ResNet, short".

    The metric is "accuracy" of the `ACCURACIES`, "calibration" (a squared error) and "RankMe" of the others.
    """
    return _rows_of(tuple(read(machine)), machine or runtime.machine())


def _merged(file: Path) -> Iterable[Cell]:
    if not file.is_file():
        return
    document = json.loads(file.read_text(encoding="utf-8"))
    for entry in document["cells"]:
        yield _cell(file, {k: v for k, v in entry.items() if k != "run"} | document["runs"][entry["run"]])


def _cell(file: Path, entry: dict) -> Cell:
    try:
        return Cell(**entry)
    except TypeError as error:
        raise ValueError(f"{file}: not a cell of the bench ({error}); restore it from git, or delete it") from error


def _plain(value: object) -> object:
    """Numbers rounded to four digits, inside of dictionaries too."""
    return {k: _plain(v) for k, v in value.items()} if isinstance(value, dict) else rounded(value)


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(file.name + ".part")
    part.write_text(text, encoding="utf-8", newline="\n")
    os.replace(part, file)
