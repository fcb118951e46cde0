"""Guesses and answers without a browser: what is held back, what opens, what the script is told, and who came out ahead."""

from __future__ import annotations

import json
import re

import pytest

from sslcourse import widgets
from sslcourse.widgets import prediction


@pytest.fixture
def shown(monkeypatch):
    """The bundles that were displayed, an update among them."""
    found = []

    class Handle:
        def update(self, bundle, raw):
            found.append(bundle)

    def display(bundle, raw=False, display_id=None):
        found.append(bundle)
        return Handle()

    monkeypatch.setattr("IPython.display.display", display)
    monkeypatch.delenv("SSLCOURSE_SLIDES", raising=False)
    monkeypatch.setattr(prediction, "_asked", {})
    return found


def held(bundle):
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', bundle["text/html"], re.S).group(1))


def test_the_answer_is_folded_until_there_is_a_guess(shown):
    guess = widgets.Prediction("Which is it?", ["this", "that"])
    guess.answer("that", "It was <so>.")
    (folded,) = shown
    before, inside = folded["text/html"].split("<details>")
    assert "display:none" in before and "It was &lt;so&gt;." in inside and "Measured: that." in inside
    assert "Measured" not in before and "so&gt;" not in before
    guess.commit("this")
    assert "<details open>" in shown[1]["text/html"]
    assert "You predicted “this”; measured: that." in shown[1]["text/html"] and 'data-guess="this"' in shown[1]["text/html"]


def test_a_guess_from_before_opens_it_at_once(shown):
    guess = widgets.Prediction("Which is it?", ["this", "that"])
    guess.commit("that")
    guess.answer("that")
    assert "<details open>" in shown[0]["text/html"] and "and so it is" in shown[0]["text/html"]
    assert shown[0]["text/plain"] == "You predicted “that”, and so it is."


def test_the_script_knows_the_sentence_for_every_guess(shown):
    guess = widgets.Prediction("Which is it?", ["this", "</script>"])
    guess.answer("this")
    assert held(shown[0]) == {"options": ["this", "</script>"], "plain": "Measured: this.", "verdicts": {
        "this": "You predicted “this”, and so it is.", "</script>": "You predicted “</script>”; measured: this."}}


def test_question_and_answer_have_one_key_and_dead_buttons_without_a_script(shown):
    guess = widgets.Prediction("Which is it?", ["this", 'th"at'])
    guess._ipython_display_(), guess.answer("this")
    keys = [re.search('data-key="([^"]+)"', bundle["text/html"]).group(1) for bundle in shown]
    assert keys == [guess.key] * 2 and widgets.Prediction("Another?", ["a", "b"]).key != guess.key
    for bundle, where in zip(shown, ("question", "answer")):
        assert bundle["text/html"].count(f'name="{where}-{guess.key}" disabled') == 2 and "th&quot;at" in bundle["text/html"]


def test_an_outcome_that_is_no_option_is_refused(shown):
    with pytest.raises(ValueError, match="outcome"):
        widgets.Prediction("Which is it?", ["this", "that"]).answer("other")
    assert shown == []


def test_the_tally_lists_what_was_answered_in_order_and_once(shown):
    for _ in range(2):  # a cell that is run again
        first = widgets.Prediction("First?", ["a", "b"])
    second = widgets.Prediction("Second?", ["c", "d"])
    widgets.Prediction("Never answered?", ["e", "f"])
    second.answer("d"), first.commit("a"), first.answer("a")
    tally = widgets.tally()
    assert repr(tally) == "First? You predicted “a”, and so it is.\nSecond? You made no guess. Measured: d."
    assert [line["outcome"] for line in held({"text/html": tally._repr_html_()})] == ["a", "d"]
    before, inside = tally._repr_html_().split("<details>")
    assert "measured: d" in inside and "measured" not in before, "an outcome is no news to those who have not guessed yet"


def test_a_tally_of_nothing_says_so(shown):
    assert "No prediction" in repr(widgets.tally()) and "No prediction" in widgets.tally()._repr_html_()


def test_a_lead_counts_where_its_paired_interval_lies_above_zero():
    noisy = [0.3, 0.5, 0.7]
    assert widgets.decide({"a": [x + 0.02 for x in noisy], "b": noisy}) == "a", "the seeds differ, the lead does not"
    assert widgets.decide({"a": [0.5, 0.3, 0.75], "b": noisy}, tie="they tie") == "they tie"
    assert widgets.decide({"a": [x + 0.02 for x in noisy], "b": noisy}, margin=0.03) == "no difference that this can see"
    assert widgets.decide({"a": [0.1, 0.1], "c": [0.3, 0.31], "b": [0.2, 0.2]}) == "c"


@pytest.mark.parametrize("scores", [{"a": [1, 2]}, {"a": [1], "b": [2]}, {"a": [1, 2], "b": [1, 2, 3]}])
def test_what_can_t_be_decided_is_refused(scores):
    with pytest.raises(ValueError, match="scores"):
        widgets.decide(scores)
