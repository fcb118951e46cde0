"""What the tests of the slides look for would be found: a slide that is too full, too wide, or has two lines of heading."""

from __future__ import annotations

import re

import pytest
from nbformat.v4 import new_markdown_cell, new_notebook

from sslcourse import plots
from sslcourse.slides import deck
from sslcourse.slides.page import page as slides_page
from tests.browser import test_slides_in_browser as checks
from tests.browser.jupyter import CHROMIUM, browser_page

pytestmark = pytest.mark.browser

TEXTS = {
    "Fits\n\nwell": False,
    "Too full\n\n" + "\n".join(f"- line {number}" for number in range(20)): True,
    "Too wide\n\n    " + "x = 1; " * 40: True,
    "A heading that is much too long for one line of a slide, so that it has two": True,
}

HARD = {
    "Plain\n\nwords": 0,
    "Small\n\n<span style='font-size:15px'>words</span>": 1,
    "Pale\n\n<span style='color:#aaaaaa'>words</span>": 1,
    "On blue\n\n<span style='background:#1f6fb8;color:#626975'>words</span>": 1,
    "A figure\n\n{small}": 1,
    "A pale figure\n\n{pale}": 1,
    "A good figure\n\n{good}": 0,
}


def picture(size: float, colour: str) -> str:
    """A figure of 8 inches with words of this size and a line of this colour."""
    figure, axis = plots.new_figure(width=8, height=3)
    axis.text(0.1, 0.5, "words", fontsize=size), axis.plot([0, 1], [0, 1], color=colour), axis.axis("off")
    return plots.to_html(figure, "some words and a line, for a test")


def test_what_is_hard_to_read_is_noticed(tmp_path):
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine, so no slides were shown (Debian: apt-get install chromium)")
    figures = {"small": picture(8, "black"), "pale": picture(16, "#ffa90e"), "good": picture(16, "black")}
    slide = {"slideshow": {"slide_type": "slide"}}
    texts = [re.sub(r"\{(\w+)\}", lambda found: figures[found[1]], text) for text in HARD]
    notebook = new_notebook(cells=[new_markdown_cell(f"## {text}", metadata=slide) for text in texts])
    file = tmp_path / "hard.html"
    file.write_text(slides_page("Hard", deck.slides_of(notebook)), encoding="utf-8")
    with browser_page(1280, 720) as page:
        found = []
        for number in range(checks.open_slides(page, file)):
            page.evaluate(checks.SHOW, number)
            found.append(len(page.evaluate(checks.HARD_TO_READ)))
    assert found == list(HARD.values())


def test_what_does_not_fit_is_noticed(tmp_path):
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine, so no slides were shown (Debian: apt-get install chromium)")
    slide = {"slideshow": {"slide_type": "slide"}}
    notebook = new_notebook(cells=[new_markdown_cell(f"## {text}", metadata=slide) for text in TEXTS])
    file = tmp_path / "wrong.html"
    file.write_text(slides_page("Wrong", deck.slides_of(notebook)), encoding="utf-8")
    with browser_page(1280, 720) as page:
        found = []
        for number in range(checks.open_slides(page, file)):
            page.evaluate(checks.SHOW, number)
            found.append(bool(page.evaluate(checks.OUTSIDE)))
    assert found == list(TEXTS.values())
