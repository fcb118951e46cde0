"""What a student is asked to write is what the package runs: short, plain, and complete when it is pasted into a notebook."""

from __future__ import annotations

import ast
import copy
import doctest
import inspect
import math
import sys
import textwrap

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from sslcourse import methods, models
from sslcourse.exercises import catalogue

NOTEBOOK = {"torch": torch, "F": F, "math": math, "np": np, "nn": nn, "copy": copy, "Tensor": torch.Tensor}
HELPERS = {"turn": methods.turn, "resnet_blocks": methods.resnet_blocks}  # public, and named in the stub or not needed there
LINES = 15


def references() -> dict[str, object]:
    """{name: the function that an exercise compares with}, of those that stand in this room."""
    found = {exercise.name: exercise.reference for exercise in catalogue.every()}
    return {name: f for name, f in found.items() if f.__module__.startswith("sslcourse.methods.")}


def pasted(function) -> tuple[object, int]:
    """The function as one would paste it into a notebook, without decorator and docstring; and the lines of its body."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function))))
    definition = tree.body[0]
    definition.decorator_list, definition.returns = [], None
    definition.body = definition.body[1:]
    for argument in [*definition.args.args, *definition.args.kwonlyargs]:
        argument.annotation = None
    space = dict(NOTEBOOK, **HELPERS)
    exec(compile(tree, "<notebook>", "exec"), space)
    return space[definition.name], definition.body[-1].end_lineno - definition.body[0].lineno + 1


def test_there_are_references():
    assert {"pca", "fill_in", "encode_ab", "merge_pair", "reparametrize"} <= set(references())


@pytest.mark.parametrize("name", references())
def test_a_reference_is_a_few_plain_lines_that_run_by_themselves(name):
    """Its own example, computed by the pasted lines: no check, no private helper, nothing that a notebook lacks."""
    function = references()[name]
    plain, lines = pasted(function)
    assert lines <= LINES, f"{name}: {lines} lines; what is no algorithm belongs into the check around it"
    tests = doctest.DocTestFinder(recurse=False).find(function, function.__name__, module=sys.modules[function.__module__])
    for test in tests:
        test.globs = {**test.globs, function.__name__: plain, "models": models}
        assert doctest.DocTestRunner().run(test).failed == 0, f"{name}: pasted into a notebook, it gives something else"
