"""The map of the course: a line for each lab, with the seconds that it took when it was last measured."""

from __future__ import annotations

from .. import labs
from . import on_file
from .tables import MISSING, Table


def course_map(machine: str = "cpu") -> Table:
    """The labs that are there: title, question, a student's minutes, and the seconds of Run All as last measured."""
    passes = on_file.read(on_file.results_file(machine))["labs"]
    rows = []
    for lab in labs.names():
        said = labs.header(labs.notebook(lab))
        seconds = passes.get(lab, {}).get("live", {}).get("seconds")
        rows.append([f"[{said['title']}](labs/{lab}.ipynb)", str(said["question"]), str(said["minutes"] or MISSING),
                     MISSING if seconds is None else f"{seconds:.0f}"])
    return Table(["lab", "question", "minutes", "seconds"], rows)
