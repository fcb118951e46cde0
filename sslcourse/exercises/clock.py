"""How much a thread has worked: a student's function is stopped by its work, and not by what else the computer does."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

BUSY = 40                   # a function that hardly gets its turn is given up after so many times its limit, by the clock


@dataclass
class Watch:
    """Looks at the thread every so often, and says when its time is up.

    Work is the thread's own CPU time (on systems that do not tell, the process's). Where next to none of it is used for a
    while the thread is waiting, for a sleep or for a lock. On a busy computer a thread that wants to work gets its turn
    now and then: a fifth of the limit with less than a hundredth of it worked was spent waiting.
    """

    thread: threading.Thread
    limit: float                            # seconds of work
    worked: float = 0.0
    waited: float = 0.0
    _begun: float = field(default_factory=time.monotonic)
    _last: float = field(default_factory=time.monotonic)
    _clock: int | None = None
    _own: float | None = None

    def up(self) -> str:
        """``""``, or why the thread is to be stopped: "time" (it has worked, or waited, too long) or "busy"."""
        if self._own is None:
            self._clock, self._own = _clock_of(self.thread), 0.0
            self._own = self._now() if self._clock is None else 0.0
        now, own = time.monotonic(), self._now()
        passed, done = now - self._last, min(own - self._own, now - self._last)
        if passed >= self.limit / 5 or self.worked + done >= self.limit:
            self._last, self._own = now, own
            self.worked += done
            self.waited += passed if done < passed / 100 else 0.0
        if self.worked >= self.limit or self.waited >= 3 * self.limit:
            return "time"
        return "busy" if now - self._begun >= BUSY * self.limit else ""

    def _now(self) -> float:
        try:
            return time.process_time() if self._clock is None else time.clock_gettime(self._clock)
        except OSError:                     # the thread has just ended
            return self._own


def _clock_of(thread: threading.Thread) -> int | None:
    try:
        return time.pthread_getcpuclockid(thread.ident)
    except (AttributeError, OSError):       # Windows and macOS have no such clock
        return None
