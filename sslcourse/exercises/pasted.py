"""A function of the package as a student could paste it into a cell: its body, and the few lines that it needs to run."""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import textwrap
import types
from collections.abc import Callable

ROOMS = ("data", "augment", "models", "losses", "methods", "training", "evaluation", "plots", "runtime")
CHECKS = ("expect",)                        # modules whose calls, alone on a line, only look at arguments


def solution(function: Callable, name: str = "") -> str:
    """Imports, helpers if there are any, and the function: no decorator, docstring, annotation or argument check.

    It is called `name`, if one is given: a bug hunt's function has another name than the package's.
    """
    imports: dict[str, None] = {}
    functions: list[str] = []
    _add(inspect.unwrap(function), imports, functions, set())
    functions[-1] = functions[-1].replace(f"def {function.__name__}(", f"def {name or function.__name__}(", 1)
    order = sorted(imports, key=lambda line: (not line.startswith("import"), "sslcourse" in line, line))
    return "\n\n\n".join((["\n".join(order)] if order else []) + functions)


def _add(function: Callable, imports: dict[str, None], functions: list[str], seen: set[str]) -> None:
    """`function`'s own text at the end of `functions`, what it calls before it."""
    seen.add(function.__name__)
    lines = textwrap.dedent(inspect.getsource(function)).splitlines()
    node = ast.parse("\n".join(lines)).body[0]
    statements = [s for s in node.body if not _is_text(s) and not _is_check(s)] or node.body[-1:]
    names = {**function.__globals__, **inspect.getclosurevars(function).nonlocals}
    bound = _bound(node)
    spelled: dict[tuple[int, int, int], str] = {}
    for part in (inner for statement in [*statements, *node.args.defaults] for inner in ast.walk(statement)):
        if not isinstance(part, ast.Name) or part.id in bound or part.id not in names or part.id in seen:
            continue
        line, other = _needed(part.id, names[part.id])
        if line:
            imports[line] = None
        if other:
            spelled[part.lineno, part.col_offset, part.end_col_offset] = other
        if not line and not other and isinstance(names[part.id], types.FunctionType):
            _add(inspect.unwrap(names[part.id]), imports, functions, seen)
    functions.append("\n".join([_head(node, statements), *_text(lines, node, statements, spelled)]))


def _needed(name: str, value: object) -> tuple[str, str]:
    """The import that `name` needs, and how it is spelled in a notebook if otherwise."""
    if isinstance(value, types.ModuleType):
        package, _, last = value.__name__.rpartition(".")
        if not package:
            return (f"import {last}" if last == name else f"import {last} as {name}"), ""
        return f"from {package} import {last}" + f" as {name}" * (last != name), ""
    where = getattr(value, "__module__", None)
    if where is None or not hasattr(value, "__name__"):                     # a number, a tuple
        return f"{name} = {value!r}", ""
    if not where.startswith("sslcourse"):
        return ("" if where == "builtins" else f"from {where} import {value.__name__}"
                + f" as {name}" * (value.__name__ != name)), ""
    room = where.split(".")[1]
    if room in ROOMS and getattr(importlib.import_module(f"sslcourse.{room}"), name, None) is value:
        return f"from sslcourse import {room}", f"{room}.{name}"
    return ("", "") if isinstance(value, types.FunctionType) else (f"from {where} import {name}", "")


def _text(lines: list[str], node: ast.FunctionDef, statements: list[ast.stmt], spelled: dict) -> list[str]:
    """The body's own lines, comments too, without what was left out, each name as it is spelled in a notebook."""
    lines = lines[:]
    for (row, start, end), other in sorted(spelled.items(), reverse=True):
        raw = lines[row - 1].encode()
        lines[row - 1] = (raw[:start] + other.encode() + raw[end:]).decode()
    left_out = {row for s in node.body if s not in statements for row in range(s.lineno, s.end_lineno + 1)}
    for outer in ast.walk(node):                                            # checks inside of a `with`
        inside = getattr(outer, "body", None)
        for s in inside if isinstance(inside, list) and len(inside) > 1 and outer is not node else []:
            left_out |= set(range(s.lineno, s.end_lineno + 1)) if _is_check(s) else set()
    first = node.body[0].end_lineno + 1 if _is_text(node.body[0]) else node.body[0].lineno
    kept = [lines[row - 1] for row in range(first, node.end_lineno + 1) if row not in left_out]
    return textwrap.indent(textwrap.dedent("\n".join(kept)).strip("\n"), "    ").splitlines()


def _head(node: ast.FunctionDef, statements: list[ast.stmt]) -> str:
    """The first line, without those options that only the checks look at (they are in no lab's stub)."""
    bare = ast.parse(ast.unparse(node.args).join(("def f(", "): pass"))).body[0].args
    for argument in [*bare.posonlyargs, *bare.args, *bare.kwonlyargs, *filter(None, [bare.vararg, bare.kwarg])]:
        argument.annotation = None
    used = {n.id for statement in statements for n in ast.walk(statement) if isinstance(n, ast.Name)}
    options = [(a, d) for a, d in zip(bare.kwonlyargs, bare.kw_defaults) if a.arg in used]
    bare.kwonlyargs, bare.kw_defaults = [a for a, _ in options], [d for _, d in options]
    return f"def {node.name}({ast.unparse(bare)}):"


def _bound(node: ast.FunctionDef) -> set[str]:
    """Names that the function gives a value itself."""
    stored = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    arguments = {n.arg for n in ast.walk(node) if isinstance(n, ast.arg)}
    defined = {n.name for n in ast.walk(node) if isinstance(n, ast.FunctionDef) and n is not node}
    return stored | arguments | defined | set(dir(builtins))


def _is_text(statement: ast.stmt) -> bool:
    return (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
            and isinstance(statement.value.value, str))


def _is_check(statement: ast.stmt) -> bool:
    call = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and (
        isinstance(call.func.value, ast.Name) and call.func.value.id in CHECKS)
