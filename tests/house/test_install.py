"""environment.yml's pip section, installed into an empty environment without conda: everything arrives, and imports."""

from __future__ import annotations

import json
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


@pytest.mark.install
def test_the_pip_section_installs_and_imports(tmp_path):
    course = tmp_path / "course"  # the files that a clone would have, so that nothing is written beside the real ones
    for name in ("sslcourse", "datasets"):
        shutil.copytree(ROOT / name, course / name, ignore=shutil.ignore_patterns("__pycache__", "cache"))
    for name in ("pyproject.toml", "requirements.lock", "environment.yml", "LICENSE", "LICENSE-course.md"):
        shutil.copy(ROOT / name, course / name)
    dependencies = yaml.safe_load((course / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    section = next(entry["pip"] for entry in dependencies if isinstance(entry, dict))
    (course / "section.txt").write_text("\n".join(section), encoding="utf-8")  # as conda hands it to pip: in the folder

    python = tmp_path / "env" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    try:
        venv.create(tmp_path / "env", with_pip=True)
        install = [python, "-m", "pip", "install", "--quiet", "--no-compile", "--requirement", "section.txt"]
        done = subprocess.run(install, cwd=course, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-3000:]
        code = f"MODULES = {modules_of(section)!r}\n{PROVES}"
        done = subprocess.run([python, "-c", code], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-3000:]
        where, rows = json.loads(done.stdout.splitlines()[-1])
        assert Path(where).is_relative_to(course) and rows == 8
    finally:
        shutil.rmtree(tmp_path / "env", ignore_errors=True)  # gigabytes, which pytest would keep for three runs


def modules_of(section: list[str]) -> list[str]:
    """The module that each requirement is imported by."""
    wanted = [Requirement(line).name for line in section if not line.startswith("-")]
    return [CALLED.get(name, name.replace("-", "_")) for name in wanted]
