"""The runner: fabricated notebooks, in real kernels; what was measured is kept, and not measured twice."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sslcourse import results, runtime
from sslcourse.commands import results as command
from sslcourse.results import journal, on_file, run

RECORD = """
from sslcourse import results
for seed in results.live([0], [0, 1]):
    results.record(lab="{lab}", method="m", data="d", protocol="p", metric="x", value=0.1 * seed, seed=seed)
"""


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course in a temporary folder; its notebooks are `write`n by the test."""
    (tmp_path / "course" / "labs").mkdir(parents=True)
    monkeypatch.setattr(runtime, "course_root", lambda: tmp_path / "course")
    monkeypatch.setenv("SSLCOURSE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SSLCOURSE_DEVICE", "cpu")
    monkeypatch.delenv(journal.RUN, raising=False)
    kept = signal.getsignal(signal.SIGTERM)
    yield tmp_path / "course"
    signal.signal(signal.SIGTERM, kept)


def write(course: Path, lab: str, *sources: str) -> None:
    code = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    cells = [code | {"id": f"cell-{i}", "source": source} for i, source in enumerate(sources)]
    metadata = {"kernelspec": {"name": "no-such-kernel", "display_name": "x", "language": "python"}}
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}
    (course / "labs" / f"{lab}.ipynb").write_text(json.dumps(notebook))


def numbers(machine: str = "cpu") -> list[tuple]:
    return [(row.lab, row.seed, row.value) for row in results.committed(machine)]


@pytest.mark.slow
def test_both_passes_then_nothing_then_only_what_changed(course, capsys, monkeypatch):
    """Full sizes are recorded, live ones only timed; nothing is measured twice; a student's folder stays untouched.

    A kernel of the usual name that another interpreter has registered on this machine must not be taken.
    """
    other = course / "kernels" / "python3"
    other.mkdir(parents=True)
    (other / "kernel.json").write_text('{"argv": ["no-such-interpreter"], "display_name": "x", "language": "python"}')
    monkeypatch.setenv("JUPYTER_PATH", str(course))
    write(course, "01_one", RECORD.format(lab="01_one"), "print('cwd', __import__('os').getcwd())")
    (course / "README.md").write_text('x = <!-- results:value lab="01_one" seed="1" -->?<!-- /results -->\n')
    before = (course / "labs" / "01_one.ipynb").read_text()

    assert command.main([]) == 0
    assert numbers() == [("01_one", 0, 0.0), ("01_one", 1, 0.1)]
    passes = on_file.read(on_file.results_file())["labs"]["01_one"]
    assert set(passes) == {"full", "live"} and all(0 < p["seconds"] < 120 for p in passes.values())
    assert "-->0.1<!--" in (course / "README.md").read_text(), "measuring must bring the README up to date"
    assert (course / "labs" / "01_one.ipynb").read_text() == before
    assert results.mine() == [] and [p.name for p in run.runs().iterdir() if p.is_dir()] == ["home"]

    capsys.readouterr()
    assert command.main(["01"]) == 0
    assert "measured already" in capsys.readouterr().out
    assert command.main(["--list"]) == 0
    assert "01_one: 2 numbers; full: measured, " in capsys.readouterr().out
    write(course, "01_one", "other = 1\n" + RECORD.format(lab="01_one"))
    assert command.main(["--list"]) == 0
    assert "full: changed since" in capsys.readouterr().out


@pytest.mark.slow
def test_a_failing_lab_is_named_with_its_cell_and_the_others_go_on(course, capsys):
    """One kernel raises after its first number, one dies, one mislabels its numbers; the fourth runs all the same."""
    one_size = RECORD.replace("results.live([0], [0, 1])", "[0]")
    write(course, "01_raises", one_size.format(lab="01_raises"), "1 / 0")
    write(course, "02_dies", "import os; os._exit(1)")
    write(course, "03_mislabels", one_size.format(lab="01_raises"))
    write(course, "04_works", one_size.format(lab="04_works"))
    assert command.main([]) == 1
    said = capsys.readouterr()
    assert "01_raises, full: FAILED\ncell cell-1 (number 1): ZeroDivisionError: division by zero" in said.out
    assert "1 / 0" in said.out
    assert "02_dies, full: FAILED\ncell cell-0 (number 0): the kernel died" in said.out
    assert "records numbers under lab=01_raises, wanted 03_mislabels" in said.out
    assert "Failed: 01_raises, 02_dies, 03_mislabels" in said.err
    assert numbers() == [("01_raises", 0, 0.0), ("04_works", 0, 0.0)]
    labs = on_file.read(on_file.results_file())["labs"]
    assert list(labs) == ["04_works"], "only what ran to its end is done"
    assert labs["04_works"]["full"] == labs["04_works"]["live"], "a lab of one size runs once"


INTERRUPTED = """
import os, signal, threading
from sslcourse import results
signals = {1: signal.SIGINT, 3: signal.SIGTERM}
for seed in results.live([0], range(5)):
    if results.recorded(lab="01_long", seed=seed):
        continue
    results.record(lab="01_long", method="m", data="d", protocol="p", metric="x", value=os.getpid(), seed=seed)
    if seed in signals:
        os.kill(os.getppid(), signals[seed])
        threading.Event().wait()
"""
COMMAND = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that runs the tests in the background has it ignored
from pathlib import Path
from sslcourse import runtime
from sslcourse.commands import results as command
runtime.course_root = lambda: Path(sys.argv[1])
sys.exit(command.main(["--full"]))
"""


@pytest.mark.slow
def test_an_interruption_keeps_what_was_measured_and_the_next_run_goes_on(course):
    """Ctrl-C after two seeds, a polite kill after two more: each run measures only what the earlier ones have not."""
    write(course, "01_long", INTERRUPTED)
    for seeds in ([0, 1], [0, 1, 2, 3]):
        done = subprocess.run([sys.executable, "-c", COMMAND, str(course)], capture_output=True, text=True, timeout=300,
                              cwd=Path(__file__).parents[2])
        assert done.returncode == 130 and "What was measured is kept" in done.stderr, done.stderr
        assert "Traceback" not in done.stderr and "never retrieved" not in done.stderr, done.stderr
        kept = numbers()
        assert [seed for _, seed, _ in kept] == seeds and on_file.read(on_file.results_file())["labs"] == {}
    shutil.rmtree(run.runs())  # the last run is on another machine: only the committed file is there
    assert command.main(["--full"]) == 0
    assert numbers()[:4] == kept and len({value for _, _, value in numbers()}) == 3, "a seed was measured twice"
    assert set(on_file.read(on_file.results_file())["labs"]["01_long"]) == {"full"}


def test_force_begins_afresh_and_is_not_taken_for_done_when_interrupted(course, monkeypatch, capsys):
    """Kernels are played by a stand-in here: the order of events is what is tested."""
    write(course, "01_one", "1")
    script = iter([[(0, 0.1)], [(0, 0.2)], [(9, 0.9), KeyboardInterrupt], [(0, 0.3)],
                   [(8, 0.8), KeyboardInterrupt], [(0, 0.4)]])

    def execute(notebook, environment, desc):
        with monkeypatch.context() as kernel:
            kernel.setenv(journal.RUN, environment[journal.RUN])
            for step in next(script):
                if step is KeyboardInterrupt:
                    raise step
                seed, value = step
                results.record(lab="01_one", method="m", data="d", protocol="p", metric="x", seed=seed, value=value)
        return 61.0

    def measured() -> dict[int, float]:
        return {seed: value for _, seed, value in numbers()}

    monkeypatch.setattr(run, "execute", execute)
    assert command.main([]) == 0 and command.main([]) == 0 and measured() == {0: 0.1}
    capsys.readouterr()
    assert command.main(["--force"]) == 0 and measured() == {0: 0.2}
    assert "01_one, full: about 1 min 1 s, by the last run" in capsys.readouterr().out
    assert command.main(["--force"]) == 130 and measured() == {0: 0.2, 9: 0.9}
    assert command.main([]) == 0 and measured() == {0: 0.3, 9: 0.9}, "without --force the interrupted run goes on"
    assert command.main(["--force"]) == 130 and command.main(["--force"]) == 0 and measured() == {0: 0.4}


def test_two_runs_do_not_measure_at_once(course, capsys):
    from filelock import FileLock

    write(course, "01_one", RECORD.format(lab="01_one"))
    run.runs().mkdir(parents=True)
    with FileLock(run.runs() / "lock"):
        assert command.main([]) == 2
    assert "another run is measuring already" in capsys.readouterr().err


@pytest.mark.slow
def test_a_student_s_kernel_never_writes_into_the_course(course):
    """The same notebook, run by a student: live size, own folder, labs/results not even made."""
    from sslcourse.results.kernel import execute

    write(course, "01_one", RECORD.format(lab="01_one"))
    execute(course / "labs" / "01_one.ipynb", os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])})
    assert [row.seed for row in results.mine()] == [0]
    assert not (course / "labs" / "results").exists()


@pytest.mark.parametrize("argv, message", [(["07"], "lab: got '07', wanted one of 01_one"),
                                           (["01_noe"], "did you mean 01_one")])
def test_an_unknown_lab_is_refused(course, capsys, argv, message):
    write(course, "01_one", "1")
    assert command.main(argv) == 2
    assert message in capsys.readouterr().err


def test_without_the_course_it_says_so(course, capsys, monkeypatch):
    monkeypatch.setattr(runtime, "course_root", lambda: None)
    assert command.main(["--list"]) == 2
    assert "cloned" in capsys.readouterr().err
    assert results.committed() == [] and results.verdict("no-winner") == "not measured yet"
