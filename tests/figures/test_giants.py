"""The giants' drawing: all, some, or none of them."""

from __future__ import annotations

from sslcourse.figures.giants import giants

ONE = {"DINO": {"kNN": 0.5, "linear probe": 0.75, "calibration error": 0.02}}


def test_none_of_them_is_said_and_why(capsys):
    giants({}, "no line.", "accuracy")
    assert capsys.readouterr().out == "No giants in this run: no line.\nThe lab goes on without them.\n"


def test_those_that_are_there_are_drawn_and_told(shown, capsys):
    giants(ONE, "", "accuracy on emoji")
    assert shown == ["Public networks, accuracy on emoji: DINO, kNN 50.0%, linear probe 75.0%."]
    said = capsys.readouterr().out
    assert "ahead of the vote by +25.0 points; its calibration error is 2.0%" in said and "giants in this run" not in said


def test_some_are_drawn_and_it_is_said_that_there_are_no_more(shown, capsys):
    giants(ONE, "the line broke.", "accuracy")
    assert len(shown) == 1 and "No more giants in this run: the line broke." in capsys.readouterr().out
