"""Two-dimensional maps: one dot an image, its class named where its dots lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .. import expect
from .style import COLOURS, INK, MARKERS, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def scatter(
    axis: Axes, points, labels=None, classes: Sequence[str] | None = None, *,
    title: str = "", size: float = 7, names: str = "inside",
) -> None:
    """Draw a map on `axis`: points (N, 2), coloured by labels (N,), each class named at the median of its dots.

    With names="above" a class is named above its dots, so that a small cloud isn't hidden; with names="" it is not named.
    No ticks: the coordinates of such a map mean nothing by themselves. One unit is as long upwards as sideways.
    """
    expect.one_of(names, "names", ("inside", "above", ""))
    points = np.asarray(points)
    expect.that(points.ndim == 2 and points.shape[1] == 2, "points", points, "an array of shape (N, 2)")
    labels = np.zeros(len(points), dtype=int) if labels is None else np.asarray(labels)
    expect.that(labels.shape == (len(points),), "labels", labels, f"an array of shape ({len(points)},)")
    order = np.random.default_rng(0).permutation(len(points))  # so that no class lies on top because it was drawn last
    few = labels.max(initial=0) < 4  # so many colours are told apart by themselves
    for some in [order] if few else np.array_split(order, 3):
        shapes = np.array([MARKERS[0 if few else label % len(MARKERS)] for label in labels[some]])
        for shape in np.unique(shapes):
            these = some[shapes == shape]
            colours = [COLOURS[label % len(COLOURS)] for label in labels[these]]
            axis.scatter(*points[these].T, s=size, c=colours, marker=shape, alpha=0.75, linewidths=0)
    axis.set_aspect("equal", adjustable="datalim")
    axis.set_xticks([]), axis.set_yticks([])
    for spine in axis.spines.values():
        spine.set_visible(True)
        spine.set_color("#d5d8dc")
    axis.set_title(title)
    if classes is not None and names:
        for label, name in enumerate(classes):
            if (labels == label).any():
                _name(axis, name, points[labels == label], COLOURS[label % len(COLOURS)], above=names == "above")


def scatter_row(
    maps: dict[str, object], labels=None, classes: Sequence[str] | None = None, *,
    cell: float = 3.1, size: float = 6, names: str = "inside",
) -> Figure:
    """Several maps of the same points beside each other, {title: (N, 2)}, in the same colours.

    Classes are named in place ("inside" or "above" their dots) or, where they overlap too much for that, in a "legend".
    """
    expect.that(bool(maps), "maps", maps, "one named map or more")
    expect.one_of(names, "names", ("inside", "above", "legend"))
    in_place = "" if names == "legend" else names
    figure, axes = new_figure(1, len(maps), width=cell * len(maps), height=cell + 0.35, squeeze=False)
    for (title, points), axis in zip(maps.items(), axes[0]):
        scatter(axis, points, labels, classes, title=title, size=size, names=in_place)
    if names == "legend" and classes is not None:
        swatches = _swatches(classes)
        figure.legend(handles=swatches, loc="outside lower center", ncols=len(classes), fontsize=9, handletextpad=0.1)
    return figure


def _swatches(classes: Sequence[str]) -> list:
    from matplotlib.lines import Line2D

    return [
        Line2D([], [], linestyle="", marker=MARKERS[label % len(MARKERS)] if len(classes) > 4 else MARKERS[0],
               color=COLOURS[label % len(COLOURS)], label=name)
        for label, name in enumerate(classes)
    ]


def _name(axis: Axes, name: str, dots: np.ndarray, colour: str, *, above: bool) -> None:
    x, y = np.median(dots, axis=0)
    axis.annotate(
        name, (x, dots[:, 1].max() if above else y), xytext=(0, 11 if above else 0), textcoords="offset points",
        fontsize=8.5, ha="center", va="center", color=INK,
        bbox={"boxstyle": "round,pad=0.22", "facecolor": "white", "edgecolor": colour, "alpha": 0.88, "linewidth": 1.2},
    )
