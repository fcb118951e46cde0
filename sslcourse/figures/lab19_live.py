"""Lab 19: what this run measured by itself, a method or a network of the student's own among it."""

from __future__ import annotations

from collections.abc import Sequence

from .. import results
from ..bench import Cell
from ..results.cells import ACCURACIES, LAB
from ..results.tables import Table
from .lab19_columns import TASKS

RULER = "linear probe"


def recorded(cell: Cell, budget: str) -> Cell:
    """Put a cell of this run among the student's own numbers."""
    for task, scores in cell.scores.items():
        for protocol, value in scores.items():
            if protocol in ACCURACIES:
                results.record(lab=LAB, method=cell.method, data=task, protocol=f"{protocol}, {cell.encoder}, {budget}",
                               metric="accuracy", value=value, seed=cell.seed, size=cell.images or None, seconds=cell.seconds)
    return cell


def live_table(cells: Sequence[Cell]) -> Table:
    """The cells of this run in the bench's table: by a linear probe on every task, and fine-tuned."""
    lines = [[cell.method, cell.encoder, f"{cell.steps:,}", *(f"{cell.scores[task][RULER]:.1%}" for task in TASKS),
              f"{cell.scores['cifar10'].get('fine-tuned', float('nan')):.1%}"] for cell in cells]
    return Table(["method", "network", "steps", *TASKS.values(), "CIFAR-10, fine-tuned"], lines,
                 "By a linear probe on frozen features, one seed, at equal operations.")
