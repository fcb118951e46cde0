"""Run the labs as the tests do and keep them with their outputs in build/notebooks; one that is up to date is left."""

from __future__ import annotations

import os
import sys
import time

import nbformat
from nbclient import NotebookClient

from sslcourse import labs, threads

from .pages import ROOT, RUN


def run(lab: str, seconds: float = 900) -> None:
    """Run one lab from the top; it is written only when every cell went well."""
    notebook = nbformat.read(labs.notebook(lab), as_version=4)
    environment = {**os.environ, **threads.quiet()}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    client = NotebookClient(notebook, timeout=seconds, kernel_name="python3", extra_arguments=["--log-level=40"],
                            resources={"metadata": {"path": str(ROOT / "labs")}})
    client.execute(env=environment)
    RUN.mkdir(parents=True, exist_ok=True)
    part = RUN / f"{lab}.part"
    nbformat.write(notebook, part)
    os.replace(part, RUN / f"{lab}.ipynb")


def run_all(chosen: list[str]) -> int:
    """Run those whose code has changed since; 1 if one failed."""
    code = 0
    for lab in chosen:
        ran = RUN / f"{lab}.ipynb"
        if ran.is_file() and labs.code(ran) == labs.code(labs.notebook(lab)):
            continue
        start = time.monotonic()
        try:
            run(lab)
        except Exception as error:  # whatever a cell raises: the others are still run
            print(f"{lab}: {error}", file=sys.stderr)
            code = 1
        else:
            print(f"{lab}: {time.monotonic() - start:.0f} s", flush=True)
    return code
