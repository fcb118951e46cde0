"""What a cell of code asks for and holds: the exercise that it checks, the functions that it defines."""

from __future__ import annotations

import ast
import re

_CHECK = re.compile(r"^.*\bexercises\.(\w+)\.check\(.*$", re.M)


def asked(source: str) -> str:
    """The exercise that a cell checks; "" for a cell without one."""
    found = _CHECK.search(source)
    return found.group(1) if found else ""


def check_line(source: str) -> str:
    """The line with the check, as it stands in the cell; "" where there is none."""
    found = _CHECK.search(source)
    return found.group(0) if found else ""


def functions(source: str) -> dict[str, ast.FunctionDef]:
    """The functions that a cell defines at its left margin, by name; none where the cell is no Python."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return {}
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def defines(source: str, name: str) -> bool:
    """Whether a cell defines the function `name`: seen in a cell with a typing mistake too."""
    return re.search(rf"^def {re.escape(name)}\b", source, re.M) is not None


def is_stub(function: ast.FunctionDef) -> bool:
    """Nothing has been written into it: a docstring, ``...``, ``pass``, and no more than that."""
    return all(
        isinstance(node, ast.Pass) or isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        for node in function.body
    )


def docstring_lines(function: ast.FunctionDef) -> tuple[int, int] | None:
    """The first and the last line of its docstring, counted from 1; None where it has none."""
    first = function.body[0]
    said = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    return (first.lineno, first.end_lineno) if said else None
