"""``python -m tests.benchmarks [NAME …]``: every bench_*.py beside this file, or those whose names contain a NAME.

A benchmark is a module with ``main() -> bool`` that prints what it compared, as ratios measured by turns in one run,
and says whether its targets were reached. Each runs in an interpreter of its own: no import, thread setting or memory
of one reaches the next. The exit status is 1 if a target was missed or a benchmark failed.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
RUN = "import importlib, sys; sys.exit(0 if importlib.import_module(sys.argv[1]).main() else 3)"
VERDICTS = {0: "reached", 3: "MISSED"}


def main(names: list[str]) -> int:
    import torch

    found = [path.stem for path in sorted(HERE.glob("bench_*.py"))]
    chosen = [stem for stem in found if not names or any(name in stem for name in names)]
    if not chosen:
        print(f"No benchmark is called {' or '.join(names)}. There are: {', '.join(found)}", file=sys.stderr)
        return 2
    machine = [platform.machine(), f"{torch.get_num_threads()} threads"]
    machine += [torch.cuda.get_device_name()] if torch.cuda.is_available() else []
    print(f"Python {platform.python_version()}, torch {torch.__version__}, {', '.join(machine)}")

    environment = {**os.environ, "SSLCOURSE_QUIET": "1", "PYTHONUNBUFFERED": "1"}
    summary = []
    for stem in chosen:
        print(f"\n== {stem}", flush=True)
        start = time.perf_counter()
        command = [sys.executable, "-c", RUN, f"tests.benchmarks.{stem}"]
        code = subprocess.run(command, cwd=HERE.parent.parent, env=environment).returncode
        summary.append((stem, VERDICTS.get(code, "FAILED"), time.perf_counter() - start))

    print(f"\n{'benchmark':<30}{'targets':<10}{'took':>8}")
    for stem, verdict, seconds in summary:
        print(f"{stem:<30}{verdict:<10}{seconds:>7.0f}s")
    return 0 if all(verdict == "reached" for _, verdict, _ in summary) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
