"""The race as one table: two minutes of two cores, more time with the same protocol, and what has labels beside it."""

from __future__ import annotations

from statistics import mean

from ..race.beside import SUPERVISED, WEIGHTS, board
from ..race.board import Board
from .tables import Table, explained, spread

NAMES = {"pixels": "raw pixels", "random_network": "random network", "simclr": "SimCLR",
         "sparse_manifold": "Sparse Manifold Transform, no network"} | WEIGHTS
NOTE = (
    "Frozen features of CIFAR-10; all 50,000 training photographs, their labels for the vote and the probe alone (the "
    "supervised network has them too); all 10,000 test photographs."
)


def race_table() -> Table:
    """All that raced and what stands beside it, best kNN first; who needs labels to learn is set apart in its name."""
    entries = Board.committed().read() | board().read()
    ranked = sorted(entries.items(), key=lambda item: -mean(_of(item[1], "kNN")))
    rows = [[_name(name), _time(entry), spread(_of(entry, "kNN"), ".1%"), spread(_of(entry, "probe"), ".1%"),
             str(len(entry["laps"]))] for name, entry in ranked]
    note = " ".join([NOTE, *explained(len(entry["laps"]) for entry in entries.values())])
    return Table(["method", "trained for", "kNN", "linear probe", "seeds"], rows, note)


def _name(name: str) -> str:
    return "supervised: all labels" if name == SUPERVISED else NAMES.get(name, name)


def _of(entry: dict, score: str) -> list[float]:
    return [lap[score] for lap in entry["laps"]]


def _time(entry: dict) -> str:
    """Seconds up to three minutes, then minutes; who takes less than a second has learned nothing.

    >>> _time({"laps": [{"trained": 119.6}]}), _time({"laps": [{"trained": 3000.0}]}), _time({"laps": [{"trained": 0.02}]})
    ('120 s', '50 min', '—')
    """
    seconds = mean(_of(entry, "trained"))
    return "—" if seconds < 1 else f"{seconds:.0f} s" if seconds < 180 else f"{seconds / 60:.0f} min"
