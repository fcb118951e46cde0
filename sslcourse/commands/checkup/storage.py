"""Where a lab's data are, and what fetches them: folders, data sets, npm; and the browser of the course's own tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from .finding import Finding, gb, judge

DATA_ROOM = 1e9  # bytes: the largest data set, while it is unpacked
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def folders() -> list[Finding]:
    """The folders that are written to: for data, for a student's progress, and Jupyter's own, without which no lab opens."""
    from jupyter_core.paths import jupyter_runtime_dir

    from ... import runtime

    return [
        folder("data folder", runtime.data_folder(), "SSLCOURSE_DATA", DATA_ROOM),
        folder("progress folder", runtime.home(), "SSLCOURSE_HOME", 1e7),
        folder("Jupyter's folder", Path(jupyter_runtime_dir()), "JUPYTER_RUNTIME_DIR", 1e7),
    ]


def folder(name: str, path: Path, variable: str, room: float) -> Finding:
    """Whether `path` (or the nearest place above it that exists) can be written to, and has `room` bytes free."""
    place = next(p for p in (path.absolute(), *path.absolute().parents) if p.exists())
    if not place.is_dir() or not os.access(place, os.W_OK):
        advice = f"Set {variable} to a folder where you may write."
        return Finding(name, f"{path} cannot be written to", "warn", advice)
    free = shutil.disk_usage(place).free
    advice = f"Make {gb(room)} of room there, or set {variable} to a folder on another disk."
    return judge(name, f"{path} ({gb(free)} free)", free < room, "warn", advice)


def data() -> list[Finding]:
    """Each data set: fetched or not, and every file of it still as it was."""
    from ... import runtime
    from ...data import cache, catalogue

    if runtime.course_root() is None:
        return []  # `course` has told it
    found = []
    for name in catalogue.names():
        entry = catalogue.entry(name)
        if not cache.is_cached(entry):
            size = entry.download_bytes / 1e6
            found.append(Finding(f"data: {name}", f"not fetched yet ({size:.0f} MB; a lab that needs it fetches it)"))
            continue
        faults = "; ".join(cache.verify(entry))
        advice = f"python -m sslcourse data {name} --again"
        found.append(judge(f"data: {name}", faults or "fetched, and whole", bool(faults), "bad", advice))
    return found


def npm() -> list[Finding]:
    """npm, which some data sets are fetched with."""
    from ...data.npm import command

    try:
        return [Finding("npm", command()[-1])]
    except RuntimeError as error:
        return [Finding("npm", "not found", "warn", f"Some data sets cannot be fetched: {error}.")]


def chromium(which: Callable[[str], str | None] = shutil.which) -> list[Finding]:
    """A Chromium: nothing that a student needs, but the browser test does."""
    path = next(filter(None, map(which, BROWSERS)), None)
    return [Finding("chromium", path or "not found (only the course's own browser test needs it)")]
