"""What a reader meets on the screen is in words: no name of the code's in a sentence, no lab that there is not."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from sslcourse.results import CLAIMS

ROOT = Path(__file__).parents[2]
LABS = sorted((ROOT / "labs").glob("[0-9][0-9]_*.ipynb"))
# What speaks to a reader of a lab: its cells, its drawings, the rules that give a verdict, what trains.
ROOMS = ("figures", "results", "plots", "widgets", "training", "recipes", "progress_line")
SOURCES = [path for room in ROOMS for path in sorted((ROOT / "sslcourse" / room).rglob("*.py"))]
# snake_case that is no call, no argument, no part of a path or of a command in backticks
NAME = re.compile(r"(?<![\w./`'\"({=-])[a-z]+(?:_[a-z0-9]+)+\b(?![\w(./=`])")
UMAP_S = {"n_neighbors", "min_dist"}  # the words of umap-learn and of its paper, which a reader meets again
NAMED = re.compile(r"\b[Ll]abs? ((?:\d\d(?:, | and | or | to |–|-)?)+)")


def code(path: Path) -> Iterator[tuple[str, ast.AST]]:
    """A file of Python, or each cell of a notebook that is one: its name and its tree."""
    if path.suffix == ".py":
        yield path.name, ast.parse(path.read_text(encoding="utf-8"))
        return
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            yield f"{path.stem}, {cell.id}", ast.parse(cell.source)


def sentences(tree: ast.AST) -> Iterator[str]:
    """The texts of more than a word that are no docstring."""
    blocks = (ast.Module, ast.FunctionDef, ast.ClassDef)
    docstrings = {id(node.body[0].value) for node in ast.walk(tree)
                  if isinstance(node, blocks) and node.body and isinstance(node.body[0], ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            if " " in node.value.strip() and not is_program(node.value):
                yield node.value


def is_program(text: str) -> bool:
    """Several lines of Python that begin with an import: what another process is given to run."""
    if not text.startswith(("import ", "from ")) or "\n" not in text:
        return False
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


@pytest.mark.parametrize("path", LABS + SOURCES, ids=lambda path: path.stem)
def test_no_sentence_has_a_name_of_the_code(path):
    found = {where: (name, text) for where, tree in code(path) for text in sentences(tree)
             for name in NAME.findall(re.sub(r"`[^`]*`", "", text))}
    assert found == {}


@pytest.mark.parametrize("path", LABS + SOURCES, ids=lambda path: path.stem)
def test_a_control_is_named_in_words(path):
    for where, tree in code(path):
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("Panel") and call.args:
                if isinstance(call.args[0], ast.Dict):
                    names = {key.value for key in call.args[0].keys if isinstance(key, ast.Constant)}
                    given = [word.value for word in call.keywords if word.arg == "labels"]
                    said = {key.value for label in given for key in getattr(label, "keys", ())}
                    assert {name for name in names if "_" in name} - said <= UMAP_S, where


@pytest.mark.parametrize("path", [
    *LABS, ROOT / "README.md", *sorted((ROOT / "website").rglob("*.md")), *sorted((ROOT / "sslcourse").rglob("*.py")),
    *sorted((ROOT / "sslcourse").rglob("*.toml"))], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_lab_that_is_named_is_there_or_has_its_claims(path):
    """A lab that is being written is known by the claims that it is to decide."""
    there = {lab.stem[:2] for lab in LABS} | {lab[:2] for claim in CLAIMS.values() for lab in claim.labs}
    named = [number for group in NAMED.findall(path.read_text(encoding="utf-8")) for number in re.findall(r"\d\d", group)]
    assert set(named) <= there


@pytest.mark.parametrize("text, found", [
    ("smallest_lead: -0.014", ["smallest_lead"]), ("as lab_05 says", ["lab_05"]), ("run `python -m x gpt_books`", []),
    ("call train_vit(x) or set n=few_steps", []),
])
def test_a_name_of_the_code_is_found(text, found):
    assert NAME.findall(re.sub(r"`[^`]*`", "", text)) == found


BRITISH = r"(?:colour|grey|neighbour|favour|behaviour|labelled|(?:normal|recogn|initial|standard|general)is(?:e|i|at))"
AMERICAN = r"(?:color(?!iz)|gray|neighbor|favor|behavior|labeled|(?:normal|recogn|initial|standard|general)iz(?:e|i|at))"


def prose(path: Path) -> str:
    """A lab's own sentences, and its questions: without code, formulas and what others have called their papers."""
    cells = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"]
    text = "\n".join(cells).split("**Papers")[0]
    text += (ROOT / f"sslcourse/exercises/lab{path.stem[:2]}/recall.toml").read_text(encoding="utf-8")
    return re.sub(r"`[^`]*`|\$[^$]*\$", "", text)


@pytest.mark.parametrize("path", LABS, ids=lambda path: path.stem)
def test_a_lab_is_spelled_in_one_way(path):
    """A reader who learned English as a second language wonders whether grey and gray are two colours."""
    found = [set(re.findall(rf"\b{words}\w*", prose(path), re.IGNORECASE)) for words in (BRITISH, AMERICAN)]
    assert not all(found), found


@pytest.mark.parametrize("path", LABS, ids=lambda path: path.stem)
def test_what_a_lab_is_said_to_explain_stands_in_it(path):
    """Names in capitals before "(lab NN)": a reader who goes there finds them."""
    for name, lab in re.findall(r"\b([A-Z]\w*[A-Z]\w*)\W+(?:\w+ )?\(lab (\d\d)[),;:]", prose(path)):
        (there,) = (ROOT / "labs").glob(f"{lab}_*.ipynb")
        assert re.search(rf"\b{name}\b", there.read_text(encoding="utf-8")), f"{name} is not in lab {lab}"
