"""Text as a figure: every piece in its place, and nothing lost where lines break."""

from __future__ import annotations

import pytest

from sslcourse import plots
from sslcourse.plots.words import layout


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_every_piece_is_drawn_once_on_its_own_colour():
    figure = plots.words(["the", " cat", " $5_sat"], ["#ff0000", None, "#00ff00"], title="Three")
    assert texts(figure) == ["the", " cat", " $5_sat"] and len(figure.axes[0].patches) == 2
    plots.to_png(figure)                        # a dollar sign is no mathematics


def test_lines_are_filled_and_broken_between_pieces_or_at_a_line_break():
    lines = layout(["aa", "bb", "cc\ndd", "ee"], columns=5)
    assert [[(at, text) for at, text, _ in line] for line in lines] == [
        [(0, "aa"), (2, "bb")], [(0, "cc")], [(0, "dd"), (2, "ee")]]
    assert "".join(text for line in layout(["x" * 23], 10) for _, text, _ in line) == "x" * 23
    assert layout(["a\n\nb"], 10) == [[(0, "a", 0)], [], [(0, "b", 0)]]


@pytest.mark.parametrize("call, message", [
    (lambda: plots.words([]), "pieces: got"), (lambda: plots.words("one"), "pieces: got 'one'"),
    (lambda: plots.words(["a"], ["red", "blue"]), "fills: got 2 fills, wanted one for each of 1"),
    (lambda: plots.words(["a"], columns=0), "columns: got 0"),
])
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
