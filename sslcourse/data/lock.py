"""One process at a time fetches a data set; the others wait for it and find it cached."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from .. import runtime


@contextlib.contextmanager
def exclusive(file: Path, desc: str) -> Iterator[None]:
    """Hold the lock `file` inside the block, waiting for whoever holds it now, with `desc` shown meanwhile.

    The lock is the operating system's (flock, or LockFile on Windows), so it goes with the process that holds it: one
    that was killed leaves nothing to clear up.
    """
    import filelock

    lock = filelock.FileLock(file)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        with runtime.progress(desc=desc):
            lock.acquire(timeout=-1)
    try:
        yield
    finally:
        lock.release()
