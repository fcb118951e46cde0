"""Diagrams: shapes lie where they were put, arrows can start from them, and the ready-made ones hold their words."""

from __future__ import annotations

import pytest

from sslcourse import plots

d = plots.diagrams


def texts(figure) -> str:
    return " ".join(text.get_text() for axis in figure.axes for text in axis.texts)


def test_a_canvas_is_measured_in_inches():
    figure, axis = d.canvas(5, 2)
    assert tuple(figure.get_size_inches()) == (5, 2) and axis.get_xlim() == (0, 5) and axis.get_ylim() == (0, 2)
    figure.draw_without_rendering()
    assert axis.transData.transform((1, 1)).tolist() == [figure.dpi, figure.dpi]


def test_a_shape_knows_where_arrows_meet_it():
    _, axis = d.canvas(5, 2)
    for shape in (d.box(axis, 1, 0.5, 2, 1, "a box", note="its note"), d.network(axis, 1, 0.5, 2, 1)):
        assert (shape.left, shape.right, shape.top, shape.bottom) == ((1, 1.0), (3, 1.0), (2, 1.5), (2, 0.5))


def test_an_encoder_narrows_to_the_right_and_a_decoder_to_the_left():
    _, axis = d.canvas(5, 2)
    for narrow, heights in (("right", (1.0, 0.5)), ("left", (0.5, 1.0))):
        d.network(axis, 0, 0, 2, 1, narrow=narrow, to=0.5)
        (_, a), (_, b), (_, c), (_, e) = axis.patches[-1].get_xy()[:4]
        assert (e - a, c - b) == pytest.approx(heights)


def test_an_arrow_carries_its_words():
    _, axis = d.canvas(5, 2)
    d.arrow(axis, (0, 1), (2, 1), "weights")
    assert axis.texts[-1].get_text() == "weights" and axis.texts[-1].xy == (1.0, 1.0)


@pytest.mark.parametrize(("figure", "held"), [
    (lambda: d.pipeline([("Pretext task", "no labels"), ("Downstream task", "in use")]), "Pretext task"),
    (d.hourglass, "encoder"), (d.student_teacher, "teacher"),
])
def test_the_ready_made_ones(figure, held):
    assert held in texts(figure())


def test_nothing_is_drawn_outside_the_canvas():
    for figure in (d.hourglass(), d.student_teacher(), d.pipeline([("A", "a"), ("B", "b"), ("C", "c")])):
        figure.draw_without_rendering()
        axis, = figure.axes
        frame = figure.bbox
        for artist in (*axis.patches, *axis.texts):
            box = artist.get_window_extent()
            assert frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1


@pytest.mark.parametrize(("call", "message"), [
    (lambda: d.canvas(0, 2), "width"), (lambda: d.pipeline([("one", "")]), "stages"),
    (lambda: d.network(d.canvas(2, 2)[1], 0, 0, 1, 1, narrow="up"), "narrow"),
])
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("draw", [
    lambda axis, x, name: d.words(axis, x, 1, name, size=16, bold=True),
    lambda axis, x, name: d.box(axis, x - 1, 0.4, 2.2, 1.2, name, size=16, colour="white", filled=False),
    lambda axis, x, name: d.box(axis, x - 1, 0.4, 2.2, 1.2, name, note="a note", size=16, colour="white", filled=False),
])
def test_titles_at_one_height_stand_on_one_line_whatever_their_letters(draw):
    """The lowest ink of the first letter of each, all of them capitals without a tail."""
    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    names = ("Fine-tuning", "Pretext task", "DAE · denoising", "AE", "Downstream task")
    figure, axis = d.canvas(12, 2)
    for place, name in enumerate(names):
        draw(axis, 1.2 + 2.4 * place, name)
    pen = FigureCanvasAgg(figure)
    pen.draw()
    dark = np.asarray(pen.buffer_rgba())[:, :, :3].sum(2) < 200
    low = []
    for words in axis.texts:
        if words.get_text() in names:
            box = words.get_window_extent(pen.get_renderer())
            top, left = round(len(dark) - box.y1), round(box.x0)
            low.append(top + int(np.flatnonzero(dark[top:top + round(box.height), left:left + 8].any(1)).max()))
    assert max(low) - min(low) <= 1 and len(low) == len(names)
