"""An entry: one file with a function ``learn``."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from .. import expect

#: the course's own entries, by name
ENTRIES = {file.stem: file for file in sorted((Path(__file__).parent / "entries").glob("[!_]*.py"))}


@dataclass(frozen=True)
class Entry:
    """What races: `name` is its file's, `about` the first line of the file's text, `learn` its function."""

    name: str
    about: str
    learn: Callable[[Tensor, float, int], Callable[[Tensor], Tensor]]


def load(source: str | Path) -> Entry:
    """The entry in a Python file, or one of ENTRIES by its name; the file is run, as any program is.

    Raises FileNotFoundError for a file that is not there, ValueError for one without a function ``learn``.
    """
    file = ENTRIES.get(str(source)) or Path(source).expanduser()
    if not file.is_file():
        raise FileNotFoundError(f"{source}: no such file, and no entry of the course, which are {', '.join(ENTRIES)}")
    spec = importlib.util.spec_from_file_location(f"sslcourse_race_{file.stem}", file)
    expect.that(spec is not None, "entry", file.name, "a Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    learn = getattr(module, "learn", None)
    expect.that(callable(learn), "entry", file.name, "a file with a function learn(images, seconds, seed)")
    return Entry(file.stem, (module.__doc__ or file.stem).strip().splitlines()[0], learn)
