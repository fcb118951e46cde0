"""Write requirements.lock anew: the newest versions that agree with pyproject.toml, and all that they need in turn.

    python -m tests.tools.lock > requirements.lock          (or: make lock)

pip resolves the package with both extras, as if nothing were installed, and installs nothing; what it chose becomes the
lock. Names and versions only: no address and no checksum of a registry. A line that only some platforms need says so
(every requirement's marker is asked on each of them), so that the same file serves Linux, macOS and Windows.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
EXTRAS = ("test", "slides", "site")
COURSE = [("sslcourse", extra) for extra in ("", *EXTRAS)]

HEADER = """\
# Exact versions that the tests passed with: what pyproject.toml asks for, extras included, and all that it needs.
# Used as a constraint (pip install --constraint requirements.lock --editable .), so that one file serves a student,
# who gets the lines that the course needs, and a contributor, who gets them all. Made on Linux by `make lock`; a
# package that only macOS or Windows asks for (appnope, colorama, pywinpty) is left to pip.
"""

PLATFORMS = {  # what a marker may ask about, on each
    "linux": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    "darwin": {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    "win32": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
}


def resolve() -> list[dict]:
    """What pip would install into an empty environment: each distribution's metadata, the course's own included.

    pip resolves for the Python that runs it. What the oldest Python of pyproject.toml could not install is held below that
    version, and pip is asked again.
    """
    held: list[str] = []
    while True:
        found = _resolved(held)
        new = [f"{each['name']}<{each['version']}" for each in found if not installable(each.get("requires_python", ""))]
        if not new:
            return found
        held += new


def installable(requires_python: str) -> bool:
    """Does `requires_python`, a package's Requires-Python, allow the oldest Python that the course supports?"""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return SpecifierSet(requires_python).contains(f"{project['requires-python'].removeprefix('>=')}.0")


def _resolved(held: list[str]) -> list[dict]:
    target = f"{ROOT}[{','.join(EXTRAS)}]"
    with tempfile.TemporaryDirectory() as folder:
        constraint = Path(folder) / "held.txt"
        constraint.write_text("\n".join(held), encoding="utf-8")
        command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet", "--report", "-"]
        command += ["--constraint", str(constraint), target]
        report = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    return [item["metadata"] for item in report["install"]]


def needed_on(platform: str, distributions: Iterable[dict], roots: Iterable[tuple[str, str]] = COURSE) -> set[str]:
    """The canonical names of all that `roots` (pairs of name and extra) need, directly or not, on `platform`."""
    known = {canonicalize_name(metadata["name"]): metadata for metadata in distributions}
    environment = {**default_environment(), **PLATFORMS[platform]}
    reached: set[tuple[str, str]] = set()
    waiting = list(roots)
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in reached or name not in known:
            continue
        reached.add((name, extra))
        for line in known[name].get("requires_dist", []):
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({**environment, "extra": extra}):
                waiting += [(canonicalize_name(requirement.name), wanted) for wanted in ("", *requirement.extras)]
    return {name for name, _ in reached}


def lock(distributions: list[dict]) -> str:
    """The text of requirements.lock for these distributions."""
    needed = {platform: needed_on(platform, distributions) for platform in PLATFORMS}
    lines = []
    for metadata in distributions:
        name = canonicalize_name(metadata["name"])
        if name == "sslcourse":
            continue
        where = {platform for platform in PLATFORMS if name in needed[platform]}
        lines.append(f"{name}=={metadata['version']}{_marker(where)}")
    return HEADER + "\n" + "\n".join(sorted(lines)) + "\n"


def _marker(where: set[str]) -> str:
    absent = set(PLATFORMS) - where
    if not absent:
        return ""
    if len(absent) == 1:
        return f' ; sys_platform != "{absent.pop()}"'
    return " ; " + " or ".join(f'sys_platform == "{platform}"' for platform in sorted(where))


if __name__ == "__main__":
    sys.stdout.write(lock(resolve()))
