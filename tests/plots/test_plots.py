"""Figures: what they refuse, what they draw, and that none goes onto the page without its text."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch

from sslcourse import plots
from sslcourse.plots.images import to_pixels

ALT = "Three maps of the same points beside each other."


def test_a_figure_is_shown_with_its_text(capsys):
    figure, _ = plots.new_figure(width=3, height=1)
    page = plots.to_html(figure, 'Two "lines" & more, told in words.')
    assert 'alt="Two &quot;lines&quot; &amp; more, told in words."' in page
    assert 'width="288"' in page and "http" not in page
    plots.show(figure, alt=ALT)
    assert ALT in capsys.readouterr().out  # outside a notebook the text stands for the figure


@pytest.mark.parametrize("alt", ["", "figure 1", "   ", None])
def test_no_figure_without_a_text_that_says_something(alt):
    figure, _ = plots.new_figure()
    with pytest.raises(ValueError, match="alt"):
        plots.show(figure, alt=alt)


def test_pngs_are_twice_as_fine_as_shown():
    from PIL import Image

    figure, _ = plots.new_figure(width=3, height=2)
    assert Image.open(io.BytesIO(plots.to_png(figure))).size == (576, 384)


def test_pyplot_keeps_no_figure():
    from matplotlib import pyplot

    plots.scatter_row({"one": np.random.default_rng(0).normal(size=(9, 2))})
    assert pyplot.get_fignums() == []


@pytest.mark.parametrize("image, wanted", [
    (torch.tensor([[[0, 255]]], dtype=torch.uint8), [[0, 255]]),
    (torch.tensor([[[-0.5, 0.5, 1.7]]]), [[0, 128, 255]]),
    (torch.tensor([[[1.0]], [[0.0]], [[0.5]]]), [[[255, 0, 128]]]),
])
def test_pixels_for_display(image, wanted):
    assert to_pixels(image).tolist() == wanted


def test_grid_draws_every_image_once():
    figure = plots.image_grid(torch.zeros(7, 3, 8, 8, dtype=torch.uint8), [str(i) for i in range(7)], columns=3)
    drawn = [axis for axis in figure.axes if axis.images]
    assert len(figure.axes) == 9 and [axis.get_title() for axis in drawn] == [str(i) for i in range(7)]


@pytest.mark.parametrize("draw", [plots.image_grid, lambda images: plots.image_rows({"dim": images})], ids=["grid", "rows"])
def test_a_dim_image_stays_dim(draw):
    """Every image is shown on one scale, from 0 to 255, and not stretched to its own darkest and lightest pixel."""
    figure = draw(torch.full((2, 1, 4, 4), 90, dtype=torch.uint8))
    assert {image.get_clim() for axis in figure.axes for image in axis.images} == {(0, 255)}


def test_rows_are_named_and_cut_to_the_shortest():
    figure = plots.image_rows({"ours": torch.rand(5, 1, 8, 8), "theirs": torch.rand(3, 1, 8, 8)})
    assert len([axis for axis in figure.axes if axis.images]) == 6
    assert [text.get_text() for axis in figure.axes for text in axis.texts] == ["ours", "theirs"]


def test_a_map_names_each_class_that_has_dots():
    points, labels = np.random.default_rng(0).normal(size=(30, 2)), np.arange(30) % 2
    figure = plots.scatter_row({"map": points}, labels, ("cat", "dog", "never drawn"))
    assert [text.get_text() for text in figure.axes[0].texts] == ["cat", "dog"]
    assert figure.axes[0].get_aspect() == 1.0


def test_a_class_is_named_at_the_median_of_its_own_dots():
    points = np.array([[0.0, 0.0], [0.0, 2.0], [9.0, 9.0], [7.0, 5.0], [8.0, 7.0]])
    figure = plots.scatter_row({"map": points}, np.array([0, 0, 1, 1, 1]), ("cat", "dog"))
    assert [tuple(text.xy) for text in figure.axes[0].texts] == [(0.0, 1.0), (8.0, 7.0)]


def test_a_bar_s_number_stands_clear_of_its_interval():
    _, axis = plots.new_figure()
    plots.bars(axis, {"raw pixels": 0.41, "SimCLR": 0.58}, x="accuracy", intervals={"SimCLR": 0.02})
    assert [round(text.xy[0], 6) for text in axis.texts] == [0.41, 0.6]


def test_bars_stand_in_order_with_their_numbers_and_intervals():
    figure, axis = plots.new_figure()
    plots.bars(axis, {"raw pixels": 0.41, "SimCLR": 0.58}, x="accuracy", intervals={"SimCLR": 0.02}, chance=0.1)
    assert [bar.get_width() for bar in axis.patches] == [0.41, 0.58] and axis.yaxis_inverted()
    assert [tick.get_text() for tick in axis.get_yticklabels()] == ["raw pixels", "SimCLR"]
    assert [text.get_text().strip() for text in axis.texts] == ["41%", "58%", "guessing"]
    assert len(axis.containers) == 3  # two bars, and one interval


def test_grouped_bars_name_each_colour_once():
    figure, axis = plots.new_figure()
    plots.bars(axis, {"kNN": {"PCA": 0.3, "AE": 0.4}, "probe": {"PCA": 0.35, "AE": 0.45}}, x="accuracy")
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["PCA", "AE"]
    assert [tick.get_text() for tick in axis.get_yticklabels()] == ["kNN", "probe"]
    faces = [bar.get_facecolor() for bar in axis.patches]
    assert faces[0] == faces[2] != faces[1] == faces[3]


def test_lines_carry_a_band_where_there_is_an_interval():
    figure, axis = plots.new_figure()
    curve = ([1, 2, 3], [0.1, 0.2, 0.4])
    plots.lines(axis, {"a": curve, "b": curve}, x="labels", y="accuracy", intervals={"a": [0.1, 0.05, 0.1]})
    band, = axis.collections
    lowest, highest = band.get_paths()[0].vertices[:, 1].min(), band.get_paths()[0].vertices[:, 1].max()
    assert lowest == pytest.approx(0.0) and highest == pytest.approx(0.5)


@pytest.mark.parametrize("call, message", [
    (lambda: plots.bars(None, {}, x="x"), "values"),
    (lambda: plots.lines(plots.new_figure()[1], {"a": ([1], [1])}, x="x", y="y", intervals={"a": []}), "intervals"),
    (lambda: plots.image_grid(torch.zeros(8, 8)), "images"),
    (lambda: plots.image_grid(torch.zeros(2, 1, 8, 8), ["one"]), "titles"),
    (lambda: plots.image_grid(torch.zeros(2, 1, 8, 8), columns=0), "columns"),
    (lambda: plots.image_rows({}), "rows"),
    (lambda: plots.image_rows({"x": torch.zeros(8, 8)}), r"rows\['x'\]"),
    (lambda: plots.scatter_row({"x": np.zeros((5, 3))}), "points"),
    (lambda: plots.scatter_row({"x": np.zeros((5, 2))}, np.zeros(4, dtype=int)), "labels"),
    (lambda: plots.scatter_row({}), "maps"),
    (lambda: plots.lines(None, {}, x="x", y="y"), "curves"),
    (lambda: plots.lines(None, {"a": ([1, 2], [1])}, x="x", y="y"), "curves"),
    (lambda: plots.new_figure(rows=0), "rows"),
])
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
