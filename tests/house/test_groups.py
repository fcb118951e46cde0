"""The runner of `make test`: a group that fails fails the whole, the others still run, and the table says which."""

from __future__ import annotations

import sys

import pytest

from tests.tools import groups

PASS, FAIL = [sys.executable, "-c", ""], [sys.executable, "-c", "raise SystemExit(3)"]


@pytest.fixture(autouse=True)
def small_groups(monkeypatch):
    monkeypatch.setattr(groups, "GROUPS", {"good": [PASS], "bad": [FAIL, PASS], "good-then-bad": [PASS, FAIL]})
    monkeypatch.setenv("SSLCOURSE_HOME", "as it was")


def outcomes(printed: str) -> dict[str, str]:
    rows = [line.split() for line in printed.split("outcome", 1)[1].splitlines()[1:]]
    return {row[0]: row[1] for row in rows if len(row) == 3}


@pytest.mark.parametrize(("asked", "code", "table"), [
    (["good"], 0, {"good": "passed"}),
    (["bad", "good"], 1, {"bad": "FAILED", "good": "passed"}),
    (["good", "good-then-bad"], 1, {"good": "passed", "good-then-bad": "FAILED"}),
])
def test_outcomes(capfd, asked, code, table):
    assert groups.main(asked) == code
    assert outcomes(capfd.readouterr().out) == table


def test_a_group_that_is_not_there(capsys):
    assert groups.main(["good", "gone"]) == 2
    assert "not gone" in capsys.readouterr().err
    assert groups.main([]) == 2


def test_an_interrupt_is_no_success(monkeypatch, capsys):
    def interrupted(name, arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(groups, "run", interrupted)
    assert groups.main(["good", "bad"]) == 1
    assert "not run" in capsys.readouterr().out


def test_arguments_go_to_pytest_and_to_nothing_else(monkeypatch):
    heard = []

    class Done:
        returncode = 0

    monkeypatch.setattr(groups, "GROUPS", {"two": [["python", "-m", "ruff"], ["python", "-m", "pytest"]]})
    monkeypatch.setattr(groups.subprocess, "run", lambda command, **_: heard.append(command) or Done)
    assert groups.main(["two", "--", "-k", "pca"]) == 0
    assert heard == [["python", "-m", "ruff"], ["python", "-m", "pytest", "-k", "pca"]]


def test_workers_share_the_processors(monkeypatch):
    """Two notebooks at once with two threads each on two processors would be slower than one after the other."""
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(groups, "WORKERS", 2)
    monkeypatch.setattr(groups.threads, "processors", lambda: 6)
    assert groups.share(["python", "-m", "pytest", "-n", "2"]) == {"OMP_NUM_THREADS": "3"}
    assert groups.share(["python", "-m", "tests.tools.notebooks", "--workers", "2"]) == {"OMP_NUM_THREADS": "3"}
    assert groups.share(["python", "-m", "pytest"]) == {}
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert groups.share(["python", "-m", "pytest", "-n", "2"]) == {}
