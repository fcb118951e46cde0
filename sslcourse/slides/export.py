"""A lecture's notebook, run and written as one HTML file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from .. import expect, runtime
from .deck import only, slides_of
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


def export(path: Path, folder: Path, *, short: bool = False, names: Sequence[str] = (), footer: str = "") -> Path:
    """Run the lecture at `path` and write ``folder/NN_topic.html``; the file that was written.

    short    without the cells and slides that are tagged `cut`
    names    only the slides with one of these in their id or title
    footer   stands in the middle of each slide's last line, in place of the source

    Raises ValueError, before anything is run, where no slide is left.
    """
    import nbformat

    def chosen(notebook):
        return only(slides_of(notebook, short=short), names)

    left = chosen(nbformat.read(path, as_version=4))
    expect.that(bool(left), "--only", ", ".join(names), f"words of a slide's id or title in {path.stem}")
    notebook = executed(path)
    language = notebook.metadata.get("sslcourse", {}).get("language", "en-GB")
    text = page(title_of(notebook, path), chosen(notebook), footer=footer, language=language)
    folder.mkdir(parents=True, exist_ok=True)
    out, part = folder / f"{path.stem}.html", folder / f"{path.stem}.html.part"
    part.write_text(text, encoding="utf-8", newline="\n")
    os.replace(part, out)
    return out


def has(path: Path, names: Sequence[str], *, short: bool = False) -> bool:
    """Whether the lecture has a slide with one of `names` in its id or title; True for no name."""
    import nbformat

    return not names or bool(only(slides_of(nbformat.read(path, as_version=4), short=short), names))
