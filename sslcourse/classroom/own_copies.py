"""Notebooks to work on: my-labs/ and my-lectures/, copied from labs/ and lectures/, which stay as the course has them.

git ignores both folders, so that `git pull` never meets a change. What a copy was made from is kept beside it, in .course/;
what it was before an update, in .backup/.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import nbformat

from .merging import Merge, merge

COURSE, BACKUP = ".course", ".backup"


def copy_of(original: Path) -> Path:
    """Where the student's copy of ``labs/NN_topic.ipynb`` lies, or would lie: ``my-labs/NN_topic.ipynb``."""
    return original.parent.parent / f"my-{original.parent.name}" / original.name


def opened(original: Path) -> tuple[Path, str]:
    """The notebook to open for `original`, and a sentence to say about it ("" where there is nothing to say).

    The copy is made when it is first asked for. A copy that nobody has written into follows the course by itself. Where no
    copy can be made, it is the original.
    """
    mine = copy_of(original)
    try:
        if not mine.exists():
            _place(original, mine)
            return mine, f"Your own copy: {_short(mine)}"
        if not has_news(original):
            return mine, ""
        if not has_own(original):
            update(original)
            return mine, f"{_short(mine)} has the course's new version."
    except OSError as error:
        return (mine if mine.exists() else original), f"{error}: no copy of your own could be made."
    except (ValueError, KeyError, nbformat.ValidationError, nbformat.reader.NotJSONError) as error:
        return mine, f"{_short(mine)} is no notebook ({error}). Move it away, and this command makes a new one."
    return mine, (f"The course has a new version of {mine.stem}. With the notebook closed, python -m sslcourse update "
                  f"{mine.stem[:2]} brings it and keeps your answers.")


def copies(folder: Path) -> list[Path]:
    """The originals in `folder` of which there is a copy, in order."""
    return [path for path in sorted(folder.glob("[0-9][0-9]_*.ipynb")) if copy_of(path).exists()]


def has_news(original: Path) -> bool:
    """Whether the course's version is another one than the copy was made from."""
    base = _base(original)
    return not base.exists() or base.read_bytes() != original.read_bytes()


def has_own(original: Path) -> bool:
    """Whether somebody has changed a cell of the copy; True where it is not known what it was made from."""
    base = _base(original)
    if not base.exists():
        return True
    return [cell.source for cell in _read(copy_of(original)).cells] != [cell.source for cell in _read(base).cells]


def update(original: Path) -> tuple[Merge, Path]:
    """Bring the copy of `original` to the course's version; what was merged, and the backup of what was there before."""
    mine, base = copy_of(original), _base(original)
    known = frozenset() if base.exists() else former_texts(original)
    done = merge(_read(mine), _read(original), _read(base) if base.exists() else None, known)
    backup = mine.parent / BACKUP / f"{mine.stem}.{time.strftime('%Y-%m-%d-%H%M%S')}.ipynb"
    backup.parent.mkdir(exist_ok=True)
    shutil.copy2(mine, backup)
    part = mine.with_name(f".{mine.name}.part")
    nbformat.write(done.notebook, part)
    os.replace(part, mine)
    _place(original, base)
    return done, backup


def former_texts(original: Path, versions: int = 200) -> frozenset[str]:
    """The texts of all cells that the notebook had in its last `versions` versions, as git knows them; none without git."""
    found: set[str] = set()
    for commit in _git(original, "log", f"-{versions}", "--format=%H", "--", original.name).split():
        try:
            notebook = nbformat.reads(_git(original, "show", f"{commit}:./{original.name}"), as_version=4)
        except Exception:                   # a version without this file, or one that was no notebook: others will do
            continue
        found |= {cell.source.strip() for cell in notebook.cells}
    return frozenset(found)


def _git(original: Path, *words: str) -> str:
    try:
        done = subprocess.run(["git", *words], cwd=original.parent, capture_output=True, encoding="utf-8", timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def _base(original: Path) -> Path:
    return copy_of(original).parent / COURSE / original.name


def _place(original: Path, copy: Path) -> None:
    """A copy of the file, in its place at once or not at all; a student's copy with what it was made from."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    part = copy.with_name(f".{copy.name}.part")
    shutil.copyfile(original, part)
    os.replace(part, copy)
    if copy.parent.name != COURSE:
        _place(original, _base(original))


def _read(path: Path):
    return nbformat.read(path, as_version=4)


def _short(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"
