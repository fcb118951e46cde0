"""Which exercises were tried and which passed: one small file in the student's own folder, sent nowhere.

A file that cannot be read or written costs the student the record, never the lesson.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path

from filelock import FileLock, Timeout

from .. import runtime

PATIENCE = 10.0             # seconds to wait for another notebook that writes


def path() -> Path:
    """progress.json in the student's own folder (runtime.home)."""
    return runtime.home() / "progress.json"


def read() -> dict[str, dict]:
    """``{"01_pca_tsne_umap/pca": {"passed": True, "attempts": 2}, …}``; empty without a file that makes sense."""
    try:
        entries = json.loads(path().read_text(encoding="utf-8"))["exercises"]
        return {name: entry for name, entry in entries.items() if _makes_sense(entry)}
    except (OSError, RuntimeError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def state(lab: str, name: str) -> str:
    """*not attempted*, *not yet* or *passed*: the best this student has reached."""
    entry = read().get(f"{lab}/{name}")
    return "not attempted" if entry is None else "passed" if entry["passed"] else "not yet"


def keep(lab: str, name: str, *, passed: bool) -> bool:
    """Count one attempt, and remember for good that it passed if it did. False where that could not be written down.

    Two notebooks may do so at once: what one has written between the other's reading and writing would be lost, so that
    only one of them is at it at any time.
    """
    try:
        path().parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path().with_name("progress.lock"), timeout=PATIENCE):
            entries = read()
            entry = entries.setdefault(f"{lab}/{name}", {"passed": False, "attempts": 0})
            entry["attempts"] += 1
            entry["passed"] = entry["passed"] or passed
            return _write({"version": 1, "exercises": entries})
    except (OSError, RuntimeError, NotImplementedError, Timeout):       # a folder that cannot be written, or knows no locks
        return False


def reset() -> Path | None:
    """Start afresh. The old record is put aside, and its new path returned (None if there was none)."""
    with contextlib.suppress(FileNotFoundError):
        return path().replace(path().with_name("progress.old.json"))
    return None


def _write(content: dict) -> bool:
    """Into a file beside it, and then in its place: a reader sees the old record or the new one, never half of one."""
    temporary = None
    try:
        target = path()
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists() and not os.access(target, os.W_OK):
            return False                    # made read-only on purpose, although its folder would let us replace it
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix="progress-", suffix=".tmp")
        with open(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=1, sort_keys=True)
        _put_aside_if_broken(target)
        os.replace(temporary, target)
        return True
    except (OSError, RuntimeError):
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        return False


def _put_aside_if_broken(target: Path) -> None:
    try:
        json.loads(target.read_text(encoding="utf-8"))
    except FileNotFoundError:
        pass
    except (ValueError, RecursionError):    # ValueError: neither JSON nor even text
        target.replace(target.with_name("progress.broken.json"))


def _makes_sense(entry: object) -> bool:
    return (isinstance(entry, dict) and isinstance(entry.get("passed"), bool)
            and isinstance(entry.get("attempts"), int) and entry["attempts"] >= 0)
