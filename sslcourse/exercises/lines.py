"""A line of the student's own code: where an error came from, or where a function was when it was stopped."""

from __future__ import annotations

import linecache
import re
import sys
import sysconfig
import threading
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from . import compare


@dataclass
class Line:
    """A line of the student's own code, and the shapes and numbers that stood in it at that moment."""

    number: int
    text: str
    where: str
    values: str


def students_line(error: BaseException) -> Line | None:
    """The innermost line of the student's own code that `error` went through, or None if there is none."""
    return _innermost([*traceback.walk_tb(error.__traceback__)][::-1])


def line_of(thread: threading.Thread) -> Line | None:
    """The innermost line of the student's own code that `thread` is in."""
    frame = sys._current_frames().get(thread.ident)
    return None if frame is None else _innermost([*traceback.walk_stack(frame)])


def _innermost(frames: list[tuple[FrameType, int]]) -> Line | None:
    for frame, number in frames:
        if _is_theirs(frame):
            text = linecache.getline(frame.f_code.co_filename, number).strip()
            return Line(number, text, place(frame.f_code.co_filename), _values(frame, text))
    return None


def place(filename: str) -> str:
    """What to call the file that a student's code is in: the file name of a notebook's cell says nothing to anyone."""
    return "your cell" if "ipykernel" in filename or filename.startswith("<") else Path(filename).name


def _is_theirs(frame: FrameType) -> bool:
    filename = frame.f_code.co_filename
    if filename.startswith("<"):            # typed at a prompt, or made up by a library
        return filename.startswith(("<stdin", "<ipython-input", "<python-input", "<console", "<string"))
    path = Path(filename)
    ours = (Path(__file__).resolve().parent.parent, sysconfig.get_path("stdlib"))
    installed = {"site-packages", "dist-packages"} & set(path.parts)
    return not installed and not any(path.is_relative_to(folder) for folder in ours)


def _values(frame: FrameType, text: str) -> str:
    """``X (40, 6), k = 3``: the arrays and numbers among the names on the line."""
    names = dict.fromkeys(re.findall(r"[^\W\d]\w*", text))
    return compare.describe({name: frame.f_locals[name] for name in names if name in frame.f_locals})
