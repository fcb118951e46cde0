"""What runs the notebooks in `make test`: every lecture, the latest changed labs first, and what is not begun is named."""

from __future__ import annotations

import pytest

from tests.tools import browsers, notebooks
from tests.tools.notebooks import Outcome

NAMES = ["labs/01_a.ipynb", "labs/02_b.ipynb", "lectures/01_c.ipynb"]


def passed(name):
    return Outcome(name, "passed", 1.0)


def test_lectures_come_first_and_then_the_latest_changed_lab():
    when = {"labs/01_a.ipynb": 100, "labs/02_b.ipynb": 200, "lectures/01_c.ipynb": 0}
    assert notebooks.in_order(NAMES, when.__getitem__) == ["lectures/01_c.ipynb", "labs/02_b.ipynb", "labs/01_a.ipynb"]


def test_after_the_minutes_no_lab_is_begun_but_every_lecture(monkeypatch):
    clock = iter([0.0, *range(50, 1000, 50)])
    monkeypatch.setattr(notebooks.time, "monotonic", lambda: next(clock))
    found = notebooks.run_all(NAMES, minutes=1, workers=1, one=passed)
    assert [outcome.said for outcome in found] == ["passed", "not begun", "passed"]
    found = notebooks.run_all(NAMES, minutes=0, workers=1, one=passed)
    assert [outcome.said for outcome in found] == ["passed"] * 3


@pytest.mark.parametrize(("said", "code"), [("passed", 0), ("FAILED", 1)])
def test_a_failure_is_shown_and_told(monkeypatch, capsys, said, code):
    monkeypatch.setattr(notebooks, "under_nbval", lambda name, arguments: Outcome(name, said, 2.0, "what pytest printed"))
    assert notebooks.main(["--minutes", "0"]) == code
    assert ("what pytest printed" in capsys.readouterr().out) == bool(code)


def test_what_was_not_begun_is_named(monkeypatch, capsys):
    monkeypatch.setattr(notebooks, "run_all", lambda *_: [Outcome("labs/01_a.ipynb", "not begun"), passed("labs/02_b.ipynb")])
    assert notebooks.main([]) == 0
    assert "run in rehearsal by the browser's tests alone: labs/01_a.ipynb." in capsys.readouterr().out


@pytest.mark.slow
def test_a_cell_that_raises_fails(tmp_path, monkeypatch):
    import nbformat

    monkeypatch.setattr(notebooks, "ROOT", tmp_path)
    for name, source in (("good", "1 + 1"), ("bad", "1 / 0")):
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)]), tmp_path / f"{name}.ipynb")
    assert notebooks.under_nbval("good.ipynb", []).said == "passed"
    bad = notebooks.under_nbval("bad.ipynb", [])
    assert bad.said == "FAILED" and "ZeroDivisionError" in bad.printed


def test_every_browser_test_is_in_one_selection():
    """A lab's tests together; a file that is new is found."""
    found = browsers.selections()
    labs = [path.stem for path in (notebooks.ROOT / "labs").glob("[0-9][0-9]_*.ipynb")]
    files = {path.name for path in (notebooks.ROOT / "tests" / "browser").glob("test_*.py")}
    assert all(found[f"lab {lab}"] == [browsers.EVERY_LAB, "-k", lab] for lab in labs)
    assert {name.rpartition("/")[2] for name in found if not name.startswith("lab ")} == files - {"test_every_lab.py"}


@pytest.mark.parametrize(("status", "said"), [(0, "passed"), (5, "passed"), (1, "FAILED"), (2, "FAILED")])
def test_a_browser_test_that_fails_is_shown(monkeypatch, capsys, status, said):
    class Done:
        returncode, stdout = status, "what pytest printed"

    monkeypatch.setattr(browsers.subprocess, "run", lambda *_, **__: Done)
    assert browsers.run("lab 02", ["-k", "02"], []).said == said
    assert ("what pytest printed" in capsys.readouterr().out) == (said == "FAILED")
