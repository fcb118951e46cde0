"""Every table that a lab asks for, as a student sees it: made of the numbers on file, and looked at."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import nbformat
import pytest

from sslcourse import results, runtime

ROOT = Path(__file__).parents[2]
EMPTY, WIDE = 1 / 3, 6  # of a table's cells so many may be empty, and so many columns fit beside the rows' names
# What a notebook's constants may call; what else is called there trains or measures, and is not run here.
HARMLESS = {"list", "dict", "range", "sorted", "set", "tuple", "len", "zip", "enumerate", "results.live", "runtime.pick"}


def constants(book: nbformat.NotebookNode, stem: str) -> dict:
    """The names that a notebook's cells give to what can be had without running it; of a dict, its keys at least."""
    known = {"results": results, "runtime": runtime, "LAB": stem}
    for cell in book.cells:
        for node in ast.parse(cell.source).body if cell.cell_type == "code" else []:
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("sslcourse"):
                exec(compile(ast.Module([node], []), stem, "exec"), known)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                value = evaluated(node.value, known)
                if value is not None:
                    known[node.targets[0].id] = value
    return known


def evaluated(node: ast.expr, known: dict) -> object:
    """The value of an expression, where that can be had; None where it can't."""
    called = {ast.unparse(part.func) for part in ast.walk(node) if isinstance(part, ast.Call)}
    try:
        return eval(compile(ast.Expression(node), "a cell", "eval"), known) if called <= HARMLESS else keys(node, known)
    except (NameError, AttributeError, KeyError, TypeError):
        return keys(node, known)


def keys(node: ast.expr, known: dict) -> dict | None:
    """A dict whose values are partly measured: its keys, and what values can be had."""
    if isinstance(node, ast.Dict) and all(isinstance(key, ast.Constant) for key in node.keys):
        return {key.value: evaluated(value, known) for key, value in zip(node.keys, node.values)}
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "dict" and not node.args:
        return {word.arg: evaluated(word.value, known) for word in node.keywords}
    return None


def asked() -> list:
    """The arguments of each `results.table` in a lab, and whether these are all: some are known only in a run."""
    found = []
    for path in sorted((ROOT / "labs").glob("[0-9][0-9]_*.ipynb")):
        book = nbformat.read(path, as_version=4)
        known = None
        for cell in book.cells:
            if cell.cell_type != "code" or "results.table(" not in cell.source:
                continue
            known = known or constants(book, path.stem)
            for call in ast.walk(ast.parse(cell.source)):
                if isinstance(call, ast.Call) and ast.unparse(call.func) == "results.table":
                    given, whole = {"lab": path.stem}, True
                    for word in call.keywords:
                        try:
                            given[word.arg] = eval(compile(ast.Expression(word.value), path.stem, "eval"), known)
                        except NameError:
                            whole = False
                    found.append(pytest.param(given, whole, id=f"{path.stem[:2]}-{cell.id}"))
    return found


ASKED = asked()


@pytest.fixture
def this_course(monkeypatch, tmp_path):
    """The numbers on file alone: no student has run anything yet."""
    monkeypatch.setattr(runtime, "course_root", lambda: ROOT)
    monkeypatch.setattr(runtime, "machine", lambda: "cpu")
    monkeypatch.setenv("SSLCOURSE_HOME", str(tmp_path))


def test_most_tables_are_looked_at_as_they_are():
    assert len(ASKED) >= 20 and sum(param.values[1] for param in ASKED) >= 0.7 * len(ASKED)


@pytest.mark.parametrize("given, whole", ASKED)
def test_a_table_can_be_read(this_course, given, whole):
    shown = results.table(**given)
    if not shown.rows:
        return  # nothing is on file yet
    names = [given.get("rows", "method")] if isinstance(given.get("rows", "method"), str) else list(given["rows"])
    titles, cells = shown.columns[len(names):], [row[len(names):] for row in shown.rows]
    for title, column in zip(titles, zip(*cells)):
        filled = [cell for cell in column if cell != "—"]
        assert len({"%" in cell for cell in filled}) == 1, f"{title}: one unit, and not {filled}"
        if given.get("metric") == "accuracy" or "accuracy" in title or "recall" in title:
            assert all("%" in cell for cell in filled), f"{title}: accuracies are in per cent, as in the text"
        for cell in filled:
            mean, _, half = cell.partition(" ± ")
            assert not half or number(half) <= abs(number(mean)), f"{title}: {cell} says nothing"
            assert "inf" not in cell and "nan" not in cell
    assert not re.search(r"\b1 (threads|seeds)\b", shown.note)
    if whole:
        empty = sum(cell == "—" for line in cells for cell in line)
        assert empty <= EMPTY * sum(map(len, cells)), f"mostly empty:\n{shown!r}"
        assert len(titles) <= WIDE, f"too wide for a page:\n{shown!r}"
    assert not [row for row, line in zip(shown.rows, cells) if set(line) == {"—"}], "a row without a number"


def number(text: str) -> float:
    return float(text.replace(",", "").rstrip("%"))
