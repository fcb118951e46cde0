"""Small changes of a Python file, one at a time: what `mutate` tries a room's tests on."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OTHER = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Div, ast.Pow: ast.Mult,
    ast.And: ast.Or, ast.Or: ast.And, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.In: ast.NotIn, ast.Is: ast.IsNot,
}
NAMES = {"mean": "sum", "sum": "mean", "min": "max", "max": "min", "amin": "amax", "amax": "amin", "argmax": "argmin",
         "argmin": "argmax", "any": "all", "all": "any", "floor": "ceil", "ceil": "floor", "topk": "sort", "exp": "expm1",
         "square": "abs", "sqrt": "square"}
LEFT_OUT = {"detach", "clone", "contiguous", "abs", "sqrt", "square", "float"}     # x.detach() -> x


@dataclass(frozen=True)
class Mutant:
    file: str                       # from the root of the repository
    line: int
    told: str                       # "a - b  →  a + b"
    source: str                     # the whole file's

    @property
    def key(self) -> str:
        return f"{self.file}: {self.told}"


def mutants(path: Path) -> Iterator[Mutant]:
    """Every change of one file, checks of arguments included; texts and type hints stay as they are."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    name = path.relative_to(ROOT).as_posix()
    for node in _code(tree):
        for new in _changes(node):
            if isinstance(node, ast.expr) and new is not None:
                before, after = ast.unparse(node), ast.unparse(new)
                line = text.splitlines()[node.lineno - 1].strip()
                yield Mutant(name, node.lineno, f"{before}  →  {after}  in  {line}", _replaced(text, node, after))


def _code(tree: ast.AST) -> Iterator[ast.AST]:
    """The expressions that are computed."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, (ast.Import, ast.ImportFrom, ast.JoinedStr, ast.Raise)):
            continue
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue                                                                        # a docstring
        if isinstance(child, ast.FunctionDef):
            defaults = [*child.args.defaults, *filter(None, child.args.kw_defaults)]
            yield from _code(ast.Module([ast.Expr(ast.Tuple(defaults)), *child.body]))
            continue
        if isinstance(child, ast.AnnAssign):
            child = ast.Expr(child.value) if child.value else ast.Pass()
        if isinstance(child, ast.Assign) and any(getattr(t, "id", "") == "__all__" for t in child.targets):
            continue
        if isinstance(child, ast.Call) and ast.unparse(child.func).startswith(("expect.Words", "warnings.")):
            continue
        if hasattr(child, "lineno"):
            yield child
        yield from _code(child)


def _changes(node: ast.AST) -> Iterator[ast.expr]:
    new = copy.deepcopy(node)
    if isinstance(node, ast.Compare) and type(node.ops[0]) in OTHER:
        new.ops[0] = OTHER[type(node.ops[0])]()
        yield new
    elif isinstance(node, (ast.BinOp, ast.BoolOp)) and type(node.op) in OTHER:
        new.op = OTHER[type(node.op)]()
        yield new
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Not, ast.Invert)):
        yield new.operand
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        yield ast.Constant(node.value + 1 if isinstance(node.value, int) else node.value * 2 or 1.0)
    elif isinstance(node, ast.IfExp):
        new.body, new.orelse = new.orelse, new.body
        yield new
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in LEFT_OUT and not node.args and not node.keywords:
            yield new.func.value
        elif node.func.attr in NAMES:
            new.func.attr = NAMES[node.func.attr]
            yield new


def _replaced(text: str, node: ast.expr, after: str) -> str:
    """The file with `after` in the place of `node`. Columns count bytes."""
    lines = text.encode().splitlines(keepends=True)
    start = sum(map(len, lines[: node.lineno - 1])) + node.col_offset
    end = sum(map(len, lines[: node.end_lineno - 1])) + node.end_col_offset
    whole = text.encode()
    return (whole[:start] + f"({after})".encode() + whole[end:]).decode()
