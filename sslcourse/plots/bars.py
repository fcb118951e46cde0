"""Bars: one measured number a row, written out at its end; groups side by side where there are several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .. import expect
from .style import COLOURS, INK, MUTED

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def bars(
    axis: Axes, values: dict[str, float] | dict[str, dict[str, float]], *, x: str, title: str = "",
    format: str = ".0%", intervals: dict[str, float] | None = None, chance: float | None = None,
    seeds: dict[str, Sequence[float]] | None = None,
) -> None:
    """Horizontal bars on `axis`, the first one on top, each with its number; `x` labels the axis they are measured along.

    values     {name: number}, or {group: {name: number}} for one colour a name and a legend
    intervals  {name: half the width of its 95% interval}, for plain bars
    seeds      {name: the value of each seed}, a dot for each on its plain bar
    chance     a dotted line for what guessing gives
    """
    expect.that(bool(values), "values", values, "one named number or more")
    grouped = all(isinstance(part, dict) for part in values.values())
    groups = values if grouped else {"": values}
    names = list(dict.fromkeys(name for part in groups.values() for name in part))
    colours = dict(zip(names, COLOURS)) if grouped else dict.fromkeys(names, COLOURS[0])
    intervals = intervals or {}
    row, ticks, said = 0.0, [], set()
    for group, part in groups.items():
        first = row
        for name, value in part.items():
            half = intervals.get(name, 0.0)
            # a name is in the legend once, whoever makes the legend
            axis.barh(row, value, 0.8, color=colours[name], label="_" + name if name in said or not grouped else name)
            said.add(name)
            dots = (seeds or {}).get(name, ())
            axis.plot(dots, [row] * len(dots), "o", color=INK, markersize=4, alpha=0.7, linestyle="")
            half = max([half, *(dot - value for dot in dots)])  # the number stands clear of the rightmost dot
            if intervals.get(name):
                axis.errorbar(value, row, xerr=intervals[name], color=INK, capsize=3, linewidth=1.2)
            axis.annotate(f" {value:{format}}", (value + half, row), va="center", fontsize=9.5)
            if not grouped:
                ticks.append((row, name))
            row += 1
        if grouped:
            ticks.append(((first + row - 1) / 2, group))
            row += 0.6
    axis.set_yticks([at for at, _ in ticks], [name for _, name in ticks])
    axis.tick_params(axis="y", length=0, labelcolor=INK)
    axis.invert_yaxis()
    axis.set_xlabel(x)
    axis.margins(x=0.12)
    if format.endswith("%"):
        percent(axis.xaxis)
    axis.set_title(title, pad=9 if chance is None else 20)  # room for the word above the dotted line
    if chance is not None:
        axis.axvline(chance, color=MUTED, linewidth=1, linestyle=":")
        axis.annotate("guessing", (chance, 1.0), xycoords=("data", "axes fraction"), fontsize=8.5, color=MUTED, va="bottom",
                      ha="center")
    if grouped:
        # above the bars, so that it covers none of them, and clear of the title on the left
        axis.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=len(names))


def percent(side) -> None:
    """Ticks of an axis (``axis.xaxis``) in per cent, each as it is: 0%, 2.5%, 5%; none past 100% where no number is."""
    from matplotlib.ticker import MaxNLocator

    def written(value: float, _: int) -> str:
        return "" if value > 1 + 1e-9 >= side.get_data_interval()[1] else f"{100 * value:.6g}%"

    side.set_major_locator(MaxNLocator(nbins=7, steps=[1, 2, 2.5, 5, 10]))
    side.set_major_formatter(written)
