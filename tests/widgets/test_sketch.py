"""A drawn guess without a browser: what is held back, what is compared, and what is refused."""

from __future__ import annotations

import json
import re

import pytest

from sslcourse import widgets


@pytest.fixture
def shown(monkeypatch):
    found = []

    class Handle:
        def update(self, bundle, raw):
            found.append(bundle)

    def display(bundle, raw=False, display_id=None):
        found.append(bundle)
        return Handle()

    monkeypatch.setattr("IPython.display.display", display)
    monkeypatch.delenv("SSLCOURSE_SLIDES", raising=False)
    return found


def sketch(**changes):
    return widgets.Sketch(**{"question": "How does it <go> on?", "at": [0, 20, 100], "x": "step", "y": "loss", "low": 0,
                             "high": 1, **changes})


def held(bundle):
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', bundle["text/html"], re.S).group(1))


def test_the_pad_knows_where_its_points_stand(shown):
    sketch()._ipython_display_()
    assert held(shown[0])["across"] == [0.0, 0.2, 1.0] and not held(shown[0])["bars"] and "measured" not in held(shown[0])
    assert "How does it &lt;go&gt; on?" in shown[0]["text/html"] and "loss at 0, 20, 100" in shown[0]["text/plain"]
    sketch(at=["PCA", "t-SNE"])._ipython_display_()
    assert held(shown[1])["bars"] and held(shown[1])["at"] == ["PCA", "t-SNE"]


def test_the_answer_is_folded_until_something_was_drawn(shown):
    guess = sketch()
    guess.answer([0.5, 0.25, 0.0], "So it <was>.")
    assert "<details>" in shown[0]["text/html"] and held(shown[0])["measured"] == [0.5, 0.25, 0.0]
    assert "Measured: 0.5 at 0, 0.25 at 20, 0 at 100." in shown[0]["text/html"]
    assert "So it &lt;was&gt;." in shown[0]["text/html"]
    guess.commit([1.5, 0.5, 0.5])
    assert guess.guess == [1.0, 0.5, 0.5] and guess.distance() == pytest.approx((0.5 + 0.25 + 0.5) / 3)
    assert "<details open>" in shown[1]["text/html"] and "0.42 away" in shown[1]["text/plain"]
    assert "data-guess='[1.0, 0.5, 0.5]'" in shown[1]["text/html"]


def test_bars_are_drawn_too(shown):
    guess = sketch(at=["PCA", "t-SNE"])
    guess.answer([0.5, 1.0])
    assert "0.5 at PCA, 1 at t-SNE" in shown[0]["text/html"] and "<img" in shown[0]["text/html"]


def test_a_slide_has_the_question_alone(shown, monkeypatch):
    monkeypatch.setenv("SSLCOURSE_SLIDES", "1")
    sketch()._ipython_display_()
    assert "<script" not in shown[0]["text/html"] and "ssl-question" in shown[0]["text/html"]


@pytest.mark.parametrize("changes, message", [
    ({"question": " "}, "question"), ({"at": [1]}, "at"), ({"low": 2}, "low, high")])
def test_bad_questions_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        sketch(**changes)


@pytest.mark.parametrize("values", [[1, 2], [0.1, float("nan"), 0.2], [0.1, float("inf"), 0.2]])
def test_bad_drawings_are_refused(values):
    with pytest.raises(ValueError, match="values"):
        sketch().commit(values)
    with pytest.raises(ValueError, match="measured"):
        sketch().answer(values)
