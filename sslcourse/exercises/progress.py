"""How far a student has come, lab by lab.

``exercises.progress()`` in a notebook, ``python -m sslcourse progress`` in a terminal.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import types

from . import catalogue, messages, panel, record


def overview() -> panel.Card:
    """A table of every lab: how many of its exercises passed, which are still to do, and the minutes they take."""
    rows = []
    for lab, exercises in itertools.groupby(catalogue.every(), key=lambda exercise: exercise.lab):
        exercises = list(exercises)
        open_ = [exercise for exercise in exercises if record.state(lab, exercise.name) != "passed"]
        tried = [f"{e.name} (tried)" if record.state(lab, e.name) == "not yet" else e.name for e in open_]
        rows.append((lab, f"{len(exercises) - len(open_)} of {len(exercises)} passed", ", ".join(tried) or "all done",
                     f"{sum(exercise.minutes for exercise in open_)} min" if open_ else ""))
    return messages.of_table("Your progress", ("lab", "exercises", "still to do", "about"), rows,
                          f"Kept in {record.path()}, on this machine only.")


def main(argv: list[str] | None = None) -> int:
    """``progress [--reset]``: print the table, or start afresh. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m sslcourse progress", description="Your exercises, lab by lab.")
    parser.add_argument("--reset", action="store_true", help="start afresh; the old record is put aside, not deleted")
    if parser.parse_args(argv).reset:
        try:
            old = record.reset()
        except OSError as error:
            print(f"The record could not be put aside: {error}", file=sys.stderr)
            return 1
        print(f"Starting afresh. The old record is now {old}." if old else "There was no record yet.")
        return 0
    panel.write(repr(overview()))
    return 0


class _CalledModule(types.ModuleType):
    """This module can be called too: both `exercises.progress()` and `exercises.progress.main` are wanted."""

    def __call__(self) -> panel.Card:
        return overview()


sys.modules[__name__].__class__ = _CalledModule
