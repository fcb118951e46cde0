"""How far one piece of work is: what tqdm's bar is to its caller."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .line import Line


class Bar:
    """Iterate over it, or ``update`` it by hand inside ``with``.

    total     how many units there are, None where nobody knows
    n         how many of them are done
    seconds   how long the work may take, where its length is a time and not a number
    told      whether the line still tells of it when the cell is over
    """

    def __init__(
        self, line: Line, iterable: Iterable | None, total: int | None, desc: str, unit: str, seconds: float | None = None,
        told: bool = True,
    ):
        if total is None and hasattr(iterable, "__len__"):
            total = len(iterable)
        self.iterable, self.total, self.desc, self.unit, self.seconds = iterable, total, desc, unit, seconds
        self.n, self.unit_scale, self.postfix, self.told = 0, False, "", told
        self.start, self._first, self._line = time.perf_counter(), 0, line
        line.open(self)

    def __iter__(self) -> Iterator:
        with self:
            for item in self.iterable:
                yield item
                self.update()

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def update(self, n: int = 1) -> None:
        """`n` more units are done."""
        if self.n == 0 and n > 1:
            self._first = n  # a run that goes on: these took no time today
        self.n += n
        self._line.refresh()

    def set_postfix(self, refresh: bool = True, **numbers: object) -> None:
        """What stands at the end of the line, such as the loss."""
        self.postfix = ", ".join(f"{name} {value}" for name, value in numbers.items())
        if refresh:
            self._line.refresh()

    def close(self) -> None:
        """The work is over, or given up."""
        self._line.close(self)

    @property
    def share(self) -> float | None:
        """How much of the work is done, in [0, 1]."""
        if self.seconds:
            return min(1.0, (time.perf_counter() - self.start) / self.seconds)
        return min(1.0, self.n / self.total) if self.total else None

    def left(self) -> float | None:
        """The seconds that are left at the speed so far."""
        spent, done = time.perf_counter() - self.start, self.n - self._first
        if self.seconds:
            return max(0.0, self.seconds - spent)
        return spent / done * max(0, self.total - self.n) if self.total and done > 0 else None

    def count(self) -> str:
        """``268 of 320 steps``, or ``41 of 163 MB``."""
        if self.unit == "B" and self.unit_scale:
            whole = f" of {self.total / 1e6:.0f}" if self.total else ""
            return f"{self.n / 1e6:.0f}{whole} MB"
        whole = f" of {self.total:,}" if self.total and self.total != self.n else ""
        return f"{self.n:,}{whole} {plural(self.unit, self.total or self.n)}"

    def place(self) -> str:
        """``draws 3 of 17``: which of its units is under way."""
        return f"{self.desc} {min(self.n + 1, self.total)} of {self.total}".lstrip() if self.total else self.desc

    def over(self) -> bool:
        """Whether all of it was done."""
        return self.n >= self.total if self.total else True


def plural(unit: str, n: float) -> str:
    """``1 step``, ``2 steps``, ``2 batches``."""
    ending = "es" if unit.endswith(("ch", "s", "x")) else "s"
    return unit if n == 1 or unit in ("it", "B") else unit + ending


def duration(seconds: float) -> str:
    """``34 s``, ``2 min 5 s``, ``1 h 10 min``.

    >>> duration(125)
    '2 min 5 s'
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"
