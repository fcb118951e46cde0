"""One guarded call: stopped when its time is up, its printing kept in bounds, what it changed in place found out."""

import _thread
import contextlib
import signal
import sys
import threading
import time
import traceback

import numpy as np
import pytest
import torch

from sslcourse.exercises import calling
from tests.exercises.small_exercise import cases, exercise, single, text


def loop():
    while True:
        pass


def test_what_cannot_be_stopped_is_left_behind_and_said(monkeypatch):
    """A call into C that does not come back: the check ends all the same, and says that the call goes on."""
    monkeypatch.setattr(calling, "PATIENCE", 0.2)
    let_go = threading.Lock()
    let_go.acquire()
    started = time.monotonic()

    def waits(X, n):
        let_go.acquire()

    shown = text(waits)
    assert time.monotonic() - started < 5
    assert "one long call that cannot be stopped from here" in shown and "restart the kernel" in shown
    let_go.release()


def test_a_function_that_only_waits_has_three_times_as_long():
    """On a busy machine a right answer may wait for its turn; and what only waits must end as well."""
    assert calling.call(time.sleep, (0.5,), limit=0.3).stopped == ""
    began = time.monotonic()
    assert calling.call(lambda: [time.sleep(0.01) for _ in range(10_000)], limit=0.2).stopped == "time"
    assert time.monotonic() - began >= 0.6


def test_a_stopped_function_is_really_over():
    inside = []

    def around():
        inside.append(threading.current_thread())
        while True:
            inside.append(None)

    outcome = calling.call(around, limit=0.1)
    inside[0].join(5)
    assert outcome.stopped == "time" and not outcome.abandoned and not inside[0].is_alive()


@pytest.mark.parametrize("through_python, inside", [(True, True), (False, False)])
def test_a_stop_is_aimed_at_the_students_code_and_never_at_our_own(through_python, inside):
    """Raised on the way in or out, it would keep the engine from writing down that the call is over."""
    gate, running = threading.Lock(), threading.Lock()
    gate.acquire(), running.acquire()
    function = (lambda: gate.acquire()) if through_python else gate.acquire
    worker = threading.Thread(target=calling._run, args=(function, (), None, calling.Outcome(), running))
    assert not calling._is_inside(worker)
    worker.start()
    while not any(f.f_code is calling._run.__code__ for f in stack(worker)) or (through_python and len(stack(worker)) < 5):
        time.sleep(0.001)
    assert calling._is_inside(worker) is inside
    gate.release()
    worker.join(5)
    assert not calling._is_inside(worker) and running.acquire(timeout=5)


def stack(thread):
    frame = sys._current_frames().get(thread.ident)
    return [] if frame is None else [frame for frame, _ in traceback.walk_stack(frame)]


@pytest.fixture
def interruptible():
    """As a notebook is: a process that was started in the background may have Interrupt switched off."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_ends_the_call_and_not_the_notebook(interruptible):
    begun, inside = threading.Event(), []

    def around():
        inside.append(threading.current_thread())
        begun.set()
        while True:
            pass

    def press():
        begun.wait(10)
        _thread.interrupt_main()

    threading.Thread(target=press).start()
    outcome = calling.call(around, limit=10)
    inside[0].join(5)
    assert outcome.stopped == "interrupt" and not inside[0].is_alive()
    begun.clear()
    threading.Thread(target=press).start()
    assert "You interrupted the check, so nothing was judged." in text(lambda X, n: around(), single(limit=10))


def test_a_call_from_another_thread_is_stopped_as_well():
    """Not only in the main thread: a Jupyter kernel may run a cell in any."""
    outcomes = []
    caller = threading.Thread(target=lambda: outcomes.append(calling.call(loop, limit=0.1)))
    caller.start()
    caller.join(20)
    assert outcomes[0].stopped == "time" and not outcomes[0].abandoned


def test_a_flood_of_printing_is_cut_and_a_right_answer_still_passes(capsys):
    def chatty(X, n):
        for i in range(20_000):
            print("line", i)
        print("to stderr", file=sys.stderr)
        return X * n, X.sum()

    assert exercise(limit=5).judge(chatty).state == "passed"
    outcome = calling.call(chatty, cases()["one row"])
    assert outcome.printed.startswith("line 0\nline 1\n") and len(outcome.printed) < calling.KEPT + 20
    assert outcome.printed.endswith("and more")
    assert capsys.readouterr() == ("", "")
    print("after")
    assert capsys.readouterr().out == "after\n"


def test_what_a_wrong_answer_printed_is_shown():
    def chatty(X, n):
        print("X is", tuple(X.shape))
        return X, X.sum()

    assert "What your code printed X is (3, 2)" in text(chatty)


@pytest.mark.parametrize("argument, change", [
    (torch.ones(2), lambda a: a.add_(1)), (torch.ones(2), lambda a: a.fill_(torch.nan)),
    (np.ones(2), lambda a: a.fill(3)), ([1, 2], lambda a: a.append(3)),
    ({"a": torch.ones(1)}, lambda a: a["a"].zero_()), (torch.nn.Linear(2, 2), lambda a: a.weight.data.zero_()),
    (torch.ones(2, 2), lambda a: a.t_().resize_(4)), (torch.ones(2, dtype=torch.long), lambda a: a.add_(1)),
    (torch.ones(2, dtype=torch.bool), lambda a: a.logical_not_()),
])
def test_a_change_in_place_is_seen(argument, change):
    assert calling.call(lambda first, second: change(second), (0, argument)).changed == (1,)


@pytest.mark.parametrize("argument", [
    torch.tensor([torch.nan, torch.inf]), np.array([np.nan]), [1, (2, torch.ones(1))], torch.nn.BatchNorm1d(2), "text",
    None, torch.Generator(), torch.ones(2, dtype=torch.bool), torch.ones(0),
])
def test_what_was_not_changed_is_not_accused(argument):
    with contextlib.suppress(TypeError):            # a generator cannot be copied by every torch
        assert calling.call(lambda first: None, (argument,)).changed == ()
