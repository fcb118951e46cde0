"""Threads beside other programs: how they wait, how many there are, and who says so."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import types
from pathlib import Path

import nbformat
import psutil
import pytest
import threadpoolctl
import torch
from IPython.core.events import EventManager, available_events
from nbclient import NotebookClient

from sslcourse import __main__ as command
from sslcourse import threads
from sslcourse.results import run
from sslcourse.threads import Reading


@pytest.fixture(autouse=True)
def as_it_was(monkeypatch):
    """Nothing decided by the environment, nothing remembered; torch's threads are put back."""
    for name in ("OMP_NUM_THREADS", *threads.QUIET):
        monkeypatch.setenv(name, "")  # so that monkeypatch puts back what there was
        monkeypatch.delenv(name)
    monkeypatch.setattr(threads._Watch, "last", None)
    before = torch.get_num_threads()
    yield
    threads.set_number(before)


@pytest.mark.parametrize(("taken", "of", "wanted"), [
    (0.0, 2, 2), (0.49, 2, 2), (0.51, 2, 1), (1.0, 2, 1), (2.0, 2, 1), (9.0, 2, 1), (0.0, 1, 1), (1.0, 1, 1), (2.4, 8, 6),
])
def test_one_thread_for_each_processor_that_is_mostly_free(taken, of, wanted):
    assert threads.free(taken, of) == wanted


def test_what_this_process_takes_is_not_taken_by_others(monkeypatch):
    monkeypatch.setattr(threads, "processors", lambda: os.cpu_count())
    assert threads.others(Reading(0, 0, 0), Reading(4, 8, 6)) == 0.5
    assert threads.others(Reading(0, 0, 0), Reading(4, 5, 6)) == 0, "clocks of two makes: never below zero"


def test_of_a_machine_that_it_may_use_a_part_of_a_process_counts_that_part(monkeypatch):
    monkeypatch.setattr(threads, "processors", lambda: 2)
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    assert threads.others(Reading(0, 0, 0), Reading(1, 4, 0)) == 1.0


@pytest.mark.skipif(os.name != "posix", reason="priorities are counted apart on posix alone")
@pytest.mark.parametrize(("priority", "busy"), [(0, 7.0), (10, 12.0)])
def test_what_gives_way_does_not_count_unless_this_process_does_too(monkeypatch, priority, busy):
    times = types.SimpleNamespace(user=4.0, system=2.0, steal=1.0, nice=5.0, idle=90.0, iowait=30.0)
    process = types.SimpleNamespace(nice=lambda: priority, cpu_times=lambda: types.SimpleNamespace(user=2.0, system=1.0))
    monkeypatch.setattr(psutil, "cpu_times", lambda: times)
    monkeypatch.setattr(psutil, "Process", lambda: process)
    now = Reading.now()
    assert (now.busy, now.own) == (busy, 3.0)


def test_a_program_that_computes_is_seen():
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as program:
        try:
            time.sleep(0.2)
            assert threads.look(1.0) * (os.cpu_count() or 1) / threads.processors() > 0.2
        finally:
            program.kill()


def test_the_own_work_is_not_seen_as_anothers():
    before, end = Reading.now(), time.monotonic() + 0.5
    while time.monotonic() < end:
        pass
    after = Reading.now()
    assert after.own - before.own > 0.02 and after.busy - before.busy >= (after.own - before.own) * 0.8 - 0.05


class Machine:
    """Two processors, a clock that stands still until it is told, and other programs that take `taken` processors."""

    def __init__(self, monkeypatch):
        self.clock, self.busy, self.taken, self.looks = 100.0, 0.0, 0.0, 0
        monkeypatch.setattr(threads, "processors", lambda: 2)
        monkeypatch.setattr(os, "cpu_count", lambda: 2)
        monkeypatch.setattr(threads, "time", types.SimpleNamespace(monotonic=lambda: self.clock, sleep=self.wait))
        monkeypatch.setattr(Reading, "now", classmethod(self.read))

    def read(self, cls) -> Reading:
        self.looks += 1
        return Reading(self.clock, self.busy, 0.0)

    def wait(self, seconds: float) -> None:
        self.clock, self.busy = self.clock + seconds, self.busy + seconds * self.taken


@pytest.fixture
def machine(monkeypatch):
    return Machine(monkeypatch)


def after_settling() -> int:
    threads.settle()
    return torch.get_num_threads()


def test_threads_follow_what_is_free(machine):
    assert after_settling() == 2
    machine.taken = 1.0
    machine.wait(threads.PERIOD + 0.1)
    assert after_settling() == 1
    machine.taken = 0.1
    machine.wait(threads.PERIOD + 0.1)
    assert after_settling() == 2


def test_other_libraries_follow_too(machine):
    import sklearn.cluster  # noqa: F401  (brings an OpenMP of its own)

    machine.taken = 1.0
    threads.settle()
    found = threadpoolctl.threadpool_info()
    assert len(found) > 1 and {pool["num_threads"] for pool in found} == {1}


class Shell:
    """What a notebook's kernel shows of itself."""

    kernel = object()

    def __init__(self):
        self.events = EventManager(self, available_events)


def test_in_a_notebook_threads_settle_before_each_cell(monkeypatch):
    shell, asked = Shell(), []
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    monkeypatch.setattr(threads, "settle", lambda: asked.append(1))
    threads.follow_cells()
    threads.follow_cells()
    shell.events.trigger("pre_run_cell", None)
    assert len(asked) == 1, "once a cell, however often it was asked for"


@pytest.mark.slow
def test_a_notebook_of_the_course_settles_by_itself():
    """A real kernel: importing the exercises, as every lab does, is enough."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in (
        "from sslcourse import exercises", "from sslcourse import threads\nprint(threads._Watch.last is not None)",
    )])
    client = NotebookClient(book, kernel_name="python3", timeout=120)
    client.execute(cwd=str(Path(threads.__file__).parents[1]))
    assert book.cells[1].outputs[0].text == "True\n"


def test_it_looks_no_more_often_than_it_must(machine):
    threads.settle()
    looks, machine.taken = machine.looks, 2.0
    for _ in range(10):
        machine.wait(threads.PERIOD / 20)
        threads.settle()
    assert machine.looks == looks and torch.get_num_threads() == 2


def test_what_was_long_ago_says_nothing_of_now(machine):
    threads.settle()
    machine.wait(3600)  # an hour of peace, and then a call
    machine.taken = 1.0
    assert after_settling() == 1


def test_who_sets_the_number_decides(machine, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    torch.set_num_threads(2)
    machine.taken = 2.0
    assert after_settling() == 2 and machine.looks == 0


def test_training_and_features_settle(monkeypatch):
    from sslcourse import evaluation, training

    asked = []
    monkeypatch.setattr(threads, "settle", lambda: asked.append(1))

    class Method(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.ones(1))

        def loss(self, batch):
            return (self.weight * batch).mean()

    training.train(Method(), torch.rand(8, 2), steps=3, batch_size=4)
    assert len(asked) == 4, "once before the clock runs, and before each step"
    evaluation.extract_features(lambda images: images.flatten(1), torch.rand(8, 3, 4, 4), batch_size=4)
    assert len(asked) == 6
    evaluation.extract_features(lambda images: images.flatten(1), torch.rand(8, 3, 4, 4))
    assert len(asked) == 6, "one batch is over before a look is"


def test_what_is_decided_already_stays():
    assert threads.quiet({}) == threads.QUIET
    assert threads.quiet({"OMP_WAIT_POLICY": "ACTIVE"}) == {"KMP_BLOCKTIME": "0"}


def test_every_verb_and_every_kernel_it_starts_waits_quietly(monkeypatch):
    monkeypatch.setattr(command, "_command", lambda verb: lambda argv: 0)
    assert run._environment().items() >= threads.QUIET.items()
    assert "OMP_WAIT_POLICY" not in os.environ
    command.main(["lab"])
    assert os.environ.items() >= threads.QUIET.items()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="asks GNU's OpenMP, which PyTorch has on Linux")
def test_the_openmp_of_torch_hears_it():
    code = "import os; from sslcourse import threads; os.environ.update(threads.quiet()); import torch; torch.ones(1)"
    environment = {**os.environ, "OMP_DISPLAY_ENV": "TRUE"}
    told = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True).stderr
    assert "OMP_WAIT_POLICY = 'PASSIVE'" in told
