"""A process that is watched from outside: its time, memory and children. When it goes too far, all of them are ended."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from .. import threads
from . import confined

EVERY = 0.05                # seconds between two looks
OWN = 1_000_000_000         # bytes that Python and PyTorch hold before a student's first line
LINES, WIDTH = 1_000, 100_000       # how much a process may say
KEPT = ("PATH", "PYTHONPATH", "SYSTEMROOT", "LANG", "LC_ALL", "VIRTUAL_ENV", "SSLCOURSE_DATA", "SSLCOURSE_DEVICE")


@dataclass(frozen=True)
class Limits:
    """What one submission may use: seconds by the clock for each exercise, bytes of memory, processes at one time."""

    seconds: float = 120.0
    memory: int = 4_000_000_000
    processes: int = 16


@dataclass
class Ending:
    """What a process has said, line by line, and what ended it before it was done ("" if nothing did)."""

    lines: list[dict] = field(default_factory=list)
    cause: str = ""


def run(module: str, task: dict, limits: Limits) -> Ending:
    """``python -m module`` inside the walls that there are; `task` is what it reads, the lines that it writes are kept.

    Each line begins a time of its own. Only lines with the secret that the task holds count.
    """
    ending, secret = Ending(), secrets.token_hex(16)
    with tempfile.TemporaryDirectory(prefix="sslcourse-grade-", ignore_cleanup_errors=True) as scratch:
        process = subprocess.Popen(
            confined.command([sys.executable, "-m", module], Path(scratch)), cwd=scratch, env=_environment(scratch),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
        heard = _Ear(process.stdout, secret, ending.lines)
        with contextlib.suppress(OSError):
            process.stdin.write(json.dumps({**task, "secret": secret}).encode() + b"\n")
            process.stdin.close()
        try:
            ending.cause = _watch(process, heard, limits)
        finally:
            end(process)
            heard.join(5)
    if not ending.cause and not any("done" in line for line in ending.lines):
        ending.cause = _died(process.returncode)
    return ending


def _watch(process: subprocess.Popen, heard: _Ear, limits: Limits) -> str:
    """Look until the process has ended by itself (""), or say what it has taken too much of."""
    while process.poll() is None:
        family = descendants(process.pid)
        if len(family) > limits.processes + 3:          # unshare, the program within, the examiner
            return f"processes: more than {limits.processes}"
        most = OWN + limits.memory
        if sum(map(_memory, family)) > most and sum(map(_own_memory, family)) > most:
            return f"memory: more than {limits.memory / 1e9:g} GB"
        if time.monotonic() - heard.last > limits.seconds:
            return f"time: more than {limits.seconds:g} s"
        if heard.done.wait(EVERY):
            return ""
    return ""


def descendants(pid: int) -> list[psutil.Process]:
    """A process and all that it has started."""
    try:
        first = psutil.Process(pid)
        return [first, *first.children(recursive=True)]
    except psutil.Error:
        return []


def end(process: subprocess.Popen) -> None:
    """Kill the process and its family, until none is left: a fork bomb makes new ones while its old ones are ended."""
    family: list[psutil.Process] = []
    for _ in range(50):
        family = [*filter(_alive, family), *descendants(process.pid)]
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        for member in family:
            with contextlib.suppress(psutil.Error):
                member.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.2)
        if process.poll() is not None and not any(map(_alive, family)):
            return


def _alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _memory(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.Error:
        return 0


def _own_memory(process: psutil.Process) -> int:
    """Without what it shares with the process that it came from. It takes longer to find out than the other."""
    try:
        return process.memory_full_info().uss
    except psutil.Error:
        return 0


def _died(code: int) -> str:
    if code < 0 or code > 128:
        number = -code if code < 0 else code - 128
        name = signal.Signals(number).name if number in iter(signal.Signals) else f"signal {number}"
        return f"crash: {name}"
    return f"crash: it left with {code}"


def _environment(scratch: str) -> dict[str, str]:
    """Little of the instructor's own: no key or password that stands in a variable comes into a stranger's hands."""
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    here = {"HOME": scratch, "TMPDIR": scratch, "TEMP": scratch, "SSLCOURSE_HOME": scratch, "SSLCOURSE_QUIET": "1",
            "OMP_NUM_THREADS": "1", "MPLBACKEND": "agg", "PYTHONDONTWRITEBYTECODE": "1"}
    return {name: os.environ[name] for name in KEPT if name in os.environ} | threads.quiet() | here | {"PYTHONPATH": path}


class _Ear(threading.Thread):
    """Reads what the process says, so much and no more; when it said something last; whether it is done."""

    def __init__(self, stream: Iterable[bytes], secret: str, lines: list[dict]):
        super().__init__(daemon=True)
        self.stream, self.secret, self.lines = stream, secret, lines
        self.last, self.done = time.monotonic(), threading.Event()
        self.start()

    def run(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while line := self.stream.readline(WIDTH):
                self._take(line)

    def _take(self, line: bytes) -> None:
        try:
            said = json.loads(line)
            if said.pop("secret") != self.secret or len(self.lines) >= LINES:
                return
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
            return
        self.lines.append(said)
        self.last = time.monotonic()
        if "done" in said:
            self.done.set()
