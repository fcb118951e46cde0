"""What the tests of the slides look for would be found: a slide that is too full, too wide, or has two lines of heading."""

from __future__ import annotations

import pytest
from nbformat.v4 import new_markdown_cell, new_notebook

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
