"""Two-dimensional maps: one dot an image, its class named where its dots lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .. import expect
from .style import INK, INKS, MARKERS, new_figure

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
            colours = [INKS[label % len(INKS)] for label in labels[these]]
            axis.scatter(*points[these].T, s=size, c=colours, marker=shape, alpha=0.75, linewidths=0)
    axis.set_aspect("equal", adjustable="datalim")
    axis.set_xticks([]), axis.set_yticks([])
    for spine in axis.spines.values():
        spine.set_visible(True)
        spine.set_color("#d5d8dc")
    axis.set_title(title)
    if classes is not None and names:
        there = [label for label in range(len(classes)) if (labels == label).any()]
        dots = [points[labels == label] for label in there]
        places = np.array([np.median(group, axis=0) for group in dots]).reshape(-1, 2)
        if names == "above":
            places[:, 1] = [group[:, 1].max() for group in dots]
        moved = _apart(axis, points, places, [classes[label] for label in there], 11 if names == "above" else 0)
        for label, place, offset in zip(there, places, moved):
            _name(axis, classes[label], place, offset, INKS[label % len(INKS)])


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
               color=INKS[label % len(INKS)], label=name)
        for label, name in enumerate(classes)
    ]


def _apart(axis: Axes, points: np.ndarray, places: np.ndarray, names: Sequence[str], up: float) -> np.ndarray:
    """Where each name goes, in points from its place, so that none covers another: (names, 2), upwards by `up` at least.

    Names that overlap push each other aside, along the side on which they overlap least, until none does.
    """
    room = axis.get_position().size * axis.figure.get_size_inches() * 72  # what the map has, before the layout is made
    scale = float((room / np.maximum(np.ptp(points, axis=0), 1e-12)).min())
    boxes = np.array([[5.6 * len(name) + 10, 17.0] for name in names]).reshape(-1, 2)
    at = places * scale + (0, up)
    for _ in range(200):
        gaps = at[:, None] - at[None]  # (names, names, 2)
        over = (boxes[:, None] + boxes[None]) / 2 - np.abs(gaps)
        touching = (over > 0).all(axis=-1) & ~np.eye(len(at), dtype=bool)
        if not touching.any():
            break
        along = over.argmin(axis=-1)
        first = np.arange(len(at))
        side = np.where(first[:, None] > first[None], 1.0, -1.0)  # where two are at one place, one goes left
        push = np.zeros_like(at)
        for axis_of in (0, 1):
            sign = np.where(gaps[..., axis_of] == 0, side, np.sign(gaps[..., axis_of]))
            push[:, axis_of] = (sign * (over[..., axis_of] / 2 + 0.1) * (touching & (along == axis_of))).sum(axis=1)
        at = at + push / np.maximum(touching.sum(axis=1), 1)[:, None]
    return at - places * scale


def _name(axis: Axes, name: str, place: np.ndarray, offset: np.ndarray, colour: str) -> None:
    axis.annotate(
        name, tuple(place), xytext=tuple(offset), textcoords="offset points", fontsize=8.5, ha="center", va="center",
        color=INK,
        bbox={"boxstyle": "round,pad=0.22", "facecolor": "white", "edgecolor": colour, "alpha": 0.88, "linewidth": 1.2},
    )
