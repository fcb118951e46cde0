"""What every lab's figures are tested with."""

from __future__ import annotations

import pytest

from sslcourse import plots


@pytest.fixture
def shown(monkeypatch):
    """The texts of what is shown; every figure is drawn, so that a fault in it is found."""
    texts = []

    def show(figure, alt):
        assert len(plots.to_png(figure, dpi=20)) > 500
        texts.append(alt)

    monkeypatch.setattr(plots, "show", show)
    return texts


@pytest.fixture(autouse=True)
def one_unit(monkeypatch):
    """An accuracy or a share is in per cent on every axis, as it is in the text beside it."""
    made, new_figure = [], plots.new_figure

    def remembered(*args, **kwargs):
        made.append(new_figure(*args, **kwargs))
        return made[-1]

    monkeypatch.setattr(plots, "new_figure", remembered)
    yield
    for axis in (axis for figure, _ in made for axis in figure.axes):
        for side in (axis.xaxis, axis.yaxis):
            words, scale = side.get_label_text().lower(), side.get_scale()
            if not ("accuracy" in words or words.startswith("share")) or "%" in words or "points" in words or scale == "log":
                continue
            assert side.get_major_formatter()(0.25).endswith("%"), f"“{words}” is not in per cent"
