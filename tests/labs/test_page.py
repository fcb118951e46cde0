"""A lab's page shows the idea: little code in sight, none of it drawing, and the parts that make a lab a lab."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import nbformat
import pytest

from sslcourse.exercises import catalogue, questions

ROOT = Path(__file__).resolve().parents[2]
LABS = {path.stem[:2]: path for path in sorted((ROOT / "labs").glob("[0-9][0-9]_*.ipynb"))}
DRAWN = sorted(path.stem[3:] for path in (ROOT / "sslcourse" / "figures").glob("lab[0-9][0-9].py"))
MOST_IN_ALL, MOST_IN_A_CELL = 240, 25
DRAWING = re.compile(r"\b(plots\.new_figure|axis\.|axes\[|matplotlib|ipywidgets)")

every_lab = pytest.mark.parametrize("number", DRAWN)


def in_sight(number: str) -> dict[str, list[str]]:
    """{cell: its lines of code}, without blank lines and comments, of the cells that are not folded."""
    found = {}
    for cell in nbformat.read(LABS[number], as_version=4).cells:
        if cell.cell_type == "code" and not cell.metadata.get("jupyter", {}).get("source_hidden"):
            found[cell.id] = [line for line in cell.source.splitlines() if line.strip() and not line.strip().startswith("#")]
    return found


def text(number: str) -> str:
    return "\n".join(cell.source for cell in nbformat.read(LABS[number], as_version=4).cells)


@every_lab
def test_little_code_is_in_sight(number):
    cells = in_sight(number)
    assert sum(map(len, cells.values())) <= MOST_IN_ALL
    assert {name: len(lines) for name, lines in cells.items() if len(lines) > MOST_IN_A_CELL} == {}


@every_lab
def test_no_code_in_sight_draws(number):
    drawing = {name: line for name, lines in in_sight(number).items() for line in lines if DRAWING.search(line)}
    assert drawing == {}, f"these lines belong into sslcourse/figures/lab{number}.py"


@every_lab
def test_lines_fit_a_laptop_s_screen(number):
    wide = {name: line for name, lines in in_sight(number).items() for line in lines if len(line) > 100}
    assert wide == {}


@every_lab
def test_the_parts_of_a_lab(number):
    """A bug to hunt, something to explain, questions to recall, and one longer piece to write."""
    page, own = text(number), [e for e in catalogue.every() if e.lab == LABS[number].stem]
    assert 3 <= len(questions.of_lab(number)) <= 4, f"no questions in sslcourse/exercises/lab{number}/recall.toml"
    assert "exercises.recall(LAB)" in page
    assert "**Explain and defend.**" in page and "<details>" in page
    assert any(e.given for e in own), f"no bug hunt: an exercise of lab{number} with `given`, the code that holds the bug"
    longer = [e for e in own if e.longer]
    assert longer and "A longer piece" in page, "one exercise of 10 to 25 lines, marked `longer`"
    for exercise in longer:
        assert 8 <= body_lines(exercise.reference) <= 25, exercise.name


def body_lines(function) -> int:
    """Lines of code in a function's body: no signature, docstring, comments, blank lines."""
    source = inspect.getsource(inspect.unwrap(function))
    source = re.sub(r'""".*?"""', "", source, count=1, flags=re.S)
    lines = [line for line in source.splitlines() if line.strip() and not line.strip().startswith(("#", "@"))]
    return len(lines[next(i for i, line in enumerate(lines) if line.rstrip().endswith(":")) + 1:])
