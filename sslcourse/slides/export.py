"""A lecture's notebook, run and written as one HTML file."""

from __future__ import annotations

import os
from pathlib import Path

from .. import expect, runtime
from .deck import slides_of
from .page import page


def lectures() -> list[Path]:
    """The course's lecture notebooks, in order; FileNotFoundError outside the course's folder, or where there is none."""
    root = runtime.course_root()
    found = sorted((root / "lectures").glob("[0-9][0-9]_*.ipynb")) if root else []
    if not found:
        raise FileNotFoundError("No lectures beside this package: run this in the folder that the course was cloned to.")
    return found


def find(name: str) -> Path:
    """The lecture called `name`: by number, by file name, or by the beginning of it."""
    known = {notebook.stem: notebook for notebook in lectures()}
    wanted = Path(name).name.removesuffix(".ipynb").lower()
    wanted = f"{int(wanted):02d}_" if wanted.isdecimal() else wanted
    fitting = [stem for stem in known if stem.startswith(wanted)]
    if len(fitting) != 1:
        expect.one_of(name, "lecture", known)
    return known[fitting[0]]


def executed(path: Path, *, seconds: float = 900):
    """The notebook with the outputs of a fresh run, in which every control writes itself into the page.

    Each cell may take `seconds`; a cell that raises stops the export with its traceback.
    """
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    root = str(path.parent.parent)
    environment = {**os.environ, "SSLCOURSE_SLIDES": "1", "SSLCOURSE_QUIET": "1"}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    where = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(notebook, timeout=seconds, kernel_name="python3", resources=where,
                            extra_arguments=["--log-level=40"])  # errors only: the kernel is on this machine
    client.execute(env=environment)
    return notebook


def title_of(notebook, path: Path) -> str:
    """``Lecture 01 · What is representation learning?``, from the heading of the first slide."""
    return f"Lecture {path.stem[:2]} · {slides_of(notebook)[0].title}"


def export(path: Path, folder: Path) -> Path:
    """Run the lecture at `path` and write ``folder/NN_topic.html``; the file that was written."""
    notebook = executed(path)
    text = page(title_of(notebook, path), slides_of(notebook))
    folder.mkdir(parents=True, exist_ok=True)
    out, part = folder / f"{path.stem}.html", folder / f"{path.stem}.html.part"
    part.write_text(text, encoding="utf-8", newline="\n")
    os.replace(part, out)
    return out
