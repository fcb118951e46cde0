"""What is installed is said in one voice by pyproject.toml, environment.yml, requirements.lock and the imports."""

from __future__ import annotations

import ast
import contextlib
import json
import re
import stat
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.tools import lock, oldest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
LOCK_LINES = [line for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
              if line and not line.startswith("#")]
LOCKED = {canonicalize_name(r.name): r for r in map(Requirement, LOCK_LINES)}
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
PIP_SECTION = next(entry["pip"] for entry in ENVIRONMENT if isinstance(entry, dict))


def names(lines: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(line).name) for line in lines}


def test_environment_yml_says_what_pyproject_says():
    assert PIP_SECTION[0] == "--constraint requirements.lock"
    assert PIP_SECTION[-1] == "--editable ."
    assert PIP_SECTION[1:-1] == PROJECT["dependencies"]


def test_environment_yml_makes_a_python_that_pyproject_allows():
    python = next(entry for entry in ENVIRONMENT if isinstance(entry, str) and entry.startswith("python"))
    assert re.fullmatch(r"python=3\.\d+", python)
    version = tuple(map(int, python.partition("=")[2].split(".")))
    floor = tuple(map(int, PROJECT["requires-python"].removeprefix(">=").split(".")))
    assert version >= floor
    assert "pip" in ENVIRONMENT


def test_every_dependency_has_a_floor_and_nothing_else():
    """The doctor compares an installed version with `name>=floor`, and can read nothing else."""
    for line in [*PROJECT["dependencies"], *(line for lines in EXTRAS.values() for line in lines)]:
        assert re.fullmatch(r"[a-z][a-z0-9.-]*>=\d+(\.\d+)*", line), line


def test_the_oldest_versions_are_the_floors():
    """Each requirement, extras included, in one version and no other."""
    floors = {r.name: str(r.specifier) for r in map(Requirement, oldest.floors(PROJECT))}
    every = [*PROJECT["dependencies"], *(line for lines in EXTRAS.values() for line in lines)]
    assert floors == {Requirement(line).name: "==" + line.split(">=")[1] for line in every}
    assert floors["torch"] == "==2.11" and "nbconvert" in floors


def test_the_lock_holds_names_and_versions_only():
    for line in LOCK_LINES:
        marker = r' ; sys_platform [!=]= "\w+"( or sys_platform == "\w+")?'
        assert re.fullmatch(rf"[a-z0-9-]+==[0-9a-z.]+({marker})?", line), line
    assert LOCK_LINES == sorted(LOCK_LINES), "make lock sorts them"
    assert len(LOCKED) == len(LOCK_LINES), "a package is locked twice"


@pytest.mark.locked
def test_the_oldest_python_can_install_the_lock():
    """Debian 12 has Python 3.11.2; a package that wants 3.11.5 would stop `make lab` there."""
    refused = {}
    for name in LOCKED:
        with contextlib.suppress(metadata.PackageNotFoundError):
            wanted = metadata.metadata(name).get("Requires-Python") or ""
            if not lock.installable(wanted):
                refused[name] = wanted
    assert refused == {}
    assert lock.installable("") and lock.installable(">=3.9") and not lock.installable(">=3.11.5")


def test_the_lock_satisfies_every_floor():
    for line in [*PROJECT["dependencies"], *(line for lines in EXTRAS.values() for line in lines)]:
        wanted = Requirement(line)
        assert canonicalize_name(wanted.name) in LOCKED, f"{line} is not locked: make lock"
        version = str(LOCKED[canonicalize_name(wanted.name)].specifier).removeprefix("==")
        assert wanted.specifier.contains(version), f"{line}, but {version} is locked: make lock"


def test_the_lock_is_whole():
    """Whatever a package needs in its locked version is locked as well (asked of those that are installed in it)."""
    known = []
    for name, locked in LOCKED.items():
        with contextlib.suppress(metadata.PackageNotFoundError):
            distribution = metadata.distribution(name)
            if locked.specifier.contains(distribution.version):
                known.append({"name": name, "requires_dist": distribution.requires or []})
    project = [*PROJECT["dependencies"], *(f'{line} ; extra == "{x}"' for x, lines in EXTRAS.items() for line in lines)]
    known.append({"name": "sslcourse", "requires_dist": project})
    missing = {canonicalize_name(Requirement(line).name) for entry in known for line in entry["requires_dist"]
               if Requirement(line).marker is None} - set(LOCKED)
    assert missing == set(), "needed by a locked package on every platform, but not locked: make lock"


@pytest.mark.locked
def test_what_is_installed_here_is_what_is_locked():
    here = {name: metadata.version(name) for name in names(PROJECT["dependencies"])}
    assert here == {name: str(LOCKED[name].specifier).removeprefix("==") for name in here}


def test_a_marker_is_written_for_what_only_some_platforms_need():
    def package(name: str, *needs: str) -> dict:
        return {"name": name, "version": "1.0", "requires_dist": list(needs)}

    text = lock.lock([
        package("sslcourse", "torch", 'pytest ; extra == "test"', 'never ; extra == "other"'),
        package("torch", 'triton ; platform_system == "Linux"', "Cuda_Toolkit[cublas] ; sys_platform == 'linux'"),
        package("triton"), package("pytest", 'pexpect ; sys_platform != "win32"'), package("pexpect", "ptyprocess"),
        package("ptyprocess"), package("cuda-toolkit", 'cublas ; extra == "cublas"'), package("cublas"),
    ])
    assert [line for line in text.splitlines() if line and not line.startswith("#")] == [
        'cublas==1.0 ; sys_platform == "linux"',
        'cuda-toolkit==1.0 ; sys_platform == "linux"',
        'pexpect==1.0 ; sys_platform != "win32"',
        'ptyprocess==1.0 ; sys_platform != "win32"',
        "pytest==1.0",
        "torch==1.0",
        'triton==1.0 ; sys_platform == "linux"',
    ]


# --- what is imported is declared ---


def imported_by(source: str) -> set[str]:
    """The top-level names of all modules that a piece of source imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(node.module.split(".")[0])
    return found


def code_cells(notebook: Path) -> str:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


def undeclared(modules: set[str], declared: set[str]) -> set[str]:
    """The imports that are neither Python's own, nor the course's, nor of a package in `declared`."""
    provided = metadata.packages_distributions()
    own = {"sslcourse", "tests", "website"}
    return {module for module in modules - own - set(sys.stdlib_module_names)
            if not {canonicalize_name(name) for name in provided.get(module, [module])} & declared}


@pytest.mark.slow
def test_what_students_run_imports_only_what_a_student_has():
    modules = set()
    for file in (ROOT / "sslcourse").rglob("*.py"):
        if file.parent.name not in ("slides", "giants"):
            modules |= imported_by(file.read_text(encoding="utf-8"))
    for notebook in [*(ROOT / "labs").glob("*.ipynb"), *(ROOT / "lectures").glob("*.ipynb")]:
        modules |= imported_by(code_cells(notebook))
    assert undeclared(modules, names(PROJECT["dependencies"])) == set()


@pytest.mark.parametrize("room", ("slides", "giants"))
def test_a_room_with_an_extra_imports_what_that_has(room):
    modules = set()
    for file in (ROOT / "sslcourse" / room).glob("*.py"):
        modules |= imported_by(file.read_text(encoding="utf-8"))
    assert undeclared(modules, names(PROJECT["dependencies"]) | names(EXTRAS[room])) == set()


@pytest.mark.slow
def test_what_tests_import_is_declared_too():
    modules = set()
    for file in (ROOT / "tests").rglob("*.py"):
        modules |= imported_by(file.read_text(encoding="utf-8"))
    every = names(PROJECT["dependencies"]) | names([line for lines in EXTRAS.values() for line in lines])
    assert undeclared(modules, every) == set()


@pytest.mark.slow
def test_an_undeclared_import_would_be_seen():
    assert undeclared(imported_by("import os\ndef f():\n    from sortedcontainers import SortedDict"), {"torch"}) == {
        "sortedcontainers"}


# --- the entry points ---


def test_ci_runs_make_test():
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & stat.S_IXUSR
    text = script.read_text(encoding="utf-8")
    assert text.startswith("#!/bin/sh\n") and text.rstrip().endswith("exec make test")
    subprocess.run(["sh", "-n", str(script)], check=True)
