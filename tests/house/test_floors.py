"""The package imports only downward: from the floors beneath, and from siblings that do not import in turn."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from sslcourse import ROOMS

PACKAGE = Path(__file__).resolve().parents[2] / "sslcourse"
TOP = ("__main__", "commands")  # the command line stands on everything
FLOORS = {**{room: floor for floor, room in enumerate(ROOMS)}, **dict.fromkeys(TOP, len(ROOMS))}


def modules(package: Path) -> dict[str, Path]:
    """{dotted name within the package: file}; the name of a room's __init__.py is the room's."""
    found = {}
    for file in sorted(package.rglob("*.py")):
        parts = file.relative_to(package).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def imports(name: str, file: Path, known: dict[str, Path], *, run: bool = False) -> set[str]:
    """The package's own modules that `file` imports anywhere: at the top, inside a function, by name, or for type hints.

    With `run`, those for type hints alone (under ``if TYPE_CHECKING``) are left out: they are never carried out.
    """
    here = ["sslcourse", *name.split(".")] if name else ["sslcourse"]
    package = here if file.name == "__init__.py" else here[:-1]
    targets = set()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    hints = {inner for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
             for statement in node.body for inner in ast.walk(statement)}
    for node in ast.walk(tree):
        if run and node in hints:
            continue
        if isinstance(node, ast.Import):
            targets |= {tuple(alias.name.split(".")) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[:len(package) - node.level + 1] if node.level else []
            base = [*base, *(node.module.split(".") if node.module else [])]
            targets |= {(*base, alias.name) for alias in node.names}
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            if node.args and isinstance(node.args[0], ast.Constant):
                targets.add(tuple(node.args[0].value.split(".")))
    reached = set()
    for target in targets:
        if target[0] != "sslcourse":
            continue
        dotted = ".".join(target[1:])
        reached.add(dotted if dotted in known else ".".join(target[1:-1]))  # the last word may name a function
    return reached - {name}


def offences(package: Path) -> list[str]:
    """What is wrong with the imports of a package laid out like sslcourse; an empty list when nothing is."""
    known = modules(package)
    graph = {name: imports(name, file, known) for name, file in known.items()}
    found = [f"{name}: {name.split('.')[0]} is no room of the package" for name in known
             if name and name.split(".")[0] not in FLOORS]
    for name, targets in graph.items():
        for target in targets:
            lower, upper = FLOORS.get(target.split(".")[0], -1), FLOORS.get(name.split(".")[0], len(ROOMS))
            if lower > upper:
                found.append(f"{name} imports {target}, which stands above it")
    run = {name: imports(name, file, known, run=True) for name, file in known.items()}
    return found + [" → ".join(cycle) for cycle in cycles(run)]


def cycles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Each circle of imports that a walk through the graph runs into."""
    found, done = [], set()

    def walk(name: str, path: list[str]) -> None:
        if name in path:
            found.append([*path[path.index(name):], name])
        elif name not in done:
            for target in sorted(graph.get(name, ())):
                walk(target, [*path, name])
            done.add(name)

    for name in graph:
        walk(name, [])
    return found


def test_the_package_imports_only_downward():
    assert offences(PACKAGE) == []


@pytest.mark.parametrize(("files", "offence"), [
    ({"data/__init__.py": "from ..training import train"}, "data imports training, which stands above it"),
    ({"data/store.py": "def f():\n    from .. import plots"}, "data.store imports plots, which stands above it"),
    ({"data/store.py": "import sslcourse.plots.maps"}, "data.store imports plots.maps, which stands above it"),
    ({"runtime.py": "import importlib\nimportlib.import_module('sslcourse.data')"}, "runtime imports data, which"),
    ({"plots/maps.py": "from ..commands import lab"}, "plots.maps imports commands, which stands above it"),
    ({"data/store.py": "from . import fetch", "data/fetch.py": "def f():\n    from .store import x"}, "data.fetch → "),
    ({"data/__init__.py": "from .store import x", "data/store.py": "from . import load"}, "data → data.store → data"),
    ({"data/store.py": "if TYPE_CHECKING:\n    from ..plots import Figure"}, "data.store imports plots, which"),
    ({"helpers.py": ""}, "helpers: helpers is no room"),
], ids=["upward", "inside a function", "absolute", "by name", "the top", "circle", "through the room", "for a hint",
        "unknown room"])
def test_an_offender_is_caught(tmp_path, files, offence):
    rooms = {"__init__.py": "", "runtime.py": "", "commands.py": "", "data/__init__.py": "", "plots/__init__.py": "",
             "plots/maps.py": "", "training.py": ""}
    for name, text in {**rooms, **files}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert any(offence in found for found in offences(tmp_path)), offences(tmp_path)


def test_what_is_allowed_is_not_an_offence(tmp_path):
    files = {
        "__init__.py": "", "expect.py": "", "runtime.py": "from . import expect", "data/sets.py": "import torch",
        "data/__init__.py": "from .store import x",
        "data/store.py": "from .. import expect, runtime\nfrom .sets import ImageSet",
        "plots.py": "from .data import load\nfrom .data.sets import ImageSet",
        "commands.py": "def f():\n    from . import plots",
        "data/rows.py": "from . import table",
        "data/table.py": "if TYPE_CHECKING:\n    from .rows import Row",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert offences(tmp_path) == []
