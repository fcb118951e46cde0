"""A class with every kind of submission in it: each is graded, and none harms another or the machine."""

from __future__ import annotations

import csv
import json
import re
import sys
from pathlib import Path

import nbformat
import psutil
import pytest

from sslcourse.classroom import class_map, confined, grading, submissions
from sslcourse.classroom.watched import Limits
from sslcourse.commands import grade
from tests.classroom.books import book
from tests.classroom.test_answers import IMPORTS, LOSS, TABLE

SMALL = Limits(seconds=30, memory=1_000_000_000, processes=12)
LAST = "def supervised_contrastive(z0, z1, labels, temperature=0.1):\n    "      # the lab's last exercise: no process goes on


def write(path: Path, *cells: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(book({f"c{i}": cell for i, cell in enumerate((IMPORTS + "import os, sys", *cells))}), path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("handed in")
    victim = json.dumps(str(folder / "ada.ipynb"))
    write(folder / "ada.ipynb", TABLE, LOSS, "%matplotlib inline\n!echo hello")
    write(folder / "bea.ipynb", TABLE, "exercises.nt_xent_logits.check = print",
          LOSS.replace("*nt_xent_logits(z0, z1, temperature)", "nt_xent_logits(z0, z1, temperature)[0].softmax(1), "
                                                               "nt_xent_logits(z0, z1)[1]"))
    write(folder / "Cem_77_assignsubmission_file_" / "10_simclr.ipynb", TABLE,
          "import ctypes\ndef nt_xent(z0, z1, temperature=0.5):\n    return ctypes.string_at(0)", LAST + "...")
    write(folder / "dan.ipynb", TABLE, "from itertools import count\n" + LAST + "return sum(count())")
    write(folder / "eve.ipynb", TABLE, LAST + "while True:\n        os.fork()")
    write(folder / "fay.ipynb", TABLE, LAST + "return torch.ones(20_000_000_000 // 4).sum()")
    write(folder / "gus.ipynb", TABLE, LAST + f"open({victim}, 'w').write('')")
    write(folder / "hal.ipynb", TABLE, "import socket\n" + LAST + "socket.create_connection(('192.0.2.1', 9), 5)")
    write(folder / "ivy.ipynb", TABLE, LAST + "os._exit(0)")
    write(folder / "jim.ipynb", "x = 1")
    (folder / "kim.ipynb").write_text("{", encoding="utf-8")
    write(folder / "=lee.ipynb", TABLE)
    return folder


def test_whose_and_which_lab(folder):
    found = {s.student: s for s in submissions.found(folder)}
    assert {"ada", "Cem_77", "=lee", "kim"} <= set(found) and len(found) == 12
    assert found["Cem_77"].lab == found["ada"].lab == "10_simclr" and found["jim"].lab == ""
    assert "no notebook" in found["kim"].fault


@pytest.fixture(scope="module")
def grades(folder) -> dict[tuple[str, str], grading.Grade]:
    wild = () if sys.platform.startswith("linux") else ("eve", "gus", "hal")
    asked = [s for s in submissions.found(folder) if s.student not in wild]
    return {(g.student, g.exercise): g for g in grading.grade(asked, SMALL)}


@pytest.mark.slow
def test_each_has_its_grades_whatever_the_others_did(grades, folder):
    states = {key: grade.state for key, grade in grades.items()}
    for student in ("ada", "bea", "Cem_77", "dan", "fay", "ivy", "=lee"):
        assert states[student, "nt_xent_logits"] == "passed"
    assert states["ada", "nt_xent"] == "passed" and states["ada", "uniformity"] == "not attempted"
    assert (states["bea", "nt_xent"], grades["bea", "nt_xent"].mistake) == ("not yet", "softmax_twice")
    assert (states["jim", ""], states["kim", ""]) == ("error", "error")


@pytest.mark.slow
def test_a_crash_costs_one_exercise(grades):
    crashed = grades["Cem_77", "nt_xent"]
    assert (crashed.state, crashed.mistake) == ("error", "crash")
    assert grades["Cem_77", "nt_xent_logits"].state == "passed"
    assert grades["Cem_77", "supervised_contrastive"].state == "not attempted", "the process after the crash went on"
    assert grades["ivy", "supervised_contrastive"].state == "error"


@pytest.mark.slow
def test_an_endless_loop_and_twenty_gigabytes_are_ended(grades):
    assert grades["dan", "supervised_contrastive"].mistake == "time"
    hungry = grades["fay", "supervised_contrastive"]
    assert hungry.state in ("not yet", "error") and ("alloc" in hungry.detail or "memory" in hungry.detail)
    assert psutil.Process().memory_info().rss < 4e9


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has walls, and only there is a bomb set off")
def test_a_fork_bomb_is_ended_with_all_its_children(grades):
    bomb = grades["eve", "supervised_contrastive"]
    assert bomb.state == "error" and bomb.mistake == "processes" or "Resource temporarily unavailable" in bomb.detail
    left = [p.pid for p in psutil.process_iter(["cmdline"]) if "sslcourse.classroom.examiner" in (p.info["cmdline"] or [])
            and p.status() != psutil.STATUS_ZOMBIE]
    assert left == []


@pytest.mark.slow
@pytest.mark.skipif("--mount" not in confined.walls(), reason="this system has no walls to put around a process")
def test_nothing_is_written_and_nobody_is_called(grades, folder):
    assert "Read-only file system" in grades["gus", "supervised_contrastive"].detail
    assert len(nbformat.read(folder / "ada.ipynb", as_version=4).cells) == 4
    assert "unreachable" in grades["hal", "supervised_contrastive"].detail


@pytest.mark.slow
def test_the_table_and_the_map(grades, tmp_path):
    class_map.write_csv(list(grades.values()), tmp_path / "g.csv")
    rows = list(csv.DictReader((tmp_path / "g.csv").open(encoding="utf-8-sig", newline="")))
    assert len(rows) == len(grades) and rows[0]["student"] == "'=lee", "a spreadsheet would take it for a formula"
    class_map.write_page(list(grades.values()), tmp_path / "m.html", "today")
    page = (tmp_path / "m.html").read_text(encoding="utf-8")
    assert "<b>1 × softmax twice</b> (not yet): bea" in page and "<script" not in page
    assert re.search(r'style="flex:\d+">\d+ passed', page)


def test_a_page_escapes_what_strangers_wrote(tmp_path):
    bad = grading.Grade("<script>1</script>", "f", "10_simclr", "nt_xent", "not yet", "<b>", '"><img src=x>')
    class_map.write_page([bad], tmp_path / "m.html")
    page = (tmp_path / "m.html").read_text(encoding="utf-8")
    assert "<script" not in page and "<img" not in page and "&lt;script&gt;" in page


def test_a_submission_sees_little_of_the_instructors_environment(monkeypatch):
    from sslcourse.classroom import watched

    monkeypatch.setenv("SECRET_TOKEN", "x")
    assert "SECRET_TOKEN" not in watched._environment("scratch") and "PATH" in watched._environment("scratch")


def test_commands_that_make_no_sense(tmp_path, capsys):
    assert grade.main([str(tmp_path)]) == 2 and "no notebook" in capsys.readouterr().err
    write(tmp_path / "a.ipynb", TABLE)
    assert grade.main([str(tmp_path), "--seconds", "0"]) == 2 and "--seconds" in capsys.readouterr().err
    assert grade.main([str(tmp_path), "--lab", "99"]) == 2
