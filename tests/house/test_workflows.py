"""The workflows run what the Makefile has, on the systems and Pythons that the course supports; nothing is typed twice."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.tools import groups

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8"))
JOBS = WORKFLOW["jobs"]
RUNS = [(name, step["run"]) for name, job in JOBS.items() for step in job["steps"] if "run" in step]


def refused(command: str) -> str:
    """Why a step's command is none of the course's own; "" where it is one."""
    words = command.split()
    if words[0] == "make":
        if not re.search(rf"^{re.escape(words[1])}:", MAKEFILE, re.M):
            return f"the Makefile has no target {words[1]}"
        known = set(re.findall(r"\$\((\w+)\)", MAKEFILE))
        return "".join(f"the Makefile has no {name}" for name in re.findall(r"(\w+)=", command) if name not in known)
    if words[:3] == ["python", "-m", "tests.tools.groups"]:
        return "".join(f"no group {name}" for name in words[3:] if name not in groups.GROUPS)
    known = (["python", "-m", "pip", "install", "--constraint", "requirements.lock"], ["python", "-m", "sslcourse"])
    return "" if any(words[:len(each)] == each for each in known) else "neither make nor a verb of the course"


@pytest.mark.parametrize("job, command", RUNS)
def test_a_step_runs_what_everybody_runs(job, command):
    assert refused(command) == ""


@pytest.mark.parametrize("command", [
    "make tset", "make check PYTHONN=python", "python -m tests.tools.groups slow", "pytest tests",
])
def test_another_command_would_be_seen(command):
    assert refused(command)


def test_windows_runs_the_groups_of_make_check():
    check = re.search(r"^check:.*\n\t.*tests\.tools\.groups ([\w ]+) --", MAKEFILE, re.M)[1]
    assert ("windows", f"python -m tests.tools.groups {check}") in RUNS


def test_the_oldest_and_the_newest_python_are_among_them():
    oldest, newest = re.search(r"\(3, (\d+)\) <= sys\.version_info\[:2\] <= \(3, (\d+)\)", MAKEFILE).groups()
    text = yaml.safe_dump(JOBS)
    said = set(re.findall(r"python(?:-version)?: '(3\.\d+)'", text))
    assert {f"3.{oldest}", f"3.{newest}"} <= said
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == f">=3.{oldest}"


def test_three_systems_a_week_and_a_label():
    systems = {job["runs-on"] for job in JOBS.values() if isinstance(job["runs-on"], str)}
    systems |= {each["system"] for each in JOBS["systems"]["strategy"]["matrix"]["include"]}
    assert {"ubuntu-latest", "macos-latest", "windows-latest"} <= systems
    told = WORKFLOW[True]  # YAML 1.1 reads `on` as a truth value
    assert told["schedule"][0]["cron"].split()[4] == "1"
    assert "labeled" in told["pull_request"]["types"]
    assert JOBS["gpu"]["if"] == "github.event.label.name == 'gpu'" and "gpu" in JOBS["gpu"]["runs-on"]
    assert all(job["timeout-minutes"] <= 120 for job in JOBS.values())
