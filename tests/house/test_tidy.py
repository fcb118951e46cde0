"""What the repository does not hold: a registry's address, a path of one machine, a large file, a long module."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
IGNORED = [line.rstrip("/") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").split()]

# Hosts of package registries and their mirrors, each written so that this file does not hold it.
HOSTS = [".".join(words) for words in (
    ("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"), ("yarnpkg", "com"),
    ("npmmirror", "com"), ("unpkg", "com"), ("jsdelivr", "net"), ("anaconda", "org"), ("anaconda", "com"),
    ("download", "pytorch", "org"), ("deb", "debian", "org"), ("archive", "ubuntu", "com"),
)]
HOST = re.compile("|".join(re.escape(host) for host in HOSTS), re.I)
# A path below a folder that holds one person's or one machine's things; "\\" as JSON and Python write it, too.
MACHINE_PATH = re.compile(r"""(?<![\w.~/-])/(?:home|root|Users|work|opt|mnt|srv)/\w|\b[A-Z]:\\+Users\\""")


def files() -> Iterator[Path]:
    """Every file of the checkout that git does not ignore."""
    for folder, folders, names in os.walk(ROOT):
        inside = Path(folder).relative_to(ROOT)
        folders[:] = [name for name in folders if name != ".git" and not ignored(inside / name)]
        yield from (ROOT / inside / name for name in names if name != ".git" and not ignored(inside / name))


def ignored(path: Path) -> bool:
    return any(fnmatch.fnmatch(path.as_posix() if "/" in pattern else path.name, pattern) for pattern in IGNORED)


def lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        return []  # an image


def offenders(pattern: re.Pattern) -> list[str]:
    return [f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}" for path in files() if path.suffix != ".lock"
            for number, line in enumerate(lines(path), start=1) if pattern.search(line)]


def test_the_walk_sees_the_repository_and_not_what_git_ignores():
    seen = {path.relative_to(ROOT).as_posix() for path in files()}
    assert {"Makefile", ".ci/run", "sslcourse/__init__.py", "tests/house/test_tidy.py", "datasets/catalogue.toml"} <= seen
    assert not [path for path in seen if path.startswith((".venv/", ".git/", "datasets/cache/"))]
    assert not [path for path in seen if "__pycache__" in path]


def test_no_registry_is_addressed():
    assert offenders(HOST) == []


def test_no_path_of_a_machine():
    assert offenders(MACHINE_PATH) == []


@pytest.mark.parametrize("line", [
    "'{0}home{0}ada{0}course'", "cd {0}root{0}x", "({0}Users{0}ada)", "C:{1}Users{1}ada", "C:{1}{1}Users{1}{1}ada",
])
def test_a_machine_path_would_be_seen(line):
    assert MACHINE_PATH.search(line.format("/", "\\"))


@pytest.mark.parametrize("line", [
    "labs/home/x", "https://example.org/home/x", "~/work/x", "/usr/share/dict", "and/or/home/x",
])
def test_other_paths_are_left_alone(line):
    assert not MACHINE_PATH.search(line)


def test_no_large_file():
    def limit(path: Path) -> int:
        return 3_000_000 if path.parent == ROOT / "labs" / "weights" else 2_000_000  # as sslcourse.recipes.weights has it

    assert [str(path.relative_to(ROOT)) for path in files() if path.stat().st_size > limit(path)] == []


def test_no_file_of_the_package_is_too_long_to_hold_in_mind():
    long = {path.name: len(lines(path)) for path in (ROOT / "sslcourse").rglob("*.py") if len(lines(path)) > 200}
    assert long == {}
