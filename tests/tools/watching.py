"""What watching a network learn costs: in each lab that has a `Watch`, the looks' share of the training's time.

    python -m tests.tools.watching                      the labs that watch
    python -m tests.tools.watching 10 --steps 40        a lab, with so many steps of each training measured

Each lab is run with few images, and with its other trainings cut short; of each watched training some steps are made, at
full size, and some looks. From these, the share for all of its steps, in seconds of processors and not of a clock: so it is
the same on a busy machine.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from unittest import mock

from tests.tools.notebooks import ROOT
from tests.tools.pretended_notebooks import SECONDS, SHARE, few_images

WATCHES = re.compile(r"widgets\.Watch\(|watch_neighbors\(|figures\.watch\(")
STARTUP = """
import tests.tools.watching as _here
_here.begin({file!r}, {steps})
del _here
"""


@dataclass(frozen=True)
class Cost:
    """One watched training: its steps, the steps between two looks, and the seconds of a step, a look and a drawing."""

    run: str
    steps: int
    every: int
    step: float
    look: float
    drawing: float

    @property
    def looks(self) -> int:
        """Before the first step, every so many, and at the end."""
        return 1 + -(-self.steps // self.every)

    @property
    def share(self) -> float:
        """Of the training's time: all looks and the first drawing. More is drawn only where it stays below `watch.SHARE`."""
        watching = self.looks * self.look + self.drawing
        return watching / (watching + self.steps * self.step)

    def __str__(self) -> str:
        return (f"{self.run:<34} {self.steps:>5} steps of {1000 * self.step:>5.0f} ms, {self.looks:>3} looks of "
                f"{1000 * self.look:>4.0f} ms, a drawing {1000 * self.drawing:>4.0f} ms: {self.share:.1%}")


def begin(file: str, steps: int) -> None:
    """In a lab's kernel, before its first cell: measure each watched training, cut to `steps` steps, into `file`."""
    from sslcourse import plots, training, widgets

    few_images().start()
    train = training.train

    def measured(method, *args, **given):
        watch, whole = given.get("evaluate"), given.get("steps")
        if not isinstance(watch, widgets.Watch):
            shorter = {name: given[name] * float(SHARE) for name in ("steps", "seconds") if given.get(name)}
            return train(method, *args, **given | {name: max(1, int(value)) for name, value in shorter.items()})
        took: dict[str, list[float]] = {"look": [], "drawing": [], "page": []}

        def timed(name, call):
            def timed_call(*args, **more):
                start = time.process_time()
                try:
                    return call(*args, **more)
                finally:
                    took[name].append(time.process_time() - start)
            return timed_call

        every, desc = given["every"], given.get("desc", "")
        given |= {"steps": min(steps, whole), "every": max(1, min(steps // 2, every))}
        start = time.process_time()
        with contextlib.ExitStack() as patched:
            for thing, name, kind in ((watch, "_look", "look"), (watch, "_draw", "drawing"), (plots, "to_html", "page")):
                patched.enter_context(mock.patch.object(thing, name, timed(kind, getattr(thing, name))))
            history = train(method, *args, **given)
        spent = time.process_time() - start - sum(map(sum, took.values()))
        looks = took["look"][1:] or took["look"]  # the first one also loads what it needs
        drawing = sum(took["drawing"] + took["page"]) / max(1, len(took["drawing"]))
        cost = Cost(desc, whole, every, spent / given["steps"], sum(looks) / len(looks), drawing)
        with open(file, "a", encoding="utf-8") as kept:
            kept.write(json.dumps(asdict(cost)) + "\n")
        return history

    training.train = measured


def costs(lab: Path, steps: int) -> list[Cost]:
    """Run the lab up to the last cell that watches; what each watched training cost."""
    import nbformat
    from nbclient import NotebookClient

    read = nbformat.read(lab, as_version=4)
    last = max(i for i, cell in enumerate(read.cells) if cell.cell_type == "code" and "evaluate=" in cell.source)
    read.cells = read.cells[: last + 1]
    with tempfile.TemporaryDirectory() as home:
        file = Path(home) / "costs.jsonl"
        startup = Path(home) / "ipython" / "profile_default" / "startup"
        startup.mkdir(parents=True)
        (startup / "00-watching.py").write_text(STARTUP.format(file=str(file), steps=steps), encoding="utf-8")
        os.environ.update(
            IPYTHONDIR=str(Path(home) / "ipython"), SSLCOURSE_HOME=home,
            PYTHONPATH=os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
        )
        for name in ("SSLCOURSE_QUIET", "SSLCOURSE_REHEARSAL"):  # a lab in rehearsal looks at other steps
            os.environ.pop(name, None)
        NotebookClient(read, timeout=SECONDS, resources={"metadata": {"path": str(lab.parent)}}).execute()
        return [Cost(**json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines()]


def main(argv: Sequence[str]) -> int:
    """0 if no training is watched for more than a twentieth of its time, 1 if one is."""
    from sslcourse.widgets.watch import SHARE as MOST

    parser = argparse.ArgumentParser(prog="python -m tests.tools.watching")
    parser.add_argument("labs", nargs="*")
    parser.add_argument("--steps", type=int, default=24)
    options = parser.parse_args(list(argv))
    found = []
    for lab in sorted((ROOT / "labs").glob("[0-9][0-9]_*.ipynb")):
        if lab.stem[:2] in options.labs or not options.labs and WATCHES.search(lab.read_text(encoding="utf-8")):
            for cost in costs(lab, options.steps):
                print(f"{lab.stem[:2]}  {cost}", flush=True)
                found.append(cost)
    return 1 if any(cost.share > MOST for cost in found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
