"""Finds exercises by name across the lab files, which are imported only as far as they are needed."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
import re
from collections.abc import Iterator

from .engine import Exercise


def every() -> Iterator[Exercise]:
    """All exercises, in the order of the course."""
    package = importlib.import_module(__package__)
    for name in sorted(module.name for module in pkgutil.iter_modules(package.__path__)):
        if re.fullmatch(r"lab\d\d", name):
            yield from importlib.import_module(f"{__package__}.{name}").EXERCISES


def find(name: str) -> Exercise:
    """The exercise called `name`; AttributeError names the nearest ones if there is none."""
    for exercise in every():
        if exercise.name == name:
            return exercise
    names = [exercise.name for exercise in every()]
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5) or [n for n in names if name.lower() in n.lower()]
    hint = f"did you mean {' or '.join(near)}?" if near else "exercises.list() shows them all"
    raise AttributeError(f"there is no exercise {name!r} ({hint})")
