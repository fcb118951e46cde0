"""What a student sees: panels in HTML and in plain text, hints and solutions."""

import io
import re
import sys

import pytest

from sslcourse.exercises import messages, panel
from sslcourse.exercises.pasted import solution
from tests.exercises.small_exercise import exercise, half_filled, no_return, scale, with_dots


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SSLCOURSE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_hints_come_one_more_at_each_call_and_end_at_the_solution(capsys):
    ours = exercise()
    shown = []
    for _ in range(4):
        ours.hint()
        shown.append(capsys.readouterr().out)
    assert [s.splitlines()[0] for s in shown] == [f"scale: hint {n} of 3" for n in (1, 2, 3, 3)]
    assert [s.count("Then `sum`.") for s in shown] == [0, 1, 1, 1]
    assert [s.count("`X * n`") for s in shown] == [0, 0, 1, 1]
    assert "2 more" in shown[0] and ".solution()" in shown[2]


def test_the_solution_is_the_packages_own_source_folded_away_until_something_was_tried(capsys):
    source = solution(scale)
    before, after = (messages.of_solution(exercise(), source, tried)._repr_html_() for tried in (False, True))
    assert "<details" in before and "not tried this one yet" in before and "<details" not in after
    ours = exercise()
    ours.solution()
    shown = capsys.readouterr().out
    assert "You have not tried" in shown and "X * n" not in shown and "`exercises.scale.solution()` once more" in shown
    ours.solution()
    assert "        return X * n, X.sum()\n" in capsys.readouterr().out
    exercise().check(no_return)
    capsys.readouterr()
    exercise().solution()
    shown = capsys.readouterr().out
    assert "You have not tried" not in shown and "The reference of these tests" not in shown
    assert "    def scale(X, n):\n        return X * n, X.sum()\n" in shown
    assert "X * n, X.sum()" in re.sub(r"<[^>]+>", "", after)


def test_html_shows_a_students_text_and_never_runs_it():
    def wicked(X, n):
        print("<script>alert(1)</script>")
        raise ValueError("<img src=x onerror=alert(1)> `&` **")

    shown = messages.of_verdict(exercise(), exercise().judge(wicked))._repr_html_()
    assert "<script" not in shown and "<img" not in shown and "&lt;img src=x" in shown


@pytest.mark.parametrize("answer, state", [(with_dots, "not attempted"), (half_filled, "not yet"),
                                           (lambda X, n: (n * X, X.sum()), "passed")])
def test_a_state_is_said_in_words_and_by_a_sign_in_colours_that_suit_any_theme(answer, state):
    shown = messages.of_verdict(exercise(), exercise().judge(answer))._repr_html_()
    assert f"<strong>{state.capitalize()}</strong>" in shown and panel.SIGNS[state] in shown
    assert f'aria-label="scale: {state}' in shown and len(set(panel.SIGNS.values())) == 3
    for colour in re.findall(r"(?:background|[^-\w]color):([^;\"]+)", shown):
        assert colour.startswith(("var(--jp-", "inherit", "rgba(128,128,128")), colour
    assert "<script" not in shown and "<style" not in shown and "http" not in shown and " id=" not in shown


def test_inline_marks_become_html_and_stay_out_of_code():
    assert panel._inline("`2 ** H` or *one* **two** <b>") == (
        f'<code style="{panel.CODE}">2 ** H</code> or <em>one</em> <strong>two</strong> &lt;b&gt;')


def test_a_terminal_that_knows_only_ascii_is_no_trouble(monkeypatch):
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", out)
    exercise().check(with_dots)
    out.flush()
    assert b"scale: not attempted" in out.buffer.getvalue()
