"""Interrupt (■): what it stops, what it says, and what may no longer be recorded after it.

A training that was stopped leaves a usable network, and stops its cell (and the cells that wait behind it) with one sentence
in place of a traceback. Until a training of the same name has come to its end, `results` keeps no number: those of a cut run
would stand in the tables as if they were measured.
"""

from __future__ import annotations

from .history import History

_stopped: dict[str, str] = {}  # {the training's name: the sentence}


class Interrupted(KeyboardInterrupt):
    """Raised by `train` where Interrupt ended it early; `history` holds the steps that were taken."""

    def __init__(self, sentence: str, history: History):
        super().__init__(sentence)
        self.history = history

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: the sentence alone, as nothing here is a mistake."""
        return [str(self)]


def stop(history: History, steps: int | None, desc: str) -> Interrupted:
    """Note that the training `desc` was stopped; the exception that says so."""
    history.interrupted = True
    whole = "" if steps is None else f" of {steps:,}"
    _stopped[desc] = f"{desc}: stopped after {history.steps:,}{whole} steps"
    return Interrupted(
        f"{_stopped[desc]}. The network can be used as it is. For the whole training run the cell again; "
        "until then no number of this notebook is recorded.", history,
    )


def whole(desc: str) -> None:
    """Note that the training `desc` came to its end."""
    _stopped.pop(desc, None)


def stopped() -> list[str]:
    """A sentence for each training that was stopped and not run again: "jigsaw: stopped after 268 of 320 steps"."""
    return list(_stopped.values())


def forget() -> None:
    """Forget every stop, as a fresh kernel has."""
    _stopped.clear()
