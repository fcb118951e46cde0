"""Run a package manager's download command: watched, shown, and ended with all its children when it hangs."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from .download import byte_bar
from .errors import SourceFailed

STALL_SECONDS = 90.0  # without a byte more in the folder; npm and apt give up on a silent server before this
LIMIT_SECONDS = 3600.0  # for the whole command
_POLL_SECONDS = 0.2


def run(command: Sequence[str], folder: Path, *, tool: str, expected: int, desc: str) -> None:
    """Run `command` in `folder` until it ends well, with a bar for the bytes that gather there (`expected` in the end).

    `tool` is what messages call it. SourceFailed when it cannot be started, fails, writes nothing for STALL_SECONDS, or
    takes longer than LIMIT_SECONDS; OSError (no space left on device) when that is what it complains of.
    """
    with tempfile.TemporaryFile() as output, byte_bar(expected, desc) as bar:
        try:
            process = subprocess.Popen(
                command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                env={**os.environ, "LC_ALL": "C"}, start_new_session=True,
            )
        except OSError as error:
            raise SourceFailed(f"{tool} cannot be started ({error.strerror or error})") from None
        try:
            _watch(process, folder, bar, tool)
        finally:
            _end(process)
        if process.returncode:
            output.seek(0)
            said = output.read().decode(errors="replace")
            if "ENOSPC" in said or "No space left on device" in said:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))
            raise SourceFailed(f"{tool} failed: {_complaint(said) or f'exit status {process.returncode}'}")


def _watch(process: subprocess.Popen, folder: Path, bar, tool: str) -> None:
    started = moved = time.monotonic()
    size = 0
    while True:
        try:
            process.wait(_POLL_SECONDS)
            return
        except subprocess.TimeoutExpired:
            pass
        now, grown = time.monotonic(), folder_bytes(folder)
        if grown != size:
            bar.update(max(0, min(grown, bar.total) - bar.n))
            size, moved = grown, now
        if now - moved > STALL_SECONDS:
            raise SourceFailed(f"{tool} received nothing for {STALL_SECONDS:g} s")
        if now - started > LIMIT_SECONDS:
            raise SourceFailed(f"{tool} did not finish within {LIMIT_SECONDS:g} s")


def _end(process: subprocess.Popen) -> None:
    """End the command and whatever it started; nothing to do where it has ended by itself."""
    if process.poll() is not None:
        return
    if os.name == "nt":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True)
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # its own session, so its own group
    process.wait()


def folder_bytes(folder: Path) -> int:
    """The size of all files below `folder`; files that vanish meanwhile count as nothing."""
    total = 0
    for parent, _, files in os.walk(folder):
        for file in files:
            with contextlib.suppress(OSError):
                total += os.stat(os.path.join(parent, file)).st_size
    return total


def _complaint(output: str) -> str:
    """The lines of a tool's output that say what went wrong: npm's errors, apt's E: lines, else the last line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(("npm error", "npm ERR!", "E:"))]
    errors = [line.removeprefix("npm error").removeprefix("npm ERR!").removeprefix("E:").strip() for line in errors]
    errors = [line for line in errors if line and "complete log" not in line and "debug" not in line]
    return "; ".join(errors[:3] or lines[-1:])
