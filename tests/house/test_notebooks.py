"""The rules that every notebook of the course keeps, read off the files: nothing is run here."""

from __future__ import annotations

import ast
import inspect
import json
import re
import textwrap
from pathlib import Path

import nbformat
import pytest

from sslcourse.data import catalogue
from sslcourse.exercises import catalogue as catalogue_of_exercises

ROOT = Path(__file__).parents[2]
LABS = sorted((ROOT / "labs").glob("*.ipynb"))
NOTEBOOKS = LABS + sorted((ROOT / "lectures").glob("*.ipynb"))
CHECKED = "nbval-check-output"

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
every_lab = pytest.mark.parametrize("path", LABS, ids=lambda path: path.stem)


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def code_of(path: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def calls(source: str) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]


def called(call: ast.Call) -> str:
    return ast.unparse(call.func)


def test_there_is_a_lab():
    assert LABS, "labs/ holds no notebook: every test below would pass without looking at anything"


@every_notebook
def test_valid_and_of_one_kernel(path):
    notebook = read(path)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    assert notebook.nbformat_minor >= 5, "cell ids need nbformat 4.5"


@every_notebook
def test_cell_ids_are_readable_slugs(path):
    ids = [cell["id"] for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]]
    assert len(ids) == len(set(ids))
    assert not [i for i in ids if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", i)]
    assert not [i for i in ids if re.fullmatch(r"[0-9a-f]{8}", i)], "an id that Jupyter drew at random"


@every_notebook
def test_outputs_only_where_they_are_checked(path):
    for cell in code_of(path):
        if CHECKED not in cell.metadata.get("tags", []):
            assert cell.execution_count is None, f"{cell.id}: an execution count was saved"
            assert not cell.outputs, f"{cell.id}: an output was saved in a cell that is not tagged {CHECKED}"
            continue
        assert cell.execution_count == 1, f"{cell.id}: nbval compares outputs only of a cell with a count; by custom it is 1"
        assert cell.outputs, f"{cell.id}: tagged {CHECKED}, and no output to check against"
        text = "".join(output.get("text", "") for output in cell.outputs)
        assert all(output.output_type == "stream" for output in cell.outputs), f"{cell.id}: checked outputs are short prints"
        assert len(text) < 600
        assert not re.search(r"\d\.\d", text), f"{cell.id}: a float that another processor may round differently"


@every_notebook
def test_code_is_python_of_readable_size(path):
    for cell in code_of(path):
        ast.parse(cell.source)  # no magics, no shell, no exercise that is a SyntaxError until it is filled in
        assert len(cell.source.splitlines()) <= 45, f"{cell.id}: too long to take in at once"
        assert max(map(len, cell.source.splitlines())) <= 115, f"{cell.id}: a line that runs off the page"


@every_notebook
def test_every_figure_has_its_text(path):
    for cell in code_of(path):
        assert "pyplot" not in cell.source, f"{cell.id}: pyplot shows figures without a text; plots.show is the way"
        for call in calls(cell.source):
            if called(call) in ("plots.show", "widgets.Panel"):
                assert "alt" in {keyword.arg for keyword in call.keywords}, f"{cell.id}: {called(call)} without alt="


@every_lab
def test_metadata_says_what_the_lab_needs(path):
    ours = read(path).metadata.sslcourse
    assert set(ours.data) <= set(catalogue.names())
    assert 10 <= ours.minutes <= 120 and ours.question.endswith("?")


@every_lab
def test_data_in_use_is_data_declared(path):
    declared = set(read(path).metadata.sslcourse.data)
    used = {name for cell in code_of(path) for name in catalogue.names() if f'"{name}"' in cell.source}
    assert used <= declared, f"{used - declared} used, but make lab would not fetch it"


@every_lab
def test_header_and_closing(path):
    cells = read(path).cells
    number = path.stem[:2]
    for wanted in (f"# Lab {number} · ", "**The question.**", "**Afterwards you can**", "**You need**", "**Time:**"):
        assert wanted in cells[0].source
    for wanted in ("**Verdict", "**Go further", "**Papers"):
        assert wanted in cells[-1].source


@every_lab
def test_predictions_come_before_and_are_answered_after(path):
    source = [cell.source for cell in code_of(path)]
    made = {
        target.id: place
        for place, text in enumerate(source)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        and called(node.value) in ("widgets.Prediction", "widgets.Sketch")
        for target in node.targets
    }
    assert made, "a lab asks for a prediction before it measures"
    for name, place in made.items():
        answered = [later for later, text in enumerate(source) if f"{name}.answer(" in text]
        assert answered and min(answered) > place, f"{name} is never answered, or before it is asked"


@every_lab
def test_exercises_are_stubs_that_are_checked(path):
    found = 0
    for cell in code_of(path):
        for name in re.findall(r"exercises\.(\w+)\.check\(", cell.source):
            found += 1
            assert cell.source.rstrip().endswith(f"{name} = exercises.{name}.check({name})")
            functions = [node for node in ast.parse(cell.source).body if isinstance(node, ast.FunctionDef)]
            stub = next(function for function in functions if function.name == name)
            body = [ast.unparse(node) for node in stub.body[1:]]  # after the docstring
            assert ast.get_docstring(stub), f"{name}: a stub says what comes in and what goes out"
            given = catalogue_of_exercises.find(name).given
            if given is None:
                assert body == ["..."], f"{name}: the stub should be empty, and holds {body}"
            else:
                held = ast.parse(textwrap.dedent(inspect.getsource(given))).body[0].body
                held = [node for node in held if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))]
                assert body == [ast.unparse(node) for node in held], f"{name}: another code than the exercise's `given`"
    assert found >= 2, "a lab has two exercises or more"
