"""The one quiet line of a cell: what it says while work runs, at its end, when it was cut; and what stays in the file."""

from __future__ import annotations

import nbformat
import pytest
from nbclient import NotebookClient

from sslcourse import runtime
from sslcourse.progress_line import Bar, Line


@pytest.fixture
def line(monkeypatch):
    """A line that is shown at every update, into a list of (html, text)."""
    monkeypatch.setattr("sslcourse.progress_line.line.PATIENCE", 0.0)
    monkeypatch.setattr("sslcourse.progress_line.line.PERIOD", 0.0)
    shown = []
    line = Line(lambda html, text: shown.append((html, text)))
    line.said = shown
    return line


def bar(line, iterable=None, total=None, desc="training", unit="step", seconds=None):
    return Bar(line, iterable, total, desc, unit, seconds)


def test_it_says_what_runs_how_far_with_which_loss_and_how_long_still(line):
    with bar(line, total=320) as work:
        work.update(80)
        work.update(80)
        work.set_postfix(loss="1.24")
        html, text = line.said[-1]
    assert text.startswith("training · 160 of 320 steps · loss 1.24 · ") and text.endswith(" s left")
    assert 'role="progressbar"' in html and 'aria-valuenow="50"' in html and "<script" not in html


def test_at_the_end_it_is_a_sentence_without_a_bar(line):
    with bar(line, total=3) as work:
        work.update(3), work.set_postfix(loss="0.5")
    line.finish()
    html, text = line.said[-1]
    assert text == "training: 3 steps, loss 0.5, 0 s" and "progressbar" not in html


def test_work_that_was_given_up_is_said_to_be_so(line):
    with pytest.raises(KeyboardInterrupt), bar(line, total=320) as work:
        work.update(268)
        raise KeyboardInterrupt
    line.finish()
    assert line.said[-1][1] == "training: stopped after 268 of 320 steps, 0 s"


def test_a_second_try_that_reached_its_end_is_no_stop(line):
    with bar(line, total=5, desc="books") as first:
        first.update(2)
    with bar(line, total=5, desc="books") as second:
        second.update(5)
    line.finish()
    assert "stopped" not in line.said[-1][1]


def test_bars_inside_each_other_share_the_line_and_the_outer_one_sums_up(line):
    seen = []
    for _ in bar(line, range(3), desc="draws", unit="draw"):
        for _ in bar(line, range(4), desc="features", unit="batch"):
            pass
        seen.append(line.said[-1][1])
    line.finish()
    assert seen[1].startswith("draws 2 of 3 · features · 4 batches")
    assert line.said[-1][1] == "draws: 3 draws, 0 s"


def test_bars_one_after_the_other_are_named(line):
    for name in ("pixels", "PCA", "SimCLR", "MAE"):
        list(bar(line, range(2), desc=name))
    line.finish()
    assert line.said[-1][1] == "pixels, PCA, SimCLR and 1 more, 0 s"


def test_what_need_not_be_told_leaves_an_empty_line(line):
    list(Bar(line, range(3), None, "drawing every position", "figure", told=False))
    line.finish()
    assert line.said[0][1].startswith("drawing every position") and line.said[-1] == ("", "")


def test_a_run_with_a_clock_shows_the_share_of_its_time(line):
    with bar(line, seconds=1e6) as work:
        work.update()
        html, text = line.said[-1]
    assert "277 h 46 min left" in text and 'aria-valuenow="0"' in html and "1 step ·" in text


def test_what_is_over_at_once_shows_nothing(monkeypatch):
    shown = []
    quick = Line(lambda *said: shown.append(said))
    list(bar(quick, range(100)))
    quick.finish()
    assert shown == []


def test_it_is_not_shown_more_often_than_somebody_can_read(monkeypatch):
    shown = []
    busy = Line(lambda *said: shown.append(said), start=0.0)  # since long ago
    list(bar(busy, range(1000)))
    assert len(shown) <= 2


def test_outside_a_notebook_it_is_tqdm_and_asks_for_quiet_as_ever(monkeypatch):
    monkeypatch.setenv("SSLCOURSE_QUIET", "1")
    assert runtime.progress(range(3)).disable
    assert list(runtime.progress(range(3), seconds=2.0)) == [0, 1, 2]


CELL = """
import time
from sslcourse import runtime
for _ in runtime.progress(range(2), desc="draws", unit="draw"):
    for _ in runtime.progress(range(7), desc="features", unit="batch"):
        time.sleep(0.1)
"""


@pytest.mark.slow
@pytest.mark.parametrize("quiet", ["", "1"])
def test_a_saved_notebook_holds_one_line_of_text_and_nothing_alive(quiet, monkeypatch):
    monkeypatch.setenv("SSLCOURSE_QUIET", quiet)
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL) for _ in range(2)])
    NotebookClient(book, timeout=120, kernel_name="python3").execute()
    for cell in book.cells:
        assert len(cell.outputs) == (0 if quiet else 1)
        for output in cell.outputs:
            assert sorted(output.data) == ["text/html", "text/plain"]
            assert output.data["text/plain"].startswith("draws: 2 draws, ")
