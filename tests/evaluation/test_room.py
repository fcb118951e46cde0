"""What every public name of the room brings, found by looking: who adds a measure is told here what is still missing."""

from __future__ import annotations

import ast
import doctest
import inspect
import re
import sys
from pathlib import Path

import pytest

from sslcourse import evaluation
from tests.evaluation.test_bad_input import BAD_INPUT

HERE = Path(__file__).parent
#: ReliabilityCurve is a tuple of results: nobody calls it
PUBLIC = sorted(name for name in evaluation.__all__ if not hasattr(getattr(evaluation, name), "_fields"))
SOURCE = re.compile(r"arXiv:\d{4}\.\d{4,5}|doi:10\.|[Dd]efinition|\b(19|20)\d\d\b")
every_name = pytest.mark.parametrize("name", PUBLIC)


def home(name: str) -> str:
    return Path(inspect.getfile(inspect.unwrap(getattr(evaluation, name)))).stem


@every_name
def test_an_example_computes_something(name):
    thing, where = getattr(evaluation, name), f"sslcourse/evaluation/{home(name)}.py"
    module = sys.modules[thing.__module__]
    found = [test for test in doctest.DocTestFinder(recurse=False).find(thing, name, module=module) if test.examples]
    shown = [example for test in found for example in test.examples if example.want.strip()]
    assert shown, f"{name} has no example that shows a result: write one, after >>>, at the end of its docstring in {where}"
    for test in found:
        result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test)
        assert result.failed == 0, f"{name}: {result.failed} lines of its example in {where} give something else"


@every_name
def test_the_docstring_says_where_it_comes_from(name):
    thing = getattr(evaluation, name)
    text = inspect.getdoc(thing) + (sys.modules[thing.__module__].__doc__ or "")
    assert SOURCE.search(text), (
        f"{name} cites nobody: name the paper with its section or equation, or say \"Definition: …\", in its docstring or "
        f"at the top of sslcourse/evaluation/{home(name)}.py"
    )


@every_name
def test_bad_input_has_a_row(name):
    rows = {row[0] for row in BAD_INPUT}
    assert name in rows, (
        f"{name} has no bad input: add (\"{name}\", lambda: evaluation.{name}(…), \"the argument that is wrong\") to "
        "BAD_INPUT in tests/evaluation/test_bad_input.py"
    )


@every_name
def test_an_independent_check_stands_in_a_file_of_its_own(name):
    """Two assertions or more in a test file that is called like the module, by tests that call the name themselves."""
    file = HERE / f"test_{home(name)}.py"
    assert file.is_file(), f"{name} has no test file: write tests/evaluation/{file.name}, a plain loop or another library"
    tree = ast.parse(file.read_text(encoding="utf-8"))
    calling = [part for part in tree.body if isinstance(part, ast.FunctionDef) and name in _names(part)]
    asserting = sum(isinstance(node, ast.Assert) or isinstance(node, ast.Attribute) and node.attr.startswith("assert_")
                    for part in calling for node in ast.walk(part))
    assert asserting >= 2, f"{name} is hardly checked in tests/evaluation/{file.name}: compare it with a plain loop"


def _names(part: ast.AST) -> set[str]:
    return {getattr(node, "id", getattr(node, "attr", "")) for node in ast.walk(part)}


@every_name
def test_it_is_in_the_list_at_the_door(name):
    assert re.search(rf"\b{name}\b", evaluation.__doc__ or "") or name == "FineTunedClassifier", (
        f"{name} is not in the list at the top of sslcourse/evaluation/__init__.py: add a line that says what it tells"
    )
