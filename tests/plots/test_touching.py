"""Words of a diagram that touch an edge, a picture or other words are named; words inside a box are not."""

from __future__ import annotations

import numpy as np
import pytest

from sslcourse import plots

d = plots.diagrams


def at_rest(figure, axis):
    d.box(axis, 1, 1, 2, 1, "inside", note="below it", size=14)
    d.network(axis, 4, 1, 2, 1, "in it", size=14)
    d.words(axis, 3.5, 2.7, "above both", size=14)


def on_an_edge(figure, axis):
    d.words(axis, 2, 1.0, "on the edge", size=14)


def under_a_slope(figure, axis):
    d.words(axis, 5.2, 1.2, "through the slope", size=14)


def on_words(figure, axis):
    d.words(axis, 3.5, 2.6, "too near", size=14)


def on_a_picture(figure, axis):
    picture = figure.add_axes((0.8, 0.7, 0.2, 0.2))
    picture.imshow(np.zeros((2, 2))), picture.axis("off")
    d.words(axis, 6.5, 2.5, "on the picture", size=14)


@pytest.mark.parametrize("add, named", [
    (None, []), (on_an_edge, ["on the edge"]), (under_a_slope, ["through the slope"]), (on_words, ["too near"]),
    (on_a_picture, ["on the picture"]),
])
def test_what_touches_is_named(add, named):
    figure, axis = d.canvas(8, 3.2)
    at_rest(figure, axis)
    if add:
        add(figure, axis)
    plots.to_png(figure)
    found = plots.touching(figure)
    assert bool(found) == bool(named) and all(any(name in one for one in found) for name in named), found
    assert ("data-touching" in plots.measures(figure)) == bool(named)


def test_axes_with_ticks_are_left_alone():
    figure, axis = plots.new_figure()
    axis.bar([0], [1]), axis.text(0, 1, "on the bar"), axis.text(0, 1, "and on words")
    plots.to_png(figure)
    assert plots.touching(figure) == []
