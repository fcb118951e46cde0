"""What of a submission is run: the functions that a lab asks for, and the lines of the notebook that they need.

Nothing else is: no training, no download, no check of the student's own. So a notebook that takes minutes is judged in
seconds, and a check that was deleted, copied or edited changes nothing, since it is never looked at.
"""

from __future__ import annotations

import ast
import builtins
import linecache
import symtable
from dataclasses import dataclass

from . import cells


@dataclass(frozen=True)
class Statement:
    """A statement at the left margin of a cell: what it binds, and which names it looks up."""

    node: ast.stmt
    cell: str
    binds: frozenset[str]
    needs: frozenset[str]


def statements(sources: dict[str, str], checked: frozenset[str]) -> tuple[list[Statement], dict[str, str]]:
    """The statements of all cells, in order; and {cell: what is wrong with it} for those that are no Python.

    A line that gives an exercise's name (`checked`) another value than by `def` is a check or a way around it: left out.
    """
    found, broken = [], {}
    for cell, source in sources.items():
        try:
            own = [Statement(node, cell, frozenset(_binds(node)), frozenset(_names(node))) for node in ast.parse(source).body]
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            broken[cell] = f"{type(error).__name__}: {error}"
            continue
        found += [s for s in own if not s.binds & checked or isinstance(s.node, ast.FunctionDef)]
    return found, broken


def needed(name: str, found: list[Statement], others: frozenset[str]) -> list[Statement]:
    """What has to run so that the function `name` is there, in order, its own `def` last; empty if nobody defines it.

    Other exercises' functions (`others`) are not among it: of those the right ones are given, as in the notebook. A name
    has the value that it was given above the answer; only where there is none is it looked for below.
    """
    place = next((i for i in reversed(range(len(found))) if name in found[i].binds
                  and isinstance(found[i].node, ast.FunctionDef)), None)
    if place is None:
        return []
    own, above, below = found[place], found[:place], found[place + 1:]
    chosen, wanted, seen = {id(own): own}, set(own.needs), {name}
    while wanted - seen:
        look = (wanted - seen).pop()
        seen.add(look)
        if look in others or hasattr(builtins, look) and not any(look in s.binds for s in found):
            continue
        for statement in [s for s in above if look in s.binds] or [s for s in below if look in s.binds]:
            chosen[id(statement)] = statement
            wanted |= statement.needs
    before = [s for s in found if id(s) in chosen and s is not own]
    return [*before, own]


def run(steps: list[Statement], sources: dict[str, str], names: dict) -> None:
    """Carry out the statements in the namespace `names`; whatever they raise is raised.

    Their source is put where Python looks for it, so that a finding can show the student's own line.
    """
    for step in steps:
        file = f"ipykernel/{step.cell}.py"          # a cell, to the eyes of `exercises.lines`
        linecache.cache[file] = (len(sources[step.cell]), None, sources[step.cell].splitlines(True), file)
        exec(compile(ast.Module([step.node], []), file, "exec"), names)


def _binds(node: ast.stmt) -> set[str]:
    """The names that a statement gives a value: by def, class, import, assignment, also inside an if or a loop."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {node.name}
    found = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, (ast.Store, ast.Del)):
            found.add(inner.id)
        elif isinstance(inner, (ast.FunctionDef, ast.ClassDef)):
            found.add(inner.name)
        elif isinstance(inner, ast.alias):
            found.add((inner.asname or inner.name).split(".")[0])
        elif isinstance(inner, ast.Attribute) and isinstance(inner.ctx, ast.Store):
            found |= {base.id for base in ast.walk(inner) if isinstance(base, ast.Name)}    # x.y = … changes x
    return found


def _names(node: ast.stmt) -> set[str]:
    """The names that a statement looks up in the notebook: not a function's own arguments and variables."""
    def looked_up(table: symtable.SymbolTable) -> set[str]:
        outermost = table.get_type() == "module"
        own = {symbol.get_name() for symbol in table.get_symbols()
               if symbol.is_referenced() and (outermost or symbol.is_global())}
        return own.union(*map(looked_up, table.get_children()))

    return looked_up(symtable.symtable(ast.unparse(node), "a statement", "exec"))


def holder(name: str, sources: dict[str, str]) -> str:
    """The last cell in which the function `name` is defined, be it Python or not; "" for none."""
    return next((cell for cell in reversed(sources) if cells.defines(sources[cell], name)), "")
