"""Threads beside other programs: how they wait, and how many of them there are.

A training step has hundreds of short parts, and after each the threads wait for the last one. While a browser or a video
call takes one of two processors, two threads share the other: each part lasts as long as the thread that comes late, and
the one that waits keeps its processor busy by asking again and again. Two threads are then slower than one. So a thread
that waits sleeps (`quiet`), and there are only as many as processors are free (`settle`).

Whoever sets OMP_NUM_THREADS decides; nothing here changes that.
"""

from __future__ import annotations

import dataclasses
import math
import os
import sys
import time
from collections.abc import Mapping

QUIET = {
    "OMP_WAIT_POLICY": "PASSIVE",  # OpenMP of every make; PyTorch, scikit-learn and numba use it
    "KMP_BLOCKTIME": "0",          # Intel's and LLVM's OpenMP (macOS, Windows), which else wait 200 ms before they sleep
}
PERIOD = 2.0  # seconds from one look at the other programs to the next
SAMPLE = 0.1  # seconds that a look takes where there was none before


def quiet(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What a process must find in its environment when it imports torch, less what `environment` already decides.

    >>> quiet({"KMP_BLOCKTIME": "200"})
    {'OMP_WAIT_POLICY': 'PASSIVE'}
    """
    return {name: value for name, value in QUIET.items() if name not in environment}


@dataclasses.dataclass(frozen=True)
class Reading:
    """Seconds of processor time since the machine and the process started: `busy` by all programs, `own` by this one.

    What runs at a low priority (nice) gives way, so it does not count as busy, unless this process is one of those.
    """

    clock: float
    busy: float
    own: float

    @classmethod
    def now(cls) -> Reading:
        """The counters as they stand."""
        import psutil

        process = psutil.Process()
        own, all_ = process.cpu_times(), psutil.cpu_times()
        kinds = ["user", "system", "irq", "softirq", "steal"]
        kinds += ["nice"] if os.name == "posix" and process.nice() > 0 else []
        busy = sum(getattr(all_, kind, 0.0) for kind in kinds)
        return cls(time.monotonic(), busy, own.user + own.system)


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def others(before: Reading, after: Reading) -> float:
    """How many processors other programs took between two readings.

    >>> others(Reading(clock=0.0, busy=100.0, own=40.0), Reading(clock=2.0, busy=103.0, own=41.0))
    1.0
    """
    seconds = max(after.clock - before.clock, 1e-9)
    taken = (after.busy - before.busy) - (after.own - before.own)
    share = processors() / (os.cpu_count() or 1)  # of all that the machine has, what this process may use
    return max(0.0, taken / seconds * share)


def look(seconds: float = SAMPLE) -> float:
    """How many processors other programs take now; it takes `seconds` to find out."""
    before = Reading.now()
    time.sleep(seconds)
    return others(before, Reading.now())


def free(taken: float, of: int) -> int:
    """How many threads pay on `of` processors, of which other programs take `taken`: one for each that is mostly free.

    >>> [free(taken, of=2) for taken in (0.0, 0.4, 0.6, 3.0)], free(1.1, of=8)
    ([2, 2, 1, 1], 7)
    """
    return max(1, min(of, math.floor(of - taken + 0.5)))


class _Watch:
    """The last look: when it was, and what the counters said."""

    last: Reading | None = None


def settle() -> None:
    """Give torch, scikit-learn and NumPy as many threads as processors are free. It looks at most every two seconds.

    Training calls it before each step, `extract_features` before each batch, a notebook before each cell. The number of
    threads belongs to the thread that calls, so this must be called from the one that computes.
    """
    if "OMP_NUM_THREADS" in os.environ:
        return
    last = _Watch.last
    if last is not None and time.monotonic() - last.clock < PERIOD:
        return
    if last is None or time.monotonic() - last.clock > 5 * PERIOD:  # too long ago to say what goes on now
        last = Reading.now()
        time.sleep(SAMPLE)
    _Watch.last = Reading.now()
    set_number(free(others(last, _Watch.last), processors()))


def set_number(number: int) -> None:
    """So many threads for torch, and for every other library in memory that has threads of its own."""
    import threadpoolctl
    import torch

    threadpoolctl.threadpool_limits(number)
    if number != torch.get_num_threads():
        torch.set_num_threads(number)


def follow_cells() -> None:
    """In a notebook, settle before each cell: a lab may compute much without training anything."""
    if "IPython" not in sys.modules:
        return
    from IPython import get_ipython

    shell = get_ipython()
    if hasattr(shell, "kernel") and _before_a_cell not in shell.events.callbacks["pre_run_cell"]:
        shell.events.register("pre_run_cell", _before_a_cell)


def _before_a_cell(*_: object) -> None:
    settle()
