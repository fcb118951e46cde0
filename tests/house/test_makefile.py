"""make: every target explains itself, and a path with a space in it breaks none, and costs no neighbour its files."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = ("setup", "lab", "lecture", "update", "test", "check", "test-oldest", "test-pretended", "test-gpu", "test-site",
           "wheels", "slides", "site", "results", "bench", "bench-claims", "lock", "clean")
# The variables that hold a path.
PATHS = ("VENV", "PY", "BASE", "TEST", "WHEELS", "GPU_SITE", "GPU_PYTHON", "OLDEST", "FLOORS", "CURDIR", "@")


def makefile(*words: str, cwd: Path = ROOT) -> subprocess.CompletedProcess:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(["make", *words], cwd=cwd, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("target", TARGETS)
def test_make_knows_the_target_and_explains_it(target):
    assert makefile("--dry-run", target).returncode == 0
    assert f"make {target} " in makefile("help").stdout


def test_a_python_that_is_too_old_is_refused(tmp_path):
    old = tmp_path / "old-python"
    old.write_text("#!/bin/sh\n[ \"$1\" = --version ] && echo Python 3.9.2 && exit 0\nexit 1\n", encoding="utf-8")
    old.chmod(0o755)
    told = makefile(f"PYTHON={old}", f"VENV={tmp_path / 'venv'}", "setup")
    assert told.returncode != 0
    assert "Python 3.9.2" in told.stderr and "3.11" in told.stderr
    assert not (tmp_path / "venv").exists()


def test_no_python_at_all_is_said(tmp_path):
    told = makefile("PYTHONS=no-such-python", f"VENV={tmp_path / 'venv'}", "setup")
    assert told.returncode != 0
    assert "No Python from 3.11" in told.stderr


# --- a folder with a space in its name ---


def unquoted(text: str) -> list[str]:
    """The paths that a recipe, or a variable that begins one, names outside of quotation marks."""
    found = []
    recipes = re.findall(r"^(?:\t|PIP :=)(.*(?:\\\n.*)*)$", text, re.M)
    for recipe in recipes:
        quoted = ""
        for mark, name in re.findall(r"""(["'])|\$\(?(@|\w+)\)?""", recipe.replace('\\"', "")):
            if mark:
                quoted = "" if quoted == mark else quoted or mark
            elif name in PATHS and quoted != '"':
                found.append(f"{name}: {recipe.strip()[:80]}")
    return found


def test_every_path_of_a_recipe_is_in_quotation_marks():
    assert unquoted(TEXT) == []


@pytest.mark.parametrize("recipe", [
    "\trm -rf $(VENV) build", '\t@"$(PY)" -m pip --target $(GPU_SITE) "$(WHEELS)"/*.whl', "\ttouch $@",
    "\t@set -e; \\\n\tif true; then \\\n\t    rm -rf $(GPU_SITE); \\\n\tfi", "\t@echo '$(VENV)'", "PIP := $(PY) -m pip",
])
def test_a_path_without_them_would_be_seen(recipe):
    assert len(unquoted(f"target:\n{recipe}\n")) == 1


PYTHON = """#!/bin/sh
{ for word in "$@"; do printf '<%s>' "$word"; done; printf ' %s\\n' "$PYTHONPATH"; } >> "$LOG"
"""


@pytest.fixture
def course(tmp_path, monkeypatch) -> Path:
    """A checkout in a folder called `my cöurse`, beside one called `my`; its Python writes down how it is called."""
    course = tmp_path / "my cöurse"
    (course / "build" / "wheels").mkdir(parents=True)
    (course / "build" / "wheels" / "stub-1-py3-none-any.whl").touch()
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, course / name)
    (course / "a python").write_text(PYTHON, encoding="utf-8")
    (course / "a python").chmod(0o755)
    for neighbour in (tmp_path / "my", course / "my"):
        neighbour.mkdir()
        (neighbour / "thesis.tex").write_text("ten years", encoding="utf-8")
    monkeypatch.setenv("LOG", str(tmp_path / "log"))
    monkeypatch.delenv("PYTHONPATH", raising=False)
    return course


def neighbours(course: Path) -> list[bool]:
    return [(folder / "my" / "thesis.tex").exists() for folder in (course.parent, course)]


@pytest.mark.parametrize("target", TARGETS)
def test_a_space_in_the_path_breaks_no_target(course, target):
    told = makefile("--dry-run", target, f"PYTHON={course / 'a python'}", cwd=course)
    assert (told.returncode, told.stderr) == (0, "")


@pytest.mark.parametrize(("words", "told"), [
    (("lab",), "lab"), (("lab", "02"), "lab 02"), (("lab", "LAB=02"), "lab 02"), (("lecture", "03", "ARGS=--no-browser"),
                                                                                 "lecture 03 --no-browser"),
])
def test_the_number_after_lab_or_lecture_says_which(course, words, told):
    said = makefile("--dry-run", *words, cwd=course)
    assert (said.returncode, said.stderr) == (0, "")
    assert [line for line in said.stdout.splitlines() if " ".join(line.split()).endswith(f"-m sslcourse {told}")]


@pytest.mark.parametrize("site", ["build/gpu-site", "{course}/build/gpu-site"], ids=["beside it", "absolute"])
def test_test_gpu_leaves_the_neighbours_alone(course, site):
    site = site.format(course=course)
    told = makefile("test-gpu", f"PYTHON={course / 'a python'}", f"GPU_SITE={site}", cwd=course)
    assert told.returncode == 0, told.stderr
    assert neighbours(course) == [True, True]
    sees_cuda, installs, tests = (course.parent / "log").read_text(encoding="utf-8").splitlines()
    assert "torch.cuda.is_available()" in sees_cuda
    assert f"<--target><{site}><build/wheels/stub-1-py3-none-any.whl>" in installs, "one word each, spaces and all"
    assert tests == f"<-m><tests.tools.groups><gpu><--> {course}/{site}:{course}"


def test_clean_leaves_the_neighbours_alone(course):
    (course / ".venv").mkdir()
    told = makefile("clean", f"VENV={course / '.venv'}", cwd=course)
    assert told.returncode == 0, told.stderr
    assert not (course / ".venv").exists() and neighbours(course) == [True, True]


def test_a_neighbour_that_was_lost_would_be_seen(course):
    careless = (course / "Makefile").read_text(encoding="utf-8").replace('rm -rf "$(GPU_SITE)"', "rm -rf $(GPU_SITE)")
    (course / "Makefile").write_text(careless, encoding="utf-8")
    makefile("test-gpu", f"PYTHON={course / 'a python'}", f"GPU_SITE={course}/build/gpu-site", cwd=course)
    assert neighbours(course) == [False, True]
