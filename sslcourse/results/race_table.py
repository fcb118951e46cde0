"""The race as one table: two minutes of two cores, more time with the same protocol, and what has labels beside it."""

from __future__ import annotations

from ..race.beside import SUPERVISED, WEIGHTS, board
from ..race.board import Board
from .tables import Table, mean_interval

NAMES = {"pixels": "raw pixels", "random_network": "random network", "simclr": "SimCLR",
         "sparse_manifold": "Sparse Manifold Transform, no network"} | WEIGHTS
NOTE = (
    "Frozen features of CIFAR-10; all 50,000 training photographs, their labels for the vote and the probe alone (the "
    "supervised network has them too); all 10,000 test photographs. ± is a 95% interval over seeds (Student's t)."
)


def race_table() -> Table:
    """All that raced and what stands beside it, best kNN first; who needs labels to learn is set apart in its name."""
    entries = Board.committed().read() | board().read()
    ranked = sorted(entries.items(), key=lambda item: -_of(item[1], "kNN")[0])
    rows = [[_name(name), _time(entry), _percent(*_of(entry, "kNN")), _percent(*_of(entry, "probe")), str(len(entry["laps"]))]
            for name, entry in ranked]
    return Table(["method", "trained for", "kNN", "linear probe", "seeds"], rows, NOTE)


def _name(name: str) -> str:
    return "supervised: all labels" if name == SUPERVISED else NAMES.get(name, name)


def _of(entry: dict, score: str) -> tuple[float, float]:
    return mean_interval([lap[score] for lap in entry["laps"]])


def _percent(mean: float, half: float) -> str:
    return f"{mean:.1%}" + (f" ± {half:.1%}" if half > 5e-4 else "")


def _time(entry: dict) -> str:
    """Seconds up to three minutes, then minutes; who takes less than a second has learned nothing.

    >>> _time({"laps": [{"trained": 119.6}]}), _time({"laps": [{"trained": 3000.0}]}), _time({"laps": [{"trained": 0.02}]})
    ('120 s', '50 min', '—')
    """
    seconds = _of(entry, "trained")[0]
    return "—" if seconds < 1 else f"{seconds:.0f} s" if seconds < 180 else f"{seconds / 60:.0f} min"
