"""Run the notebooks under nbval, several at a time, each in a pytest of its own; a line for each: outcome and seconds.

    python -m tests.tools.notebooks                   all lectures, and labs for 15 minutes
    python -m tests.tools.notebooks --minutes 0       all of both, however long it takes
    python -m tests.tools.notebooks -- -x             (what follows -- goes to pytest)

A lab trains, and a processor without fast bfloat16 or wide vectors is four times as slow at that as one with them. So
labs are begun for `--minutes` and no longer, the latest changed first; on a fast machine that is all of them.
The others are named: the browser's tests run them in rehearsal, from the first cell to the last, but nobody looked at
their numbers.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NBVAL = ["--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout=900"]
NOTHING_SELECTED = 5  # pytest's exit status where ARGS deselected every cell
MINUTES = 15.0


@dataclass(frozen=True)
class Outcome:
    """What became of a notebook: "passed", "FAILED" or "not begun", and what pytest printed."""

    name: str
    said: str
    seconds: float = 0.0
    printed: str = ""

    def __str__(self) -> str:
        return f"{self.name:<48} {self.said:<9} {self.seconds:>6.0f} s"


def changed(notebook: str) -> int:
    """When the notebook was last committed, in seconds since 1970; 0 where git does not know."""
    done = subprocess.run(["git", "log", "-1", "--format=%ct", "--", notebook], cwd=ROOT, capture_output=True, text=True)
    return int(done.stdout.strip() or 0) if done.returncode == 0 else 0


def in_order(names: Sequence[str], when: Callable[[str], int] = changed) -> list[str]:
    """Lectures first, which are short and always run; then labs, the latest changed first."""
    return sorted(names, key=lambda name: (name.startswith("labs"), -when(name) if name.startswith("labs") else 0, name))


def under_nbval(name: str, arguments: Sequence[str]) -> Outcome:
    """The notebook's cells, from top to bottom: an exception fails, and so does a tagged output that differs."""
    start = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", *NBVAL, *arguments, name]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = "passed" if done.returncode in (0, NOTHING_SELECTED) else "FAILED"
    return Outcome(name, said, time.monotonic() - start, done.stdout)


def run_all(names: Sequence[str], minutes: float, workers: int, one: Callable[[str], Outcome]) -> list[Outcome]:
    """Run `names` in their order, `workers` at a time; a lab whose turn comes after `minutes` (0: never) is not begun."""
    start, voice = time.monotonic(), threading.Lock()

    def turn(name: str) -> Outcome:
        late = minutes and name.startswith("labs") and time.monotonic() - start > 60 * minutes
        outcome = Outcome(name, "not begun") if late else one(name)
        with voice:
            print(outcome, flush=True)
            if outcome.said == "FAILED":
                print(outcome.printed, flush=True)
        return outcome

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(turn, names))


def main(argv: Sequence[str]) -> int:
    """0 if every notebook that was begun passed, 1 if one did not."""
    cut = argv.index("--") if "--" in argv else len(argv)
    parser = argparse.ArgumentParser(prog="python -m tests.tools.notebooks")
    parser.add_argument("--minutes", type=float, default=float(os.environ.get("SSLCOURSE_NOTEBOOK_MINUTES", MINUTES)))
    parser.add_argument("--workers", type=int, default=min(4, os.cpu_count() or 1))
    options = parser.parse_args(list(argv[:cut]))
    names = [path.relative_to(ROOT).as_posix() for folder in ("labs", "lectures")
             for path in (ROOT / folder).glob("[0-9][0-9]_*.ipynb")]
    found = run_all(in_order(names), options.minutes, options.workers, lambda name: under_nbval(name, argv[cut + 1:]))
    if waiting := [outcome.name for outcome in found if outcome.said == "not begun"]:
        print(f"\nNot begun within {options.minutes:g} minutes, so run in rehearsal by the browser's tests alone: "
              f"{', '.join(waiting)}.\nAll of them: python -m tests.tools.notebooks --minutes 0")
    return 1 if any(outcome.said == "FAILED" for outcome in found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
