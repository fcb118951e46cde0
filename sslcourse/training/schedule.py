"""How far a run has come, and the learning rate that belongs there."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator

from .. import expect


def warmup_cosine(progress: float, warmup: float = 0.05) -> float:
    """The share of the full learning rate at `progress` in [0, 1] of a run: up in a line, then down along half a cosine.

    Linear warm-up over the first `warmup` of the run (Goyal et al., 2017, section 2.2), then (1 + cos πt) / 2 (Loshchilov &
    Hutter, 2017, equation 5, one cycle).

    >>> [round(warmup_cosine(p, warmup=0.1), 2) for p in (0, 0.05, 0.1, 0.55, 1)]
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """
    expect.number(progress, "progress", at_least=0)
    expect.number(warmup, "warmup", at_least=0, at_most=0.99)
    if progress < warmup:
        return progress / warmup
    return (1 + math.cos(math.pi * min(1.0, (progress - warmup) / (1 - warmup)))) / 2


class Budget:
    """A run's length, in steps or in seconds: how much of it is spent.

    A budget in seconds makes labs end on time on any machine; one in steps can be repeated, bit for bit where the number
    of threads is fixed.
    """

    def __init__(self, steps: int | None, seconds: float | None):
        self.steps, self.seconds = steps, seconds
        self._spent, self._since = 0.0, time.perf_counter()

    def resume(self, seconds_spent: float) -> None:
        """Go on as if `seconds_spent` had been spent so far."""
        self._spent, self._since = seconds_spent, time.perf_counter()

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Time inside the block is not the run's: an evaluation does not shorten the training."""
        spent = self.elapsed()
        yield
        self.resume(spent)

    def elapsed(self) -> float:
        """Seconds spent, those before a resumption included."""
        return self._spent + time.perf_counter() - self._since

    def progress(self, step: int) -> float:
        """The share of the budget spent before `step` is taken: 1 or more when the run is over."""
        return step / self.steps if self.steps is not None else self.elapsed() / self.seconds
