"""The line in a notebook: one output of the running cell, put there once and replaced in place."""

from __future__ import annotations

import sys

from .line import Line

_lines: dict[str, Line] = {}  # the cell that runs now, by its message's id: one entry at most


def line_of_this_cell() -> Line | None:
    """The line that the bars of the running cell share; None where there is no notebook."""
    if "IPython" not in sys.modules:
        return None
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        return None
    cell = shell.get_parent().get("header", {}).get("msg_id", "")
    if cell not in _lines:
        _lines.clear()
        _lines[cell] = Line(Place())
        events = shell.events
        if _end_of_cell not in events.callbacks["post_run_cell"]:
            events.register("post_run_cell", _end_of_cell)
    return _lines[cell]


def _end_of_cell(*_: object) -> None:
    for line in _lines.values():
        line.finish()
    _lines.clear()


class Place:
    """One output of a cell, put there by the first call and replaced by every other."""

    def __init__(self):
        self._handle = None

    def __call__(self, html_: str, text: str) -> None:
        from IPython.display import display

        bundle = {"text/html": html_, "text/plain": text}
        if self._handle is None:
            self._handle = display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)
