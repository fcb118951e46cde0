"""Two or more programs by turns, compared as ratios: what else the machine does meanwhile slows all of them.

    took = alternate({"sslcourse": ours, "peer": theirs}, rounds=5)
    header("a title")
    reached = row("peer", took, target=3.0)
"""

from __future__ import annotations

import contextlib
import gc
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

OURS = "sslcourse"
T = TypeVar("T")


def alternate(
    runs: dict[str, Callable[[], object]], rounds: int = 5, *, warm: int = 1,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, list[float]]:
    """Seconds by `clock` of each of `runs` in each of `rounds`, after `warm` calls of each that do not count.

    Every second round goes the other way round, so that none always comes after the same one.
    """
    for run in runs.values():
        for _ in range(warm):
            run()
    took: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(rounds):
        for name in list(runs)[::-1 if turn % 2 else 1]:
            start = clock()
            runs[name]()
            took[name].append(clock() - start)
    return took


def ratios(took: dict[str, list[float]], peer: str) -> tuple[float, float, float]:
    """How many times as long the peer took as we did, round by round: median, lowest, highest."""
    each = [theirs / ours for theirs, ours in zip(took[peer], took[OURS])]
    return statistics.median(each), min(each), max(each)


def header(title: str) -> None:
    """The line above `row`s."""
    print(f"{title:<62}{'ours':>9}{'theirs':>9}{'ratio':>7}{'min':>6}{'max':>6}{'target':>8}")


def row(peer: str, took: dict[str, list[float]], target: float | None = None, *, note: str = "") -> bool:
    """Print one comparison by its medians; whether the ratio reaches `target` (without one, it is for information)."""
    middle, low, high = ratios(took, peer)
    ours, theirs = (statistics.median(took[name]) for name in (OURS, peer))
    wanted = "" if target is None else f"{target:>8.1f}"
    print(f"    {peer + note:<58}{ours:>8.2f}s{theirs:>8.2f}s{middle:>7.1f}{low:>6.1f}{high:>6.1f}{wanted}", flush=True)
    return target is None or middle >= target


@contextlib.contextmanager
def one_core() -> Iterator[None]:
    """One thread for torch, and for the BLAS of NumPy, SciPy and scikit-learn.

    With ``clock=time.process_time`` it compares the work itself: on a machine that others use as well, threads of one
    program wait for each other, and whoever has more of them looks slow.
    """
    import torch
    from threadpoolctl import threadpool_limits

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(threads)


def peak_memory(call: Callable[[], T]) -> tuple[int, T]:
    """The most bytes that this process held during `call` beyond those it held before, and what the call returned.

    Looked at every millisecond.
    """
    import psutil

    gc.collect()
    process = psutil.Process()
    before = peak = process.memory_info().rss
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.001):
            peak = max(peak, process.memory_info().rss)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        result = call()
    finally:
        done.set()
        watcher.join()
    return max(peak, process.memory_info().rss) - before, result
