"""``python -m sslcourse results systems``: the lecture's two tables, every system at equal training."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from .resumable import resumable


@resumable
def main(argv: Sequence[str] | None = None) -> int:
    """Measure what is not on file; 0 when all went well, 2 for a wrong request, 130 after an interrupt: nothing is lost."""
    parser = argparse.ArgumentParser(
        prog="python -m sslcourse results systems",
        description="Measure the systems of SimCLRv2's Table 3 (500 and 5,000 labels of CIFAR-10) or of DINOv2's Table 4 "
                    "(kNN and linear probe on frozen features), write labs/results/systems/, bring FAMILY.md up to date.")
    parser.add_argument("--table", choices=("3", "4"), action="append", help="only this one")
    parser.add_argument("--arm", action="append", default=[], metavar="NAME", help="only this system, as the table calls it")
    parser.add_argument("--steps", default="400", help="of every arm, or auto: doubled until held-out training images see no "
                        "more gain (%(default)s)")
    parser.add_argument("--most", type=int, default=12_800, help="the most steps that auto may choose (%(default)s)")
    parser.add_argument("--seeds", type=int, default=5, help="draws of labels, and of everything else (%(default)s)")
    parser.add_argument("--labels", type=int, action="append", help="500 or 5000, for Table 3; both when not given")
    parser.add_argument("--batch-size", type=int, default=128, help="images a step (%(default)s)")
    parser.add_argument("--list", action="store_true", help="only say what is to be measured")
    asked = parser.parse_args(argv)
    from .. import expect, systems
    from ..results import render

    counts = asked.labels or [500, 5_000]
    try:
        for arm in asked.arm:
            expect.one_of(arm, "arm", [name for table in systems.TABLES.values() for name in table])
        for table in asked.table or ("3", "4"):
            arms = [arm for arm in asked.arm if arm in systems.TABLES[table]] if asked.arm else []
            if asked.arm and not arms:
                continue
            steps = _steps(asked, table, counts)
            cells = systems.todo(table, arms, range(asked.seeds), counts, steps=steps, batch_size=asked.batch_size)
            print(f"Table {table}, {steps} steps: {len(cells)} cells to measure")
            if asked.list:
                for arm, count, seed in cells:
                    print(f"  {arm}, seed {seed}" + (f", {count:,} labels" if count else ""))
                continue
            systems.measure(table, cells, steps=steps, batch_size=asked.batch_size)
    finally:
        if not asked.list:
            render.rewrite()
    return 0


def _steps(asked: argparse.Namespace, table: str, counts: list[int]) -> int:
    """As many as were asked for; or, for auto, those after which the supervised baseline, or DINO, stops gaining."""
    from .. import systems

    if asked.steps != "auto":
        return int(asked.steps)
    cell = ("Supervised baseline", max(counts), 0) if table == "3" else ("DINO", None, 0)

    def score(steps: int) -> float:
        return systems.measure(table, [cell], steps=steps, batch_size=asked.batch_size, held_out=True)[-1].value

    return systems.schedule(score, first=min(200, asked.most), most=asked.most)
