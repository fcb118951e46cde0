"""A process that may do little harm: limits that it sets upon itself, and walls that Linux puts around it.

    walls        what this system can put between a submission and everything else (seen by trying)
    command      a command inside those walls, without a right to take them down
    limit_this_process   memory, processes, seconds, size of files: called in the process before it runs foreign code

What a system cannot do, it is not asked for: on macOS and Windows a grader's watch (see `watched`) has to do alone, and the
network stays open.
"""

from __future__ import annotations

import ctypes
import functools
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

FILE_SIZE = 100_000_000     # bytes: the largest file that a submission may write

# util-linux's name for a wall: what it stands for. A user that is not root needs a user namespace of its own first.
WALLS = {"--net": "no network", "--pid": "no other processes in sight", "--mount": "a disk that cannot be written to"}
_FORK = ("--fork", "--kill-child", "--mount-proc")


@functools.cache
def walls() -> tuple[str, ...]:
    """The options of `unshare` that work here; none on a system without it, or where it is forbidden."""
    program = shutil.which("unshare")
    if program is None or not sys.platform.startswith("linux"):
        return ()
    own = () if os.geteuid() == 0 else ("--user", "--map-root-user")
    everything = (*own, "--net", "--pid", *_FORK, "--mount")
    for options in (everything, (*own, "--net", "--mount"), (*own, "--net"), ("--pid", *_FORK)):
        tried = subprocess.run([program, *options, "true"], capture_output=True, stdin=subprocess.DEVNULL)
        if tried.returncode == 0:
            return options
    return ()


def described() -> str:
    """The walls in words: ``no network, no other processes in sight``; "" where there is none."""
    return ", ".join(what for option, what in WALLS.items() if option in walls())


def command(words: list[str], scratch: Path) -> list[str]:
    """`words`, to be run inside the walls; `scratch` is the one folder that may be written to.

    Between the walls and the command stands this file as a program: it makes the disk read-only and gives up all rights.
    """
    if not walls():
        return words
    disk = "read-only" if "--mount" in walls() else "as it is"
    words = [sys.executable, "-I", str(Path(__file__).resolve()), disk, str(scratch), *words]
    return ["unshare", *walls(), *words]


def limit_this_process(*, memory: int, processes: int, seconds: float) -> None:
    """Limits that a process cannot lift again.

    memory      bytes beyond what it holds already: an allocation beyond them fails, and raises MemoryError or RuntimeError
    processes   how many more the user may start (root is above this limit: there the watch has to see to it)
    seconds     of work; the process is killed by the system a moment after the watch should have done it
    """
    try:
        import resource
    except ImportError:                     # Windows
        return
    held, used = _held(), resource.getrusage(resource.RUSAGE_SELF)
    wanted = {"RLIMIT_DATA": held + memory if held else None, "RLIMIT_NPROC": _of_this_user() + processes,
              "RLIMIT_CPU": int(used.ru_utime + used.ru_stime + seconds) + 10, "RLIMIT_FSIZE": FILE_SIZE, "RLIMIT_CORE": 0}
    for name, value in wanted.items():
        kind = getattr(resource, name, None)
        if kind is not None and value is not None:
            hard = resource.getrlimit(kind)[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(kind, (value, hard))
            if name == "RLIMIT_NPROC" and not _a_thread_starts():   # others of this user are out of our sight: no limit
                value = hard
            resource.setrlimit(kind, (value, value))


def _a_thread_starts() -> bool:
    try:
        thread = threading.Thread(target=int)
        thread.start()
    except RuntimeError:
        return False
    thread.join()
    return True


def _held() -> int:
    """Bytes of private memory that this process has asked for, as Linux counts it for RLIMIT_DATA; 0 elsewhere."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmData")), 0)


def _of_this_user() -> int:
    """How many processes and threads this user has by now: the limit counts them all."""
    import psutil

    user, count = os.getuid(), 0
    for process in psutil.process_iter(["uids", "num_threads"]):
        if process.info["uids"] and process.info["uids"].real == user:
            count += process.info["num_threads"] or 1
    return count


class _MountAttributes(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "user_namespace")]


def _read_only(scratch: bytes) -> None:
    """Make every disk read-only for this process and its children, but for `scratch`: mount_setattr(2), Linux 5.12.

    It is done in a mount namespace of our own, so nobody else sees a change. An older Linux keeps its disks as they are.
    """
    system = ctypes.CDLL(None, use_errno=True)
    set_attributes, here, recursive, read_only, bind = 442, -100, 0x8000, 1, 0x1000

    def change(path: bytes, how: int, attributes: _MountAttributes) -> int:
        return system.syscall(set_attributes, here, path, how, ctypes.byref(attributes), ctypes.sizeof(attributes))

    if system.mount(scratch, scratch, None, bind, None) == 0:
        if change(b"/", recursive, _MountAttributes(set=read_only)) == 0:
            change(scratch, 0, _MountAttributes(clear=read_only))


def _give_up_rights() -> None:
    """What is run from here on has no right of root's, such as to make a disk writable again: prctl(2), PR_CAPBSET_DROP."""
    system, drop, no_new_privileges = ctypes.CDLL(None), 24, 38
    for right in range(64):
        system.prctl(drop, right, 0, 0, 0)
    system.prctl(no_new_privileges, 1, 0, 0, 0)


if __name__ == "__main__":
    _, disk, folder, *words = sys.argv
    if disk == "read-only":
        _read_only(os.fsencode(folder))
    _give_up_rights()
    os.chdir(folder)
    os.execvp(words[0], words)
