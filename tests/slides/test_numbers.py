"""Numbers on slides: none is typed that is on file, and each that somebody published stands beside its source."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from sslcourse import results
from sslcourse.slides import deck
from tests.slides.test_lectures import every_lecture, read

# Percentages that nobody measured, by the cell that has them: what guessing gives, what a word means, what is invented.
NOT_MEASURED = {
    "measured-text": {"10"},                    # guessing
    "top-five-text": {"10", "50", "0.1", "0.5"},
    "few-shot-panel": {"50"},                   # a tick
    "which-network-figure": {"95", "60"},       # invented, and said to be
    "calibration": {"80"}, "calibrated-text": {"80"},
    "table-top1": {"1", "10"}, "table-drawing": {"1", "10"}, "table-top1-figure": {"1", "10"},  # shares of the labels
    "table-top5-figure": {"1", "10"}, "table-numbers-all": {"1", "10"}, "bigger-card": {"1", "10"},
}
BESIDE = re.compile(r"slides\.(?:references|cited_table|source|claim_card)\(|\w+ (?:et al\. )?\(\d{4}[ab]?\)")


def cited_numbers() -> set[str]:
    """Every number with a fraction that is cited, as a slide would print it."""
    file = tomllib.loads((Path(results.__file__).parent / "cited.toml").read_text(encoding="utf-8"))
    rows = [row for entry in file.values() for row in entry.get("rows", [[entry.get("value")]])]
    found = {value for row in rows for value in row if isinstance(value, float)}
    return {f"{value:g}" for value in found if value % 1}


def spoken(cell) -> Iterator[str]:
    """What is typed in a cell and can be read or heard: its text, or its code's strings, without what is filled in."""
    if cell.cell_type == "markdown":
        yield from [] if deck.slide_type(cell) == "notes" else [cell.source]
        return
    for node in ast.walk(ast.parse(cell.source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield re.sub(r"\{[^{}]*\}|^[+,]?\.\d[%fg]$", "", node.value)  # of a format its names and digits


def typed_by_hand(cell, on_file: set[str]) -> set[str]:
    text = "\n".join(spoken(cell))
    percent = set(re.findall(r"(?<![\d.])(\d+(?:\.\d+)?) ?(?:%|per cent|percentage points)", text))
    exact = set(re.findall(r"(?<![\d.])\d+\.\d+(?![\d.])", text)) & on_file
    return (percent | exact) - NOT_MEASURED.get(cell.id, set())


@every_lecture
def test_no_number_is_typed_that_is_on_file(path):
    on_file = cited_numbers()
    typed = {cell.id: found for cell in read(path).cells if (found := typed_by_hand(cell, on_file))}
    assert typed == {}, "fill them in from the file: results.value, results.cited, results.say"


@pytest.mark.parametrize("source", ['plots.show(figure, alt="MAE, 49.4 by kNN")', 'results.say("By 12% more than {x}.")'])
def test_a_typed_number_is_found(source):
    from nbformat.v4 import new_code_cell

    assert typed_by_hand(new_code_cell(source), cited_numbers())


def slides_with_cited_numbers(notebook) -> dict[str, str]:
    """{slide: its code and text} of those that show what results.cited gives, directly or by a name that was made of it."""
    made_of_it: set[str] = set()
    uses: set[str] = set()
    texts: dict[str, str] = {}
    here = ""
    for cell in notebook.cells:
        here = cell.id if deck.slide_type(cell) in ("slide", "subslide") else here
        if deck.slide_type(cell) == "notes":
            continue
        texts[here] = texts.get(here, "") + cell.source + "\n"
        for statement in ast.parse(cell.source).body if cell.cell_type == "code" else []:
            names = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
            made = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
            made |= {statement.name} if isinstance(statement, ast.FunctionDef) else set()
            if "results.cited" in ast.unparse(statement) or (names - made) & made_of_it:
                made_of_it |= made
                uses |= {here}
            else:
                made_of_it -= made
    return {slide: text for slide, text in texts.items() if slide in uses}


@every_lecture
def test_a_cited_number_has_its_source_on_its_slide(path):
    found = slides_with_cited_numbers(read(path))
    without = [slide for slide, text in found.items() if slide not in ("title", "take-away") and not BESIDE.search(text)]
    assert without == []
