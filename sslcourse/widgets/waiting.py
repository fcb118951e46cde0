"""The browser's side of a panel that the kernel draws: while an answer is missing the figure is pale, and a line says why."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path


def waiting(controls: Sequence):
    """A widget that stands under the figure of `controls` (ipywidgets) and compares them with what was answered.

    Set `answered` with `positions(controls)` and `shows` with a state in words, each time the kernel has dealt with a move.
    The comparison is made in the browser, so it works while the kernel runs another cell.
    """
    return _widget_class()(controls=list(controls), answered=positions(controls))


def positions(controls: Sequence) -> list[str]:
    """Where each control is: the place of its position in the list, or the line that was typed."""
    return [str(getattr(control, "index", None) if hasattr(control, "index") else control.value) for control in controls]


@functools.cache
def _widget_class() -> type:
    """Made when it is first needed: importing this room must not load the widget libraries."""
    import anywidget
    import ipywidgets
    import traitlets

    class Waiting(anywidget.AnyWidget):
        _esm = Path(__file__).with_name("waiting.js")
        controls = traitlets.List().tag(sync=True, **ipywidgets.widget_serialization)
        answered = traitlets.List().tag(sync=True)
        shows = traitlets.Unicode().tag(sync=True)

    return Waiting
