"""One guarded call of a student's function: it may raise, loop, print a flood or exit, and the notebook goes on.

The function runs in a thread of its own, so that it can be stopped on Linux, macOS and Windows alike, from a script or
from a Jupyter kernel: when the time is up an exception is raised inside that thread, again and again if a bare `except`
swallows it. Such an exception arrives between two steps of Python. One call into C that never returns (a sleep of a
year, an enormous matrix product) cannot be stopped: after a while its thread is left behind, and the outcome says so.

Nothing in the same process survives C code that never gives up Python's lock, a crash of the interpreter, `os._exit`.
"""

from __future__ import annotations

import contextlib
import copy
import ctypes
import inspect
import io
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FrameType

from torch import nn

from . import clock, compare, leftovers
from .lines import Line, line_of

PATIENCE = 2.0              # seconds that a function is given to end, once it is being stopped
KEPT = 2_000                # characters of a student's printing that are kept

_abandoned: list[threading.Thread] = []     # those that could not be stopped


class Stop(BaseException):
    """Raised inside a student's function to end it. Not an Exception, so that `except Exception` lets it by."""


@dataclass
class Outcome:
    """What came of one call."""

    value: object = None
    error: BaseException | None = None
    stopped: str = ""                       # "", or why it was stopped: "time", "busy" or "interrupt"
    line: Line | None = None                # where it was when it was stopped
    abandoned: bool = False                 # it could not be stopped, and still runs
    changed: tuple[int, ...] = ()           # positions of the arguments that the function changed in place
    of_a_network: bool = False              # the first of these is a network
    printed: str = ""
    replaced: tuple[str, ...] = ()          # functions of PyTorch or of Python that it put its own in place of
    used: bool = False                      # it called the function that was being watched for
    graded: tuple[int, ...] = ()            # positions of the networks that it left a gradient in
    cut: tuple[int, ...] = ()               # positions of the tensors that it cut out of their graph in place


def call(function: Callable, args: Sequence = (), *, limit: float = 5.0, watch: Callable | None = None) -> Outcome:
    """Call ``function(*args)``, stop it when its time is up, and say whether it called `watch` on its way.

    Its time is `limit` seconds of work, or three times as much of waiting; see `clock`. Never raises, whatever the
    function does. An Interrupt (Ctrl-C, the notebook's ■) ends the call, not the notebook.
    """
    before, printed, box = copy.deepcopy(args), _Kept(), Outcome()
    graded = _graded(args)
    running = threading.Lock()              # held while the function runs (Thread.join would not survive an Interrupt)
    running.acquire()
    watched = _code(watch)
    worker = threading.Thread(target=_run, args=(function, args, watched, box, running), name="exercise", daemon=True)
    stopped, over, abandoned = "", False, False
    with leftovers.put_back() as replaced, contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            worker.start()
            work = clock.Watch(worker, limit)
            while not over and not stopped:
                over = running.acquire(timeout=0.1)     # in slices: on Windows a long wait would not hear Ctrl-C
                stopped = "" if over else work.up()
        except KeyboardInterrupt:
            stopped = "interrupt"
        if stopped:
            line = line_of(worker)
            abandoned = not _end(worker, running)
            _abandoned.extend([worker] * abandoned)
    if stopped:                             # the thread may still be writing into `box`
        return Outcome(stopped=stopped, line=line, abandoned=abandoned, printed=printed.getvalue())
    box.changed = tuple(i for i, (old, new) in enumerate(zip(before, args)) if not compare.unchanged(old, new))
    box.of_a_network = any(isinstance(args[i], nn.Module) for i in box.changed[:1])
    box.graded = tuple(sorted(_graded(args) - graded))
    box.printed, box.replaced = printed.getvalue(), tuple(replaced)
    return box


def _graded(args: Sequence) -> set[int]:
    """The positions of the networks whose parameters have a gradient."""
    return {i for i, arg in enumerate(args)
            if isinstance(arg, nn.Module) and any(p.grad is not None for p in arg.parameters())}


def _code(watch: Callable | None) -> object:
    """What to watch for: the function inside all its decorators, which many functions share.

    Python 3.11 hangs where one thread is profiled while an exception is on its way into another that was left behind.
    """
    _abandoned[:] = [worker for worker in _abandoned if worker.is_alive()]
    if watch is None or (_abandoned and sys.version_info < (3, 12)):
        return None
    return getattr(inspect.unwrap(watch), "__code__", None)


def _run(function: Callable, args: Sequence, watched: object, box: Outcome, running: threading.Lock) -> None:
    def profiler(frame: FrameType, event: str, _) -> None:
        if event == "call" and frame.f_code is watched:
            box.used = True

    try:
        try:
            if watched is not None:
                sys.setprofile(profiler)
            box.value = function(*args)
        except BaseException as error:      # SystemExit and KeyboardInterrupt too: they are the student's, and end here
            box.error = error
        finally:
            sys.setprofile(None)
    except Stop:
        pass                                # it came a moment late, while the outcome was being written down
    finally:
        running.release()


def _end(worker: threading.Thread, running: threading.Lock) -> bool:
    """Raise Stop in `worker` until it ends. False if it does not: it is inside one call that does not come back."""
    end, interval, over = time.monotonic() + PATIENCE, sys.getswitchinterval(), False
    sys.setswitchinterval(1e-6)             # the two threads take turns quickly, so that in the end a Stop arrives
    try:                                    # between one `try` and the next, where nothing swallows it
        while not over and time.monotonic() < end:
            if _is_inside(worker):
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(worker.ident), ctypes.py_object(Stop))
            over = running.acquire(timeout=1e-5)
    finally:
        sys.setswitchinterval(interval)
    return over


def _is_inside(worker: threading.Thread) -> bool:
    """`worker` is in the student's function, and not on its way in or out, where a Stop would hit ourselves."""
    frame = sys._current_frames().get(worker.ident)
    if frame is None or frame.f_code is _run.__code__:
        return False
    while frame is not None and frame.f_code is not _run.__code__:
        frame = frame.f_back
    return frame is not None


class _Kept(io.TextIOBase):
    """Takes any amount of printing, and keeps the first of it."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.text, self.cut = "", False

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        room = KEPT - len(self.text)
        self.text += text[:room] if room > 0 else ""
        self.cut = self.cut or len(text) > room
        return len(text)

    def getvalue(self) -> str:
        return self.text + ("\n… and more" if self.cut else "")
