"""Run the tests group by group, go on after a failure, and end with a table of outcomes and seconds.

    python -m tests.tools.groups lint units          (make test and make check name the groups)
    python -m tests.tools.groups units -- -k pca -x  (what follows -- goes to pytest)
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sslcourse import threads
from tests.tools import notebooks

ROOT = Path(__file__).resolve().parents[2]
WORKERS = min(4, os.cpu_count() or 1)


def marked(marker: str) -> list[str]:
    """The test files in which a test carries `marker`: the others may import what a GPU machine does not have."""
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    return [str(file.relative_to(ROOT)) for file in files if f"mark.{marker}" in file.read_text(encoding="utf-8")]


PYTEST = [sys.executable, "-m", "pytest"]
# A file's tests stay together.
PARALLEL = [*PYTEST, "-n", str(WORKERS), "--dist", "loadscope"]
APART = "browser or install or gpu or site"  # the markers that have a group of their own

GROUPS: dict[str, list[list[str]]] = {
    "lint": [[sys.executable, "-m", "ruff", "check", "."]],
    "units": [[*PARALLEL, "-m", f"not ({APART})", "tests"]],
    # with the doctests, so that PyTorch is imported once and not twice
    "fast": [[*PARALLEL, "-m", f"not (slow or {APART})", "--doctest-modules", "tests", "sslcourse"]],
    "doctests": [[*PYTEST, "-q", "--doctest-modules", "sslcourse"]],
    "notebooks": [[sys.executable, "-m", "tests.tools.notebooks", "--workers", str(WORKERS), "--"]],
    "browser": [[sys.executable, "-m", "tests.tools.browsers", "--workers", str(WORKERS), "--"]],
    # What is installed there is what the floors say and not what is locked.
    "oldest": [[*PARALLEL, "-m", f"not ({APART} or locked)", "tests"], [*PYTEST, "-q", "--doctest-modules", "sslcourse"]],
    "pretended": [[sys.executable, "-m", "tests.tools.pretended_notebooks", "--workers", str(WORKERS), "--"]],
    "install": [[*PYTEST, "-m", "install", "tests"]],
    "site": [[*PYTEST, "-m", "site", "tests/site"]],
    "gpu": [[*PYTEST, "-m", "gpu", *marked("gpu")], [*PYTEST, *notebooks.NBVAL, "labs", "lectures"]],
}


def share(command: list[str]) -> dict[str, str]:
    """What tells the kernels of a command with several workers how many threads each may have: together, one a processor."""
    if not {"-n", "--workers"} & set(command) or "OMP_NUM_THREADS" in os.environ:
        return {}
    return {"OMP_NUM_THREADS": str(max(1, threads.processors() // WORKERS))}


def run(name: str, arguments: list[str]) -> tuple[bool, float]:
    """Run every command of a group; whether all of them passed, and the seconds they took."""
    start, passed = time.monotonic(), True
    for command in GROUPS[name]:
        extra = arguments if "pytest" in command or "--" in command else []
        print(f"\n=== {name}: {' '.join(['python', *command[1:], *extra])}", flush=True)
        passed &= subprocess.run([*command, *extra], cwd=ROOT, env={**os.environ, **share(command)}).returncode == 0
    return passed, time.monotonic() - start


def main(argv: list[str]) -> int:
    """Run the groups that `argv` names; 0 if all of them passed, 1 if one did not, 2 if a name is unknown."""
    cut = argv.index("--") if "--" in argv else len(argv)
    names, arguments = argv[:cut], argv[cut + 1:]
    unknown = [name for name in names if name not in GROUPS]
    if unknown or not names:
        print(f"groups: {', '.join(GROUPS)}" + (f" (not {', '.join(unknown)})" if unknown else ""), file=sys.stderr)
        return 2
    # A shell's background job is started deaf to Ctrl-C, and would pass that on to the programs that tests interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    outcomes: dict[str, tuple[bool, float]] = {}
    with tempfile.TemporaryDirectory(prefix="sslcourse-home-") as home:
        os.environ.update(threads.quiet())  # for the kernels that nbval starts, too
        os.environ["SSLCOURSE_HOME"] = home  # so that a test never touches the progress of the person who runs it
        try:
            for name in names:
                outcomes[name] = run(name, arguments)
        except KeyboardInterrupt:
            print("\nInterrupted.", file=sys.stderr)
    print("\n" + table(names, outcomes), flush=True)
    return 0 if all(name in outcomes and outcomes[name][0] for name in names) else 1


def table(names: list[str], outcomes: dict[str, tuple[bool, float]]) -> str:
    """One line per group: its outcome and its seconds; a group that was not reached says so."""
    rows = [("group", "outcome", "seconds")]
    for name in names:
        passed, seconds = outcomes.get(name, (False, 0.0))
        outcome = "not run" if name not in outcomes else "passed" if passed else "FAILED"
        rows.append((name, outcome, f"{seconds:.0f}"))
    rows.append(("together", "", f"{sum(seconds for _, seconds in outcomes.values()):.0f}"))
    width = max(len(name) for name, _, _ in rows)
    return "\n".join(f"{name:<{width}}  {outcome:<8}{seconds:>8}" for name, outcome, seconds in rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
