"""After a training that was stopped, whatever shows what a network has learned says so, however it is shown."""

from __future__ import annotations

import pytest

from sslcourse import widgets
from sslcourse.training import History, interrupt
from tests.widgets.test_matches import matches
from tests.widgets.test_panel_and_explorer import explorer, panel
from tests.widgets.test_puzzle import puzzle
from tests.widgets.test_typing_box import box

SHOWN = {"Panel": panel, "a Panel of the kernel's": lambda: panel(live=True), "Explorer": explorer, "Matches": matches,
         "Puzzle": puzzle, "TypingBox": box}
NO_NETWORK = {"Prediction", "Sketch", "TripletCircle"}  # questions, and a drawing of three points


@pytest.fixture
def pages(monkeypatch):
    found = []

    class Place:
        display_id = "here"

    monkeypatch.delenv("SSLCOURSE_QUIET", raising=False)
    monkeypatch.setattr("IPython.display.display",
                        lambda bundle, raw, display_id=None: found.append(bundle.get("text/html", "")) or Place())
    yield found
    interrupt.forget()


def test_every_widget_is_looked_at():
    every = {name for name in widgets.__all__ if hasattr(getattr(widgets, name), "_ipython_display_")}
    assert every == {name for name in SHOWN if " " not in name} | NO_NETWORK


@pytest.mark.parametrize("make", SHOWN.values(), ids=SHOWN)
def test_it_says_so_until_the_training_has_run_to_its_end(pages, make):
    interrupt.stop(History(loss=[1.0] * 268), 320, "jigsaw")
    make()._ipython_display_()
    assert [page for page in pages if "Shown after a training was stopped (jigsaw: stopped after 268 of 320 steps)." in page]
    interrupt.whole("jigsaw")
    pages.clear()
    make()._ipython_display_()
    assert pages and not [page for page in pages if "stopped" in page]
