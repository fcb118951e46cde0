"""``python -m sslcourse bench``: every method in the same networks at equal operations, for hours, resumably."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence

from .resumable import resumable


@resumable
def main(argv: Sequence[str] | None = None) -> int:
    """Measure what is not on file; 0 when all went well, 2 for a wrong request, 130 after an interrupt: nothing is lost."""
    parser = argparse.ArgumentParser(
        prog="python -m sslcourse bench",
        description="Train and score every method in the same networks, into labs/results/bench/. What is there already is "
                    "not measured again, and several of these may run at once.")
    parser.add_argument("--method", action="append", default=[], metavar="NAME", help="only this one")
    parser.add_argument("--budget", choices=("short", "long"), help="only this one")
    parser.add_argument("--seeds", type=int, default=5, help="at most so many (%(default)s)")
    parser.add_argument("--list", action="store_true", help="only say what is to be measured, and for about how long")
    parser.add_argument("--merge", action="store_true", help="only move what was measured into the file that is committed")
    asked = parser.parse_args(argv)
    from .. import bench
    from ..results import cells, render
    from ..results.run import in_words

    if asked.merge:
        print(f"{cells.merge()} cells in {cells.path().name}")
        for path in render.rewrite():
            print(f"{path.name}: numbers brought up to date")
        return 0
    rounds = [(b, s) for b, s in bench.ROUNDS if asked.budget in (None, b) and s < asked.seeds]
    todo = bench.todo(rounds, asked.method)
    print(f"{len(todo)} cells to measure, about {in_words(sum(map(bench.cost, todo)))} of one quiet core")
    if asked.list:
        for (budget, seed), n in Counter((cell.budget, cell.seed) for cell in todo).items():
            some = [bench.cost(cell) for cell in todo if (cell.budget, cell.seed) == (budget, seed)]
            print(f"  {budget}, seed {seed}: {n} cells, {in_words(sum(some))}")
        return 0
    bench.measure(todo)
    return 0
