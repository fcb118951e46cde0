"""Importing the course costs next to nothing: heavy libraries load when something uses them, not before.

Counted in modules, so that the answer is the same on every machine; tests/benchmarks/bench_import.py has the seconds.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys

import pytest

from sslcourse import ROOMS

HEAVY = {
    "sklearn", "umap", "numba", "scipy", "pandas", "matplotlib", "torchvision", "PIL", "ipywidgets", "IPython",
    "jupyterlab",
}
HERE = [room for room in ROOMS if importlib.util.find_spec(f"sslcourse.{room}") is not None]


def loaded_by(*names: str) -> set[str]:
    """The top-level packages in memory once a fresh Python has imported `names`, beyond those that torch brings."""
    code = "import sys, json, importlib, torch\nbefore = set(sys.modules)\n"
    code += f"for name in {names!r}: importlib.import_module(name)\n"
    code += "print(json.dumps(sorted({name.split('.')[0] for name in set(sys.modules) - before})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_importing_the_package_imports_no_room():
    code = "import sys, sslcourse; print(any(name.startswith('sslcourse.') or name == 'torch' for name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_all_rooms_together_import_nothing_heavy():
    assert loaded_by("sslcourse", *(f"sslcourse.{room}" for room in HERE)) & HEAVY == set()


def test_the_command_line_imports_nothing_heavy():
    verbs = ("sslcourse.__main__", "sslcourse.commands.lab", "sslcourse.commands.doctor", "sslcourse.commands.data")
    assert loaded_by(*verbs) & HEAVY == set()


def test_a_heavy_import_would_be_seen():
    assert "sklearn" in loaded_by("sslcourse", "sklearn")


@pytest.mark.parametrize("name", HERE)
def test_a_room_is_there_when_it_is_asked_for(name):
    import sslcourse

    assert getattr(sslcourse, name).__name__ == f"sslcourse.{name}"
