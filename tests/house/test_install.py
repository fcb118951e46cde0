"""environment.yml's pip section, and the wheel alone, in an empty environment without conda: all arrives, and imports."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
CALLED = {"pillow": "PIL", "scikit-learn": "sklearn", "umap-learn": "umap", "ipython": "IPython"}
PROVES = """
import importlib, json, sslcourse, sslcourse.commands.lab, sslcourse.commands.doctor
rooms = [room for room in sslcourse.ROOMS if importlib.util.find_spec(f"sslcourse.{room}")]
for name in MODULES:
    importlib.import_module(name)
for room in rooms:
    getattr(sslcourse, room)
labels = sslcourse.data.shapes(n=8).labels
print(json.dumps([sslcourse.__file__, len(labels)]))
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    """The files that a clone would have, so that nothing is written beside the real ones."""
    course = tmp_path_factory.mktemp("clone") / "course"
    for name in ("sslcourse", "datasets"):
        shutil.copytree(ROOT / name, course / name, ignore=shutil.ignore_patterns("__pycache__", "cache"))
    for name in ("pyproject.toml", "requirements.lock", "environment.yml", "LICENSE", "LICENSE-course.md"):
        shutil.copy(ROOT / name, course / name)
    return course


@pytest.fixture(scope="module")
def python(course, tmp_path_factory):
    """The Python of an empty environment, into which the pip section was installed as conda does it: in the folder."""
    folder = tmp_path_factory.mktemp("env")
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    (course / "section.txt").write_text("\n".join(section(course)), encoding="utf-8")
    try:
        venv.create(folder, with_pip=True)
        said(python, "-m", "pip", "install", "--quiet", "--no-compile", "--requirement", "section.txt", cwd=course)
        yield python
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # gigabytes, which pytest would keep for three runs


def section(course: Path) -> list[str]:
    dependencies = yaml.safe_load((course / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    return next(entry["pip"] for entry in dependencies if isinstance(entry, dict))


def said(*command: object, cwd: Path, status: int = 0) -> str:
    """What a command prints, after it has ended with that exit status."""
    done = subprocess.run(list(map(str, command)), cwd=cwd, capture_output=True, text=True)
    assert done.returncode == status, done.stderr[-3000:]
    return done.stdout + done.stderr


@pytest.mark.install
def test_the_pip_section_installs_and_imports(course, python, tmp_path):
    code = f"MODULES = {modules_of(section(course))!r}\n{PROVES}"
    where, rows = json.loads(said(python, "-c", code, cwd=tmp_path).splitlines()[-1])
    assert Path(where).is_relative_to(course) and rows == 8


@pytest.mark.install
def test_the_wheel_works_in_another_folder_and_says_where_the_labs_are(course, python, tmp_path):
    """In the same environment, in place of the checkout: the package is all there, the labs travel with the course."""
    said(python, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", tmp_path, course, cwd=tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    said(python, "-m", "pip", "install", "--quiet", "--no-deps", "--force-reinstall", wheel, cwd=tmp_path)
    away = tmp_path / "another folder"
    away.mkdir()
    where, rows = json.loads(said(python, "-c", f"MODULES = []\n{PROVES}", cwd=away).splitlines()[-1])
    assert not Path(where).is_relative_to(course) and rows == 8
    assert "sslcourse" in said(python, "-m", "sslcourse", "--version", cwd=away)
    for verb in (["data"], ["data", "mnist"], ["lab", "10"], ["weights"]):
        told = said(python, "-m", "sslcourse", *verb, cwd=away, status=2)
        assert re.search("folder of the course|folder that the course was cloned to", told) and "Traceback" not in told, told
    told = json.loads(said(python, "-m", "sslcourse", "doctor", "--json", cwd=away, status=1))
    assert [finding["name"] for finding in told["findings"] if finding["state"] == "bad"] == ["course"], told


def modules_of(section: list[str]) -> list[str]:
    """The module that each requirement is imported by."""
    wanted = [Requirement(line).name for line in section if not line.startswith("-")]
    return [CALLED.get(name, name.replace("-", "_")) for name in wanted]
