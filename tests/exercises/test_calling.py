"""One guarded call: stopped when its time is up, its printing kept in bounds, what it changed in place found out."""

import _thread
import builtins
import contextlib
import os
import signal
import sys
import threading
import time
import traceback

import numpy as np
import pytest
import torch

from sslcourse.exercises import calling, clock
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


@pytest.mark.slow
def test_time_is_work_and_not_the_clock(monkeypatch):
    """While other threads take the turns a right answer works on, and only its own work counts."""
    monkeypatch.setattr(clock, "BUSY", 1000)  # however many others there are
    going = threading.Event()

    def noise():
        while not going.is_set():
            sum(range(1000))

    others = [threading.Thread(target=noise, daemon=True) for _ in range(3)]
    for other in others:
        other.start()

    def works():
        end = time.thread_time() + 0.25
        while time.thread_time() < end:
            pass
        return "done"

    began, used = time.monotonic(), time.process_time()
    outcome = calling.call(works, limit=2)
    going.set()
    if outcome.stopped and time.process_time() - used < 0.3 * (time.monotonic() - began):
        pytest.skip("other programs took most of the turns: this cannot be told from waiting")
    assert outcome.value == "done" and outcome.stopped == "" and time.monotonic() - began > 0.5


def test_a_computer_that_is_too_busy_is_told_apart_from_a_function_that_hangs(monkeypatch):
    monkeypatch.setattr(clock, "BUSY", 1)
    monkeypatch.setattr(clock.Watch, "_now", lambda self: time.monotonic() / 10)        # it gets one tenth of its turns
    shown = text(lambda X, n: [time.sleep(0.01) for _ in range(10_000)], single())
    assert "This computer is so busy with other things" in shown and "still running" not in shown


def test_the_clock_without_a_threads_own_is_the_process_s(monkeypatch):
    monkeypatch.setattr(clock, "_clock_of", lambda thread: None)
    assert calling.call(loop, limit=0.2).stopped == "time" and calling.call(time.sleep, (0.3,), limit=0.2).stopped == ""


def test_on_python_3_11_nothing_is_profiled_while_a_thread_is_left_behind(monkeypatch):
    gate, left = threading.Lock(), []
    gate.acquire()
    worker = threading.Thread(target=gate.acquire, daemon=True)
    worker.start()
    monkeypatch.setattr(calling, "_abandoned", [worker])

    def watched():
        pass

    for version, used in (((3, 11), False), ((3, 12), True)):
        monkeypatch.setattr(calling.sys, "version_info", version)
        left.append(calling.call(lambda: watched(), watch=watched).used is used)
    gate.release()
    worker.join(5)
    monkeypatch.setattr(calling.sys, "version_info", (3, 11))
    assert all(left) and calling.call(lambda: watched(), watch=watched).used


@pytest.mark.parametrize("change, now", [
    (lambda: torch.set_default_dtype(torch.float64), torch.get_default_dtype), (lambda: os.chdir("/"), os.getcwd),
    (lambda: setattr(torch.nn.functional, "normalize", None), lambda: torch.nn.functional.normalize),
    (lambda: setattr(torch.Tensor, "sum", None), lambda: torch.Tensor.sum),
    (lambda: setattr(torch, "exp", None), lambda: torch.exp),
    (lambda: setattr(torch.Tensor, "of_mine", 1), lambda: hasattr(torch.Tensor, "of_mine")),
    (lambda: setattr(builtins, "sum", None), lambda: sum), (lambda: torch.set_num_threads(3), torch.get_num_threads),
    (lambda: torch.set_grad_enabled(False), torch.is_grad_enabled),
])
def test_what_an_answer_leaves_behind_is_put_back(change, now):
    before = now()
    calling.call(change)
    assert now() == before


def test_an_answer_that_replaces_a_function_of_pytorch_is_told_which():
    def patches(X, n):
        torch.nn.functional.normalize = lambda x: x
        return X * n

    assert "puts something of its own in the place of `torch.nn.functional.normalize`" in text(patches, single())
    assert single().judge(lambda X, n: torch.func.vmap(lambda x: x * n)(X)).state == "passed"


@pytest.mark.parametrize("answer, words", [
    (lambda X, n: (X * n).to("meta"), "it is on the device `meta`"),
    (lambda X, n: (X * n).to_sparse(), "sparse: `.to_dense()`"),
    (lambda X, n: (X > 0) & X * n > 1, "RuntimeError"), (lambda X, n: 1 - (X > 0), "logical_not"),
    (lambda X, n: X and n, "Between tensors it is `&`, `|` and `~`"),
])
def test_what_pytorch_says_is_shown_and_nothing_is_called_our_fault(answer, words):
    shown = text(answer, single())
    assert words in shown and "our fault" not in shown and "still to be written" not in shown


def test_an_error_after_the_answer_shows_the_answers_last_line():
    class Table:
        rows = (1, 2)

    def answer(X, n):
        found = X * n
        return found

    names = {}                              # a file of ours, and not of the student's
    exec(compile("def measure(f, X, n): return len(f(X, n).rows)", "/x/site-packages/measure.py", "exec"), names)
    shown = text(answer, single(measure=names["measure"], reference=lambda X, n: Table()))
    assert "of test_calling.py: return found AttributeError" in shown


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
