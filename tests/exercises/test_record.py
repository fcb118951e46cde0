"""Finding an exercise by name, and the record of which were tried and which passed."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from sslcourse import exercises
from sslcourse.exercises import catalogue, record
from tests.exercises.small_exercise import exercise, no_return, scale

OF_LAB_01 = sum(exercise.lab == "01_pca_tsne_umap" for exercise in catalogue.every())


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SSLCOURSE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_an_unknown_exercise_names_the_near_ones():
    with pytest.raises(AttributeError, match="no exercise 'pcaa' .did you mean pca"):
        exercises.pcaa
    with pytest.raises(AttributeError, match=r"exercises.list\(\) shows them all"):
        exercises.zzzzzzzz
    assert not hasattr(exercises, "_repr_html_") and not hasattr(exercises, "_ipython_display_")


def test_names_are_one_of_a_kind_and_hide_nothing_of_the_package():
    from sslcourse.exercises import catalogue

    names = [e.name for e in catalogue.every()]
    assert len(names) == len(set(names)) >= 3
    files = {path.stem for path in Path(exercises.__file__).parent.glob("*")}
    assert not set(names) & ({"list", "recall", "Exercise"} | files)
    assert set(names) | {"close_hints", "list", "progress", "recall"} == set(dir(exercises))


def test_the_list_and_the_progress_say_how_a_student_stands(capsys):
    assert "pca" in repr(exercises.list()) and "not attempted" in repr(exercises.list())
    record.keep(exercises.pca.lab, "pca", passed=True)
    record.keep(exercises.perplexity.lab, "perplexity", passed=False)
    assert re.search(r"pca .* passed", repr(exercises.list()))
    shown = repr(exercises.progress())
    assert f"1 of {OF_LAB_01} passed" in shown and "perplexity (tried)" in shown and f"{15 * (OF_LAB_01 - 1)} min" in shown
    assert exercises.progress.main([]) == 0
    assert capsys.readouterr().out.strip() == shown.strip()


def test_progress_can_be_reached_by_every_import():
    """`exercises.progress()` is called, and `progress.main` is what the command line imports."""
    import sslcourse.exercises.progress as imported
    from sslcourse.exercises.progress import main

    assert imported.main is main and exercises.progress.main is main and imported is exercises.progress


def test_progress_starts_afresh_and_puts_the_old_record_aside(capsys, home):
    assert exercises.progress.main(["--reset"]) == 0 and "no record" in capsys.readouterr().out
    record.keep("00_test", "scale", passed=True)
    assert exercises.progress.main(["--reset"]) == 0
    assert record.read() == {} and (home / "progress.old.json").exists()


def test_a_pass_stays_a_pass_and_attempts_are_counted():
    for passed in (False, True, False):
        assert record.keep("00_test", "scale", passed=passed)
    assert record.read() == {"00_test/scale": {"passed": True, "attempts": 3}}
    assert record.state("00_test", "scale") == "passed" and record.state("00_test", "other") == "not attempted"


@pytest.mark.slow
def test_two_notebooks_that_write_at_once_lose_nothing(home):
    code = ("import sys\nfrom sslcourse.exercises import record\n"
            "done = [record.keep('00_test', f'{sys.argv[1]}{i}', passed=True) for i in range(60)]\nassert all(done)")
    both = [subprocess.Popen([sys.executable, "-c", code, name]) for name in "ab"]
    assert [process.wait(120) for process in both] == [0, 0]
    assert len(record.read()) == 120


def test_a_lock_that_is_held_costs_the_record_and_not_the_lesson(home, monkeypatch, capsys):
    monkeypatch.setattr(record, "PATIENCE", 0.1)
    home.mkdir()
    with FileLock(home / "progress.lock"):
        assert exercise().check(no_return) is scale
    assert "none of" not in capsys.readouterr().out and record.read() == {}


BROKEN = ["", "{", "[]", "null", '{"exercises": 3}', '{"exercises": {"a/b": "passed", "c/d": {"passed": 1}}}',
          '{"exercises": {"a/b": {"passed": true, "attempts": -1}}}', "\x00\xff", "[" * 100_000]


@pytest.mark.parametrize("content", BROKEN)
def test_a_broken_record_costs_nothing_but_itself(content, home, capsys):
    home.mkdir()
    (home / "progress.json").write_bytes(content.encode("latin-1"))
    assert record.read() == {} and f"0 of {OF_LAB_01} passed" in repr(exercises.progress())
    assert exercise().check(no_return) is scale
    assert record.read() == {"00_test/scale": {"passed": False, "attempts": 1}}


def test_a_record_that_is_no_json_is_put_aside_and_not_lost(home):
    home.mkdir()
    (home / "progress.json").write_text("{half")
    record.keep("00_test", "scale", passed=True)
    assert (home / "progress.broken.json").read_text() == "{half"


def test_a_folder_that_cannot_be_written_costs_the_record_and_not_the_lesson(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SSLCOURSE_HOME", str(tmp_path / "file" / "home"))
    assert record.keep("00_test", "scale", passed=True) is False
    assert exercise().check(lambda X, n: (n * X, X.sum())).__name__ == "<lambda>"
    assert exercises.progress.main([]) == 0


def test_a_read_only_record_is_left_alone(home, monkeypatch):
    record.keep("00_test", "scale", passed=False)
    monkeypatch.setattr(record.os, "access", lambda path, mode: False)
    before = (home / "progress.json").read_text()
    assert record.keep("00_test", "scale", passed=True) is False
    assert (home / "progress.json").read_text() == before


@pytest.mark.parametrize("step", ["replace", "dump"])
def test_a_write_that_fails_half_way_leaves_the_old_record_whole_and_nothing_beside_it(step, home, monkeypatch):
    record.keep("00_test", "scale", passed=True)

    def fails(*args, **kwargs):
        if step == "dump":
            args[1].write("{hal")
        raise OSError("disk full")

    monkeypatch.setattr(record.os if step == "replace" else record.json, step, fails)
    assert record.keep("00_test", "other", passed=True) is False
    assert list(json.loads((home / "progress.json").read_text())["exercises"]) == ["00_test/scale"]
    assert {path.name for path in home.iterdir()} - {"progress.lock"} == {"progress.json"}


@pytest.mark.slow
def test_importing_the_room_loads_nothing_heavy():
    code = ("import sys, sslcourse.exercises as e; e.pca\n"
            "print({'IPython', 'sklearn', 'scipy', 'matplotlib', 'pandas', 'pygments'} & set(sys.modules))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
