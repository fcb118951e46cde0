"""The journal of a run: one JSON line per number, appended as soon as it is measured, so that none is lost on the way.

A journal is a folder with one file per lab. ``python -m sslcourse results`` sets the environment variable SSLCOURSE_RESULTS
to the folder of its run. Without that variable the numbers are a student's own, and stay in ``runtime.home()/results``.
Neither is labs/results: only the command writes there.
"""

from __future__ import annotations

import dataclasses
import json
import os
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from filelock import FileLock

from .. import runtime, training
from .row import Row, environment, plain

RUN = "SSLCOURSE_RESULTS"
T = TypeVar("T")


def record(*, lab: str, method: str, data: str, protocol: str, metric: str, value: float, seed: int = 0,
           seconds: float | None = None, size: int | None = None) -> None:
    """Keep one measured number, with the device and the versions it was measured on; measured again, it is replaced.

    `lab` is the notebook's name; `size` counts the examples the method saw; `seconds` is what the measurement took.
    Raises ValueError when a field is missing or misshapen, and when `value` is not finite. A rehearsal
    (`runtime.rehearsal`) keeps nothing, nor does a notebook whose training was stopped and not run again.

        results.record(lab="01_pca_tsne_umap", method="PCA", data="cifar10", protocol="kNN, 2-D", metric="accuracy",
                       value=0.21, seed=0, seconds=2.1, size=5000)
    """
    if runtime.rehearsal() < 1 or training.stopped():
        return
    device, versions = environment()
    row = Row(lab, method, data, protocol, metric, plain(value), plain(seed), plain(size), plain(seconds),
              runtime.machine(), device, versions)
    try:
        append(folder(), row)
    except OSError as error:
        if running():
            raise
        warnings.warn(f"this number could not be kept in {folder()} ({error}); the lab goes on", stacklevel=2)


def running() -> bool:
    """Whether ``python -m sslcourse results`` is running this code, at full size."""
    return bool(os.environ.get(RUN))


def live(live: T, full: T) -> T:
    """The size of a grid: `live` when a student runs the lab, `full` under ``make results``. Same code, other sizes.

    >>> list(live([0], range(5)))
    [0]
    """
    return full if running() else live


def recorded(**where: object) -> bool:
    """Whether this run has a matching number already: a long grid may skip it after an interruption.

    Always False in a student's run, whose cells measure again. Fields are those of `record`, `lab` among them.
    """
    from .lookup import select

    return running() and bool(select(mine(), machine=runtime.machine(), **where))


def folder() -> Path:
    """The journal that `record` writes to."""
    return Path(os.environ[RUN]) if running() else runtime.home() / "results"


def mine() -> list[Row]:
    """This run's numbers (a student's: all that they have measured so far), in the order of measuring."""
    return read(folder())


def append(journal: Path, row: Row) -> None:
    """Add one line; a lock keeps two notebooks at once from writing into each other's."""
    journal.mkdir(parents=True, exist_ok=True)
    path = journal / f"{row.lab}.jsonl"
    line = json.dumps(dataclasses.asdict(row), ensure_ascii=False, allow_nan=False) + "\n"
    with FileLock(f"{path}.lock"), path.open("a+b") as file:
        torn = file.tell() > 0 and (file.seek(-1, os.SEEK_END), file.read(1))[1] != b"\n"
        file.write((b"\n" if torn else b"") + line.encode())


def read(journal: Path) -> list[Row]:
    """The latest row of every measurement. A line cut short, or of another version's shape, is passed over."""
    rows: dict[tuple, Row] = {}
    for path in sorted(journal.glob("*.jsonl")):
        for row in _rows(path.read_text(encoding="utf-8", errors="replace").split("\n")):
            rows.pop(row.key, None)  # measured again: it moves to the end
            rows[row.key] = row
    return list(rows.values())


def _rows(lines: Iterable[str]) -> Iterable[Row]:
    for line in lines:
        try:
            yield Row(**json.loads(line))
        except (ValueError, TypeError):
            continue
