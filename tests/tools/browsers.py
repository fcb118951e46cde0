"""Run the browser's tests, several files at a time, and those of one lab together, each in a pytest of its own.

    python -m tests.tools.browsers -- -x    (what follows -- goes to pytest)

A lab is opened and run once for all of its tests: so they must not be dealt out to several workers.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.tools.notebooks import NOTHING_SELECTED, ROOT, Outcome

EVERY_LAB = "tests/browser/test_every_lab.py"


def selections(root: Path = ROOT) -> dict[str, list[str]]:
    """{name: what pytest is asked for}: each lab of the file that is about every lab, and each other file."""
    found = {f"lab {path.stem}": [EVERY_LAB, "-k", path.stem] for path in sorted((root / "labs").glob("[0-9][0-9]_*.ipynb"))}
    files = (path.relative_to(root).as_posix() for path in sorted((root / "tests" / "browser").glob("test_*.py")))
    return found | {name: [name] for name in files if name != EVERY_LAB}


def run(name: str, asked: Sequence[str], arguments: Sequence[str]) -> Outcome:
    """One selection; nothing selected is no failure (a lab with a file of its own, or ARGS)."""
    start = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-m", "browser", *asked, *arguments]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = "passed" if done.returncode in (0, NOTHING_SELECTED) else "FAILED"
    outcome = Outcome(name, said, time.monotonic() - start, done.stdout)
    print(outcome, *([outcome.printed] if said == "FAILED" else []), sep="\n", flush=True)
    return outcome


def main(argv: Sequence[str]) -> int:
    """0 if all passed, 1 if one did not."""
    cut = argv.index("--") if "--" in argv else len(argv)
    parser = argparse.ArgumentParser(prog="python -m tests.tools.browsers")
    parser.add_argument("--workers", type=int, default=min(4, os.cpu_count() or 1))
    options = parser.parse_args(list(argv[:cut]))
    with ThreadPoolExecutor(options.workers) as pool:
        found = list(pool.map(lambda item: run(*item, argv[cut + 1:]), selections().items()))
    return 1 if any(outcome.said == "FAILED" for outcome in found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
