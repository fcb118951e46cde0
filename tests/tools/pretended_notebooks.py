"""Every notebook, in rehearsal, on a pretended GPU, with right answers in the stubs: what a student's GPU will do to it.

    python -m tests.tools.pretended_notebooks                       (make test-pretended)
    python -m tests.tools.pretended_notebooks -- 10_simclr 11       those whose names hold one of the words
    python -m tests.tools.pretended_notebooks --one FILE            one notebook, and what went wrong in it

A cell that raises fails, and so does an answer that the check does not let pass: on the pretended device the check tries
it there, too. The sizes are the CPU's, since the CPU computes; training is cut to a rehearsal, and of photographs and digits
there are at most so many as `ROWS`.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from unittest import mock

from tests.tools.notebooks import ROOT, Outcome, in_order, run_all

SHARE = "0.01"
ROWS = 2_000
SECONDS = 900   # for one cell
STARTUP = """
import tests.tools.pretended_notebooks as _here
_here.begin()
del _here
"""
_begun = contextlib.ExitStack()     # never closed: the kernel's whole life is inside


def begin() -> None:
    """In a kernel, before its first cell: "cuda" is there, and the sizes stay the CPU's, or smaller."""
    from sslcourse import runtime
    from tests.tools.pretended_gpu import pretended_gpu

    _begun.enter_context(few_images())
    _begun.enter_context(mock.patch.object(runtime, "pick", lambda *, cpu, gpu: cpu))
    _begun.enter_context(mock.patch.object(runtime, "bfloat16_pays", lambda: False))
    _begun.enter_context(pretended_gpu())


def few_images():
    """A context in which `data.load` brings at most ROWS images."""
    from sslcourse import data
    from sslcourse.data import catalogue

    load = data.load

    def few(name: str, split: str = "train", size: int | None = None, seed: int = 0):
        entry = catalogue.entry(name)
        return load(name, split, min(size or entry.splits[split], ROWS) if entry.kind == "images" else size, seed)

    return mock.patch.object(data, "load", few)


def answered(source: str) -> str:
    """A cell's source with the package's own answer in place of a stub, or of the function of a bug hunt."""
    from sslcourse import exercises
    from sslcourse.exercises import pasted

    for name in dict.fromkeys(re.findall(r"exercises\.(\w+)\.check\(", source)):
        lines = source.splitlines()
        plain = "\n".join("" if line.startswith(("%", "!")) else line for line in lines)
        stub = next(node for node in ast.parse(plain).body if isinstance(node, ast.FunctionDef) and node.name == name)
        answer = pasted.solution(getattr(exercises, name).reference, name)
        source = "\n".join([*lines[: stub.lineno - 1], answer, *lines[stub.end_lineno:]])
    return source


def faults(notebook: Path) -> list[str]:
    """Run the notebook; what went wrong: the cell that raised, with its error, and each answer that did not pass."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    read = nbformat.read(notebook, as_version=4)
    asked = []
    for cell in read.cells:
        if cell.cell_type == "code":
            asked += re.findall(r"exercises\.(\w+)\.check\(", cell.source)
            cell.source = answered(cell.source)
    with tempfile.TemporaryDirectory() as home:
        startup = Path(home) / "ipython" / "profile_default" / "startup"
        startup.mkdir(parents=True)
        (startup / "00-pretended.py").write_text(STARTUP, encoding="utf-8")
        os.environ.update(
            IPYTHONDIR=str(Path(home) / "ipython"), SSLCOURSE_HOME=home, SSLCOURSE_DEVICE="cuda", SSLCOURSE_REHEARSAL=SHARE,
            PYTHONPATH=os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
        )
        found = []
        try:
            NotebookClient(read, timeout=SECONDS, resources={"metadata": {"path": str(notebook.parent)}}).execute()
        except CellExecutionError as error:
            found.append(str(error))
        record = Path(home) / "progress.json"
        kept = json.loads(record.read_text(encoding="utf-8"))["exercises"] if record.exists() else {}
    passed = {name.split("/")[1] for name, entry in kept.items() if entry["passed"]}
    for name in asked if not found else []:
        if name not in passed:
            found.append(f"{name}: the right answer did not pass\n{_said(read, name)}")
    return found


def _said(read, name: str) -> str:
    """What the check of `name` has shown."""
    cell = next(c for c in read.cells if c.cell_type == "code" and f"exercises.{name}.check(" in c.source)
    shown = [output.get("data", {}).get("text/plain", output.get("text", "")) for output in cell.outputs]
    return "\n".join(shown)


def apart(name: str) -> Outcome:
    """The notebook in a process of its own."""
    start = time.monotonic()
    done = subprocess.run([sys.executable, "-m", "tests.tools.pretended_notebooks", "--one", name], cwd=ROOT,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return Outcome(name, "FAILED" if done.returncode else "passed", time.monotonic() - start, done.stdout)


def main(argv: Sequence[str]) -> int:
    """0 if every notebook passed, 1 if one did not."""
    cut = argv.index("--") if "--" in argv else len(argv)
    parser = argparse.ArgumentParser(prog="python -m tests.tools.pretended_notebooks")
    parser.add_argument("--one", type=Path)
    parser.add_argument("--workers", type=int, default=min(4, os.cpu_count() or 1))
    options = parser.parse_args(list(argv[:cut]))
    if options.one:
        found = faults((ROOT / options.one).resolve())
        print("\n".join(found))
        return 1 if found else 0
    words = argv[cut + 1:]
    names = [path.relative_to(ROOT).as_posix() for folder in ("labs", "lectures")
             for path in (ROOT / folder).glob("[0-9][0-9]_*.ipynb") if not words or any(word in path.stem for word in words)]
    outcomes = run_all(in_order(names), 0, options.workers, apart)
    print(f"{sum(o.said == 'passed' for o in outcomes)} passed, {sum(o.said == 'FAILED' for o in outcomes)} failed")
    return 1 if any(outcome.said == "FAILED" for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
