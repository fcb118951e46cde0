"""The floors of pyproject.toml as a constraints file: each requirement in the oldest version that it allows, and in no other.

    python -m tests.tools.oldest > oldest.txt          (make test-oldest runs the units with what it asks for)

What the requirements need in turn is left to pip, which takes the newest: so will a student's pip, some day, whose own
packages are as old as the floors.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def floors(project: dict) -> list[str]:
    """["torch==2.11", …] for the "torch>=2.11" of a pyproject's [project], extras included."""
    extras = project.get("optional-dependencies", {})
    return [line.replace(">=", "==") for lines in (project["dependencies"], *extras.values()) for line in lines]


if __name__ == "__main__":
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    sys.stdout.write("\n".join(floors(project)) + "\n")
