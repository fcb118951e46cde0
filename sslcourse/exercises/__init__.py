"""Exercises: a stub in the notebook, and here the check, the hints and the solution.

    pca = exercises.pca.check(pca)      # shows one panel; yours if it passes, the package's own until then
    exercises.pca.hint()                # one more hint on each call
    exercises.pca.solution()            # the package's own source
    exercises.close_hints()             # in a notebook that an instructor hands out: neither hints nor solutions
    exercises.list()                    # what there is
    exercises.progress()                # how far you have come (kept on this machine, sent nowhere)
    exercises.recall(lab)               # questions to answer from memory, at the end of a lab

Each lab's exercises have a place of their own, lab01 and so on. What an answer is judged by is imported from the floors
beneath, so that the package holds every solution once.
"""

from __future__ import annotations

from . import catalogue as _catalogue
from . import messages as _messages
from . import panel as _panel
from . import progress as progress
from . import record as _record
from .engine import Exercise
from .handed_out import close_hints as close_hints
from .questions import recall as recall


def __getattr__(name: str) -> Exercise:
    if name.startswith("_"):                # what notebooks and editors ask every object for
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return _catalogue.find(name)


def __dir__():
    return sorted(["close_hints", "list", "progress", "recall", *(exercise.name for exercise in _catalogue.every())])


def list() -> _panel.Card:                 # hides Python's own `list` in this file only; a student would guess it
    """A table of all exercises: what each is about, how long, how hard, how important, and how you stand with it."""
    header = ("lab", "exercise", "state", "what it is about", "about", "difficulty", "importance")
    rows = [(e.lab, e.name, _record.state(e.lab, e.name), e.title, f"{e.minutes} min", _panel.dots(e.difficulty),
             _panel.dots(e.importance)) for e in _catalogue.every()]
    return _messages.of_table("Exercises", header, rows,
                               "`exercises.NAME.check(answer)` · `exercises.NAME.hint()` · `exercises.NAME.solution()`")
