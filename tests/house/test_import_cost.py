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
# One fresh Python, step by step: what each step brings into memory, beyond what is there already. torch comes by itself.
STEPS = {
    "the package": ["sslcourse"],
    "torch": ["torch"],
    "the rooms": [f"sslcourse.{room}" for room in HERE],
    "the verbs": ["sslcourse.__main__", *(f"sslcourse.commands.{verb}" for verb in ("lab", "lecture", "update", "doctor",
                                                                                    "data"))],
    "a heavy library": ["sklearn"],
}
CODE = """
import importlib, json, sys
loaded = {}
for step, names in json.loads(sys.argv[1]).items():
    before = set(sys.modules)
    for name in names:
        importlib.import_module(name)
    loaded[step] = sorted(set(sys.modules) - before)
print(json.dumps(loaded))
"""


@pytest.fixture(scope="module")
def loaded() -> dict[str, set[str]]:
    """{step: the modules that it loads}, each by its whole name."""
    done = subprocess.run([sys.executable, "-c", CODE, json.dumps(STEPS)], capture_output=True, text=True, check=True)
    return {step: set(names) for step, names in json.loads(done.stdout).items()}


def libraries(modules: set[str]) -> set[str]:
    return {name.split(".")[0] for name in modules}


@pytest.mark.slow
def test_importing_the_package_imports_no_room(loaded):
    assert "sslcourse" in loaded["the package"]
    assert [name for name in loaded["the package"] if name.startswith("sslcourse.") or name == "torch"] == []


@pytest.mark.slow
@pytest.mark.parametrize("step", ["the rooms", "the verbs"])
def test_nothing_heavy_is_imported_by(loaded, step):
    assert any(name.startswith("sslcourse.") for name in loaded[step]), "nothing was imported at all"
    assert libraries(loaded[step]) & HEAVY == set()


@pytest.mark.slow
def test_a_heavy_import_would_be_seen(loaded):
    assert "sklearn" in libraries(loaded["a heavy library"]) & HEAVY


@pytest.mark.parametrize("name", HERE)
def test_a_room_is_there_when_it_is_asked_for(name):
    import sslcourse

    assert getattr(sslcourse, name).__name__ == f"sslcourse.{name}"
