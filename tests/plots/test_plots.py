"""Figures: what they refuse, what they draw, and that none goes onto the page without its text."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch

from sslcourse import plots
from sslcourse.plots.images import to_pixels
from sslcourse.training import History, interrupt

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


def test_a_figure_after_a_stopped_training_says_so_until_it_ran_to_its_end(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda bundle, raw: shown.append(bundle["text/html"]))
    interrupt.stop(History(loss=[1.0] * 268), 320, "jigsaw")
    plots.show(plots.new_figure()[0], alt=ALT)
    interrupt.whole("jigsaw")
    plots.show(plots.new_figure()[0], alt=ALT)
    assert "Shown after a training was stopped (jigsaw: stopped after 268 of 320 steps)." in shown[0]
    assert "stopped" not in shown[1]


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
    images = (torch.arange(7)[:, None, None, None] * 20).expand(7, 3, 8, 8).to(torch.uint8)
    (axis,) = plots.image_grid(images, [str(i) for i in range(7)], columns=3).axes
    (picture,) = axis.images  # all of them in one: a third of the time that 9 pairs of axes take
    titles = {text.get_text(): text.get_position() for text in axis.texts}
    assert list(titles) == [str(i) for i in range(7)]
    for i in range(7):
        x, y = titles[str(i)]
        assert (picture.get_array()[int(y) + 30, int(x)] == 20 * i).all(), "each under its title"


def test_a_mosaic_puts_each_image_whole_at_its_place_with_its_frame():
    wide, high = torch.zeros(1, 2, 4, dtype=torch.uint8), torch.full((3, 4, 2), 200, dtype=torch.uint8)
    wide[0, 0, 0] = 90
    _, axis = plots.new_figure()
    middles = plots.mosaic(axis, [wide, high], columns=2, frames=[None, "#ff0000"], titles=["a", None], marked=[False, None])
    canvas = axis.images[0].get_array()
    for (x, y), value in zip(middles, (0, 200)):
        assert (canvas[int(y), int(x)] == value).all()
    x, y = middles[0]
    assert (canvas[int(y) - 40, int(x) - 40] == 90).all() and (canvas == 90).all(-1).mean() > 0.03
    red = (canvas == [255, 0, 0]).all(-1)
    assert red.any() and np.nonzero(red)[1].min() > x, "a frame is around the second alone"
    assert [(text.get_text(), text.get_color()) for text in axis.texts] == [("a", plots.MUTED)]


def test_rows_carry_titles_of_their_own():
    rows = {"ours": torch.rand(2, 1, 8, 8), "theirs": torch.rand(2, 1, 8, 8)}
    (axis,) = plots.image_rows(rows, titles={"theirs": ["x", "y"]}, marked={"theirs": [True, False]}).axes
    assert [(text.get_text(), text.get_fontweight()) for text in axis.texts] == [
        ("x", "bold"), ("y", "normal"), ("ours", "normal"), ("theirs", "normal")]
    assert axis.texts[0].get_position()[1] > 96, "in the second row"


@pytest.mark.parametrize("draw", [plots.image_grid, lambda images: plots.image_rows({"dim": images})], ids=["grid", "rows"])
def test_a_dim_image_stays_dim(draw):
    """Every image is shown on one scale, from 0 to 255, and not stretched to its own darkest and lightest pixel."""
    figure = draw(torch.full((2, 1, 4, 4), 90, dtype=torch.uint8))
    (canvas,) = [image.get_array() for axis in figure.axes for image in axis.images]
    assert canvas.shape[2] == 3 and set(np.unique(canvas)) == {90, 255}, "colours as they are, and the white between them"


def test_rows_are_named_and_cut_to_the_shortest():
    figure = plots.image_rows({"ours": torch.rand(5, 1, 8, 8), "theirs": torch.rand(3, 1, 8, 8)})
    canvas = figure.axes[0].images[0].get_array()
    assert canvas.shape[1] // 96 == 3 and canvas.shape[0] // 96 == 2
    assert [text.get_text() for axis in figure.axes for text in axis.texts] == ["ours", "theirs"]


def test_a_map_names_each_class_that_has_dots():
    points, labels = np.random.default_rng(0).normal(size=(30, 2)), np.arange(30) % 2
    figure = plots.scatter_row({"map": points}, labels, ("cat", "dog", "never drawn"))
    assert [text.get_text() for text in figure.axes[0].texts] == ["cat", "dog"]
    assert figure.axes[0].get_aspect() == 1.0


@pytest.mark.parametrize("classes, shapes", [(3, 1), (10, 4)])
def test_many_classes_differ_in_shape_too_and_every_dot_is_drawn_once(classes, shapes):
    labels = np.arange(300) % classes
    points = np.stack([np.arange(300.0), np.zeros(300)], axis=1)
    _, axis = plots.new_figure()
    plots.scatter(axis, points, labels)
    drawn = np.concatenate([group.get_offsets()[:, 0] for group in axis.collections])
    assert sorted(drawn) == list(range(300))
    outlines = {}
    for group in axis.collections:
        for x, face in zip(group.get_offsets()[:, 0], group.get_facecolors()):
            outlines[int(x)] = (len(group.get_paths()[0].vertices), tuple(group.get_paths()[0].vertices[0]), tuple(face))
    assert len({outline[:2] for outline in outlines.values()}) == shapes
    assert len(set(outlines.values())) == classes, "one colour and one shape a class"


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


def test_a_legend_that_is_made_again_names_each_colour_once():
    _, axis = plots.new_figure()
    plots.bars(axis, {"kNN": {"PCA": 0.3, "AE": 0.4}, "probe": {"PCA": 0.35, "AE": 0.45}}, x="accuracy")
    axis.legend()
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["PCA", "AE"]


@pytest.mark.parametrize("longest, wanted", [
    (0.18, ["0%", "5%", "10%", "15%", "20%"]), (0.04, ["0%", "1%", "2%", "3%", "4%"]),
    (0.018, ["0%", "0.5%", "1%", "1.5%", "2%"]), (0.97, ["0%", "20%", "40%", "60%", "80%", "100%"]),
    (1.3, ["0%", "25%", "50%", "75%", "100%", "125%"]),
])
def test_ticks_say_what_they_are_and_none_twice(longest, wanted):
    figure, axis = plots.new_figure()
    plots.bars(axis, {"a": longest, "b": longest / 3}, x="accuracy", format=".1%")
    plots.to_png(figure)
    written = [tick.get_text() for tick in axis.get_xticklabels() if tick.get_text()]
    assert written[:len(wanted)] == wanted and len(written) <= len(wanted) + 1


def test_each_seed_is_a_dot_on_its_bar():
    _, axis = plots.new_figure()
    plots.bars(axis, {"a": 0.3, "b": 0.4}, x="accuracy", seeds={"b": [0.35, 0.45]})
    dots = [line for line in axis.lines if len(line.get_xdata())]
    assert [list(line.get_xdata()) for line in dots] == [[0.35, 0.45]] and list(dots[0].get_ydata()) == [1.0, 1.0]
    assert axis.texts[1].xy[0] == pytest.approx(0.45)


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


@pytest.mark.parametrize("name", ["x", "photograph", "a name of many words"])
@pytest.mark.parametrize("count", [1, 4, 12])
def test_the_name_of_a_row_of_images_is_shown_whole(name, count):
    figure = plots.image_rows({name: torch.rand(count, 3, 8, 8), "other": torch.rand(count, 3, 8, 8)})
    figure.canvas.draw()
    box = next(text for text in figure.axes[0].texts if text.get_text() == name).get_window_extent()
    assert figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1


@pytest.mark.parametrize("spread", [0.0, 0.1, 0.5, 3.0])
@pytest.mark.parametrize("names", ["inside", "above"])
@pytest.mark.parametrize("cell", [2.4, 5.0])
def test_no_name_on_a_map_covers_another(spread, names, cell):
    """Ten classes whose dots lie on each other, as on a map of photographs by PCA."""
    draws, labels = np.random.default_rng(1), np.arange(500) % 10
    points = draws.normal(size=(500, 2)) + spread * draws.normal(size=(10, 2))[labels]
    classes = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
    figure = plots.scatter_row({"map": points}, labels, classes, cell=cell, names=names)
    figure.canvas.draw()
    boxes = [text.get_window_extent().padded(0.22 * 8.5 * figure.dpi / 72) for text in figure.axes[0].texts]
    assert len(boxes) == 10
    for i, one in enumerate(boxes):
        assert not [j for j, other in enumerate(boxes[:i]) if one.overlaps(other)]
        assert figure.bbox.x0 <= one.x0 and one.x1 <= figure.bbox.x1, "and none is cut off"
