"""The labs of the course as files: which there are, what they ask, and the fingerprint of their code."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from .. import __version__
from . import file
from .tables import MISSING, Table


def names() -> list[str]:
    """The labs that are there, in order: the names of the notebooks NN_topic.ipynb in labs/."""
    return sorted(path.stem for path in (file.root() / "labs").glob("[0-9][0-9]_*.ipynb"))


def notebook(lab: str) -> Path:
    """The lab's notebook."""
    return file.root() / "labs" / f"{lab}.ipynb"


def code(path: Path) -> list[str]:
    """The source of each code cell."""
    return [source for kind, source in _cells(path) if kind == "code"]


def fingerprint(path: Path) -> str:
    """What a lab's numbers depend on, in twelve letters: its code cells and the package's version.

    Prose, outputs and tags do not change it. Neither do other libraries' versions: they stand beside every row. So a
    change of the package that changes numbers takes a new version of it, or ``--force``.
    """
    return hashlib.sha256("\0".join([__version__, *code(path)]).encode()).hexdigest()[:12]


def header(path: Path) -> dict[str, object]:
    """A lab's title, the question that it answers, and a student's minutes (if the notebook says them).

    From the notebook's metadata ({"sslcourse": {"title": …, "question": …, "minutes": …}}), else from its first
    Markdown cell: its heading, and the first sentence that ends in a question mark.
    """
    said = json.loads(path.read_text(encoding="utf-8"))["metadata"].get("sslcourse", {})
    first = next((source for kind, source in _cells(path) if kind == "markdown"), "")
    heading = re.search(r"^#+ +(.+)$", first, re.M)
    asked = re.search(r"([^.?!\n][^.?!]*\?)", re.sub(r"[*_`]", "", first[heading.end():] if heading else first))
    found = {"title": heading.group(1).strip() if heading else path.stem,
             "question": " ".join(asked.group(1).split()) if asked else "", "minutes": None}
    return found | {name: said[name] for name in found if name in said}


def course_map(machine: str = "cpu") -> Table:
    """The labs that are there: title, question, a student's minutes, and the seconds of Run All as last measured."""
    passes = file.read(file.results_file(machine))["labs"]
    rows = []
    for lab in names():
        said = header(notebook(lab))
        seconds = passes.get(lab, {}).get("live", {}).get("seconds")
        rows.append([f"[{said['title']}](labs/{lab}.ipynb)", str(said["question"]), str(said["minutes"] or MISSING),
                     MISSING if seconds is None else f"{seconds:.0f}"])
    return Table(["lab", "question", "minutes", "seconds"], rows)


def _cells(path: Path) -> list[tuple[str, str]]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [(cell["cell_type"], "".join(cell["source"]).strip()) for cell in cells]
