"""Has a stub been touched? And does it still hold an ``...`` where code should be?"""

from __future__ import annotations

import ast
import dis
import inspect
import textwrap
from collections.abc import Callable

from .lines import Line, place


def untouched(function: Callable) -> bool:
    """The body does nothing: a docstring, ``...``, ``pass`` or ``raise NotImplementedError``, and no more than that."""
    body = _body(function)
    if body is not None:
        return all(_is_nothing(statement) for statement in body)
    code = getattr(function, "__code__", None)      # typed at a prompt that keeps no source: compare the instructions
    if code is None or set(code.co_names) - {"NotImplementedError"}:
        return False
    return any(_steps(code) == _steps(stub.__code__) for stub in (_nothing, _raises, _raises_text))


def same(function: Callable, given: Callable) -> bool:
    """The body is that of `given`, whatever its comments, docstring and spaces are."""
    bodies = [_body(f) for f in (function, given)]
    if None in bodies:
        return False
    steps = [[ast.dump(statement) for statement in body if not _is_nothing(statement)] for body in bodies]
    return steps[0] == steps[1]


def holes(function: Callable, *, bare: bool) -> list[Line]:
    """The lines that still hold an ``...``: inside an expression, and also where it stands alone if `bare`.

    The ``...`` of an index (``X[..., 0]``) is code, and so is one in a type hint.
    """
    body = _body(function)
    if body is None:
        return []
    lines, first = inspect.getsourcelines(function)
    where = place(inspect.getsourcefile(function) or "<unknown>")
    found = []
    for statement in body:
        nodes = list(ast.walk(statement))
        code = {inner for node in nodes if isinstance(node, ast.Subscript) for inner in ast.walk(node.slice)}
        alone = {node.value for node in nodes if isinstance(node, ast.Expr)}
        for node in nodes:
            if _is_dots(node) and node not in code and (bare or node not in alone):
                found.append(Line(first + node.lineno - 1, lines[node.lineno - 1].strip(), where, ""))
    return found


def last_line(function: Callable) -> Line | None:
    """The function's last `return`, or its last statement: the nearest thing to show where no line of its own failed."""
    body = _body(function)
    if not body:
        return None
    lines, first = inspect.getsourcelines(function)
    nodes = [node for statement in body for node in ast.walk(statement) if isinstance(node, ast.Return)] or body
    number = nodes[-1].lineno
    return Line(first + number - 1, lines[number - 1].strip(), place(inspect.getsourcefile(function) or "<unknown>"), "")


def _body(function: Callable) -> list[ast.stmt] | None:
    """The statements of a function that was written with `def`, or None where its source cannot be had."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return None
    defined = tree.body[0] if tree.body else None
    return defined.body if isinstance(defined, ast.FunctionDef) else None


def _is_nothing(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Raise):
        raised = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
        return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"
    is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return isinstance(statement, ast.Pass) or is_text


def _is_dots(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is Ellipsis


def _nothing() -> None:
    pass


def _raises() -> None:
    raise NotImplementedError


def _raises_text() -> None:
    raise NotImplementedError("your code here")


def _steps(code) -> list[str]:
    return [step.opname for step in dis.get_instructions(code)]
