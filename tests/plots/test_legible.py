"""How well a figure can be read: the smallest words in it, and how far words and marks stand out from white."""

from __future__ import annotations

import pytest

from sslcourse import plots


def drawn(figure):
    plots.to_png(figure)
    return plots.legibility(figure)


@pytest.mark.parametrize("colour, ratio", [("white", 1.0), ("black", 21.0), ("#767676", 4.54), ((0, 0, 0, 0.0), 1.0)])
def test_contrast_is_that_of_the_standard(colour, ratio):
    assert plots.contrast(colour) == pytest.approx(ratio, abs=0.01)


def test_contrast_has_no_direction():
    assert plots.contrast("#a31b00", "#2878bd") == pytest.approx(plots.contrast("#2878bd", "#a31b00"))


def test_the_inks_stand_out_and_the_first_three_are_apart_in_grey():
    assert len(plots.INKS) == len(plots.COLOURS)
    assert min(map(plots.contrast, plots.INKS)) >= 3
    grey = sorted(map(plots.contrast, plots.INKS[:3]))
    assert all(after / before >= 1.4 for before, after in zip(grey, grey[1:]))


def test_the_smallest_words_are_found_wherever_they_stand():
    figure, axis = plots.new_figure()
    axis.set_title("a title", fontsize=20), axis.tick_params(labelsize=16), axis.plot([0, 1], [0, 1])
    assert drawn(figure)["text"] == 16
    axis.text(0.5, 0.5, "here", fontsize=9)
    assert drawn(figure)["text"] == 9
    axis.texts[0].set_visible(False)
    axis.axis("off")
    assert drawn(figure)["text"] == 20, "ticks of axes that are off are not seen"


@pytest.mark.parametrize("mark", [
    lambda axis: axis.plot([0, 1], [0, 1], color="#ffa90e"),
    lambda axis: axis.scatter([0, 1], [0, 1], color=["black", "#ffa90e"]),
    lambda axis: axis.bar([0, 1], [1, 2], color="#ffa90e"),
    lambda axis: axis.fill_between([0, 1], [0, 1], color="#ffa90e"),
    lambda axis: axis.plot([0, 1], [0, 1], color="black", alpha=0.3),
])
def test_a_pale_mark_is_found(mark):
    figure, axis = plots.new_figure()
    mark(axis)
    assert drawn(figure)["mark"] < 3


@pytest.mark.parametrize("mark", [
    lambda axis: axis.scatter([0, 1], [0, 1], color="#ffa90e", edgecolor="black"),
    lambda axis: axis.fill_between([0, 1], [0, 1], color="#eeeeee", zorder=0),
    lambda axis: axis.grid(axis="x"),
    lambda axis: None,
])
def test_an_edge_is_enough_and_a_background_need_not_stand_out(mark):
    figure, axis = plots.new_figure()
    mark(axis)
    assert drawn(figure)["mark"] >= 3


def test_pale_words_are_found_and_white_ones_stand_on_something_dark():
    figure, axis = plots.new_figure()
    axis.text(0, 0, "white", color="white")
    assert drawn(figure)["ink"] >= 4.5
    axis.text(0, 0, "amber", color="#ffa90e")
    assert drawn(figure)["ink"] < 2


def test_a_picture_carries_the_worst_of_its_figures():
    (one, first), (other, second) = plots.new_figure(), plots.new_figure()
    first.text(0, 0, "a", fontsize=8), second.plot([0, 1], [0, 1], color="#ffa90e")
    plots.to_png(one), plots.to_png(other)
    assert plots.measures(one, other) == 'data-text="8.0" data-ink="4.8" data-mark="1.9"'
    assert 'data-text="8.0"' in plots.to_html(one, "a letter on an empty plane")
