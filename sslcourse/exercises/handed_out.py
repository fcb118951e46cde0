"""A notebook that was handed out by an instructor: it has no hints and no solutions.

It is a matter of trust, not a lock: the package that holds the solutions lies on the student's machine.
"""

from __future__ import annotations

_closed = False


def close_hints(closed: bool = True) -> None:
    """From here on, in this kernel, `hint()` and `solution()` say that they are closed, and no panel speaks of them.

    `check` still says what is wrong with an answer.
    """
    global _closed
    _closed = closed


def is_closed() -> bool:
    """Whether `close_hints` was called."""
    return _closed
