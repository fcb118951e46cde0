"""Cells measured one after another, with an estimate of how long is left."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TypeVar

from ..results.run import in_words

Cell = TypeVar("Cell")


def in_turn(cells: Iterable[Cell], measure: Callable[[Cell], str | None], cost: Callable[[Cell], float] = lambda cell: 1.0, *,
            clock: Callable[[], float] = time.perf_counter) -> None:
    """`measure` each cell, and print what it says of it, how many are done, and about how long the others will take.

    measure   puts its numbers on file by itself, so that a stop loses nothing; None where another run had the cell
    cost      how long a cell takes, in any unit: those done say what a unit is on this machine

    >>> in_turn(["a", "b"], lambda cell: f"{cell} is done", clock=iter([0, 60, 60, 120]).__next__)
    1 of 2, about 1 min 0 s left: a is done
    2 of 2: b is done
    """
    cells = list(cells)
    ahead, behind, spent = sum(map(cost, cells)), 0.0, 0.0
    for n, cell in enumerate(cells, start=1):
        start = clock()
        said = measure(cell)
        ahead -= cost(cell)
        if said is None:
            continue
        behind, spent = behind + cost(cell), spent + clock() - start
        left = f", about {in_words(ahead * spent / behind)} left" if n < len(cells) else ""
        print(f"{n} of {len(cells)}{left}: {said}", flush=True)
