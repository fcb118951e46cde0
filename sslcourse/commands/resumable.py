"""What every command that measures for long says when it ends early: nothing is lost, or what was asked wrongly."""

from __future__ import annotations

import functools
import signal
import sys
from collections.abc import Callable, Sequence

Main = Callable[[Sequence[str] | None], int]


def resumable(main: Main) -> Main:
    """`main`, which ends with 130 after an interrupt and with 2, and the error's own words, after a wrong request."""
    @functools.wraps(main)
    def run(argv: Sequence[str] | None = None) -> int:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # a polite kill keeps what was measured, as Ctrl-C does
        try:
            return main(argv)
        except KeyboardInterrupt:
            print("Stopped. What was measured is kept; the same command goes on from there.", file=sys.stderr)
            return 130
        except (ValueError, RuntimeError, OSError) as error:
            print(error, file=sys.stderr)
            return 2

    return run
