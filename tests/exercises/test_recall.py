"""Recall: every lab's questions can be learned from, and are asked again two labs later."""

from __future__ import annotations

import re

import pytest

from sslcourse import exercises, widgets
from sslcourse.exercises import questions

ASKED = [number for number in (f"{n:02}" for n in range(1, 21)) if questions.of_lab(number)]


def test_there_are_questions():
    assert ASKED


@pytest.mark.parametrize("number", ASKED)
def test_a_lab_s_questions_have_one_right_answer_and_a_reason_for_each(number):
    found = questions.of_lab(number)
    assert 3 <= len(found) <= 4
    assert len({question.ask for question in found}) == len(found)
    for question in found:
        assert question.ask.endswith(("?", ".", ":"))
        assert sum(option.right for option in question.options) == 1 and 3 <= len(question.options) <= 5
        assert len({option.text for option in question.options}) == len(question.options)
        assert all(len(option.because) >= 20 for option in question.options), question.ask
    longest = [max(question.options, key=lambda option: len(option.text)).right for question in found]
    assert 2 * sum(longest) <= len(found), "who takes the longest is right without having read the lab"


def test_the_place_of_the_right_option_does_not_give_it_away():
    places = [[option.right for option in question.options].index(True)
              for number in ASKED for question in questions.of_lab(number)]
    assert len(places) < 4 or len(set(places)) >= 2


@pytest.fixture
def two_labs(tmp_path, monkeypatch):
    monkeypatch.setattr(questions, "_HERE", tmp_path)
    for number in ("03", "05"):
        entries = [f'[[question]]\nask = "{number}: <{letter}>?"\nright = "yes"\nbecause = "it is so"\n'
                   '[[question.wrong]]\nsay = "no"\nbecause = "it is not so"\n' for letter in "abc"]
        (tmp_path / f"lab{number}").mkdir()
        (tmp_path / f"lab{number}" / "recall.toml").write_text("\n".join(entries), encoding="utf-8")


def test_two_questions_come_back_two_labs_later(two_labs):
    shown = exercises.recall("05_transfer_learning")
    assert [question.ask for question in shown.questions] == ["05: <a>?", "05: <b>?", "05: <c>?", "03: <a>?", "03: <b>?"]
    assert [question.ask[:2] for question in exercises.recall("03_first").questions] == ["03"] * 3
    page = shown._repr_html_()
    assert page.count("(from lab 03)") == 2 and "05: &lt;a&gt;?" in page and "<a>" not in page
    assert len(re.findall("<details ", page)) == 10 and page.count("<b>Right.</b>") == 5
    assert "5. 03: <b>?" in repr(shown)


def test_what_was_predicted_stands_below(two_labs, monkeypatch):
    monkeypatch.setattr("sslcourse.widgets.prediction._asked", {})
    monkeypatch.setattr("IPython.display.display", lambda *_, **__: None)
    assert "What you predicted" not in exercises.recall("03_first")._repr_html_()
    widgets.Prediction("Which is it?", ["this", "that"]).answer("that")
    assert "What you predicted" in exercises.recall("03_first")._repr_html_().split("(from lab")[-1]


@pytest.mark.parametrize("lab", ["04_none", "none"])
def test_a_lab_without_questions_says_so(two_labs, lab):
    with pytest.raises(ValueError, match="lab: got "):
        exercises.recall(lab)
