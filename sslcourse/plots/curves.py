"""Curves: several named lines over one axis, each named at its end where there is room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .. import expect
from .style import COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def lines(
    axis: Axes, curves: dict[str, tuple[Sequence[float], Sequence[float]]], *,
    x: str, y: str, title: str = "", log_x: bool = False, marker: str = "",
    intervals: dict[str, Sequence[float]] | None = None,
) -> None:
    """Draw {name: (x values, y values)} on `axis` with axis labels `x` and `y` and a legend in the order of the curves.

    intervals   {name: half the width of the interval around each y}, drawn as a pale band
    """
    expect.that(bool(curves), "curves", curves, "one named curve or more")
    for (name, (across, up)), colour in zip(curves.items(), COLOURS):
        came = expect.Words(f"{len(across)} x and {len(up)} y values")
        expect.that(len(across) == len(up), f"curves[{name!r}]", came, "as many x as y")
        axis.plot(across, up, color=colour, label=name, marker=marker, markersize=4)
        if intervals and name in intervals:
            half = intervals[name]
            expect.that(len(half) == len(up), f"intervals[{name!r}]", expect.Words(f"{len(half)} values"), f"{len(up)}")
            low, high = ([value + sign * width for value, width in zip(up, half)] for sign in (-1, 1))
            axis.fill_between(across, low, high, color=colour, alpha=0.18, linewidth=0)
    if log_x:
        axis.set_xscale("log")
    axis.grid(True)
    axis.set_xlabel(x)
    axis.set_ylabel(y)
    axis.set_title(title)
    axis.legend()
