"""The typing box without a browser: lines, controls, what is refused, and the browser's side."""

from __future__ import annotations

import pytest

from sslcourse import plots, widgets


def box(**changes):
    asked = []

    def compute(text, case):
        asked.append((text, case))
        if "!" in text:
            raise ValueError("text: got a shout, wanted calm words")
        return text.upper() if case == "upper" else text.lower()

    def draw(data):
        figure, axis = plots.new_figure(width=2, height=1)
        axis.set_title(data)
        return figure

    made = widgets.TypingBox(**{
        "text": "Hello", "controls": {"case": ["upper", "lower"]}, "compute": compute, "draw": draw,
        "alt": lambda data, case: f"A small figure with the title {data}, in {case} case.", **changes,
    })
    made.asked = asked
    return made


def test_the_figure_follows_the_line_and_the_control():
    b = box(start={"case": "upper"})
    assert (b.data, b.alt) == ("HELLO", "A small figure with the title HELLO, in upper case.")
    b.type("  Good Day ")
    assert (b.text, b.data) == ("Good Day", "GOOD DAY")
    b.set(case="lower")
    assert b.data == "good day" and "the title good day, in lower case" in b.html()


def test_each_line_and_state_is_computed_once():
    b = box(start={"case": "upper"})
    for text in ("One", "Two", "One", "Two"):
        b.type(text)
        b.data
    assert b.asked == [("One", "upper"), ("Two", "upper")]


@pytest.mark.parametrize("line, words", [("Stop!", "calm words"), ("   ", "a word or two"), ("x" * 11, "at most 10")])
def test_a_refused_line_leaves_everything_and_says_why(line, words):
    b = box(limit=10)
    b.type("Fine")
    b.type(line)
    assert b.text == "Fine" and words in b.message
    b.type("Good")
    assert (b.text, b.message) == ("Good", "")


def test_code_and_browser_see_the_same_line():
    b = box(start={"case": "upper"})
    b._ipython_display_()
    view = b._view
    view._line.value = "From the browser"
    assert b.text == "From the browser" and "FROM THE BROWSER" in view._figure.value
    b.type("From code")
    assert view._line.value == "From code" and "FROM CODE" in view._figure.value
    view._line.value = "No!"
    assert view._waiting.answered == ["0", "No!"], "a refused line is answered too"
    assert "calm words" in view._said.value and b.text == "From code" and "FROM CODE" in view._figure.value
    view._controls["case"].value = "lower"
    assert b.state == {"case": "lower"} and "from code" in view._figure.value


def test_a_line_that_the_other_case_refuses_leaves_the_control_where_it_was():
    def compute(text, case):
        if case == "lower" and text == "SHOUT":
            raise ValueError("text: got a shout, wanted calm words")
        return text

    b = box(text="SHOUT", compute=compute, start={"case": "upper"})
    b._ipython_display_()
    b._view._controls["case"].value = "lower"
    assert b.state == {"case": "upper"} and b._view._controls["case"].value == "upper"
    assert "calm words" in b._view._said.value and "SHOUT" in b._view._figure.value


@pytest.mark.parametrize("changes, message", [
    ({"text": " "}, "text: got"), ({"limit": 0}, "limit: got 0"), ({"controls": {}}, "controls: got"),
])
def test_bad_input_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        box(**changes)


def test_a_line_is_a_string():
    with pytest.raises(ValueError, match="text: got 3"):
        box().type(3)
