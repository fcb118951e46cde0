"""Lab 05's drawings: learning curves and a level, gains seed by seed, transferred blocks, what trainings did to weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from torch import Tensor

from .. import plots, widgets
from .lab05_words import (
    SETTINGS,
    carried,
    farther,
    faster,
    gains,
    higher,
    most_ahead,
    record_images_error,
    setting_name,
    speed_ups,
    two_lives,
    what_pays,
)

__all__ = ["blocks", "carried", "curves", "farther", "faster", "heights", "higher", "inside", "most_ahead",
           "record_images_error", "summary", "tasks", "two_lives", "what_pays"]

Curve = tuple[Sequence[float], Sequence[float]]     # training steps, and the accuracy after each


def tasks(rows: Mapping[str, Tensor]) -> None:
    """Ten images of each task, a named row each."""
    plots.show(plots.image_rows({name: images[:10] for name, images in rows.items()}), alt=(
        f"{len(rows)} rows of ten images: photographs of six kinds of things, photographs of four other kinds, and grey "
        "clothes on black."))


def curves(shown: Mapping[str, tuple[Mapping[str, Curve], float]], reach: Callable) -> widgets.Panel:
    """The learning curves of each setting, {setting: ({arm: curve}, level)}, with a diamond where each reaches the level.

    reach   (steps, accuracies, level) -> the step, inf where it is never reached
    """
    def draw(found: tuple[Mapping[str, Curve], float]):
        arms, level = found
        figure, axis = plots.new_figure(width=7.6, height=4.0)
        plots.lines(axis, arms, x="training steps", y="test accuracy")
        axis.axhline(level, color=plots.MUTED, linestyle=":", linewidth=1.2)
        axis.annotate("the level", (1, level), xycoords=("axes fraction", "data"), xytext=(-4, -11), ha="right",
                      textcoords="offset points", fontsize=9, color=plots.MUTED)
        for (steps, accuracies), color in zip(arms.values(), plots.COLOURS):
            at = reach(steps, accuracies, level)
            if math.isfinite(at):
                height = max(level, accuracies[0])  # there before the first evaluation: the diamond sits on the curve
                axis.plot(at, height, "D", color=color, markersize=9, markeredgecolor="white", zorder=5)
        axis.set_xlim(0, None)
        plots.percent(axis.yaxis)
        axis.legend(loc="lower right")
        return figure

    def told(found: tuple[Mapping[str, Curve], float], setting: str) -> str:
        arms, level = found
        ends = ", ".join(f"{arm} {accuracies[-1]:.0%}" for arm, (_, accuracies) in arms.items())
        at = ", ".join(f"{arm} at step {reach(steps, accuracies, level):.0f}" for arm, (steps, accuracies) in arms.items()
                       if max(accuracies) >= level)
        return f"Test accuracy over training steps, {setting}. At the end: {ends}. Level {level:.0%} reached: {at}."

    names = list(shown)
    return widgets.Panel({"setting": names}, lambda setting: shown[setting], draw, told, labels={"setting": ""},
                         start={"setting": names[min(1, len(names) - 1)]})


def _dots(axis, rows: Mapping[str, Sequence[float]], line: float) -> None:
    """A row of dots for each name, its mean as a bar, and a dotted line where there is no difference."""
    for row, values in enumerate(rows.values()):
        axis.plot(values, [row] * len(values), "o", color=plots.COLOURS[0], markersize=6, alpha=0.6, markeredgewidth=0)
        axis.plot(sum(values) / len(values), row, "|", color=plots.INK, markersize=17, markeredgewidth=2.2)
    axis.axvline(line, color=plots.MUTED, linestyle=":", linewidth=1.2)
    axis.set_yticks(range(len(rows)), list(rows))
    axis.set_ylim(len(rows) - 0.5, -0.5)
    axis.grid(True, axis="x")


def summary(measured: Mapping[tuple, Mapping[str, float]]) -> None:
    """Left, how far the old start ends ahead; right, how many times as fast it is: a dot for each seed, a bar for the mean.

    measured   {(task, labels, arm, seed): {metric: value}} of this run; what is missing there comes from the course's file
    """
    ahead = {setting_name(s): [100 * gain for gain in gains(s, measured)] for s in SETTINGS if gains(s, measured)}
    times = {setting_name(s): speed_ups(s, measured) for s in SETTINGS if speed_ups(s, measured)}
    figure, (left, right) = plots.new_figure(1, 2, width=9.8, height=1.4 + 0.42 * len(ahead))
    _dots(left, ahead, 0)
    left.set(xlabel="points of accuracy at the end, old start − fresh")
    left.set_title("Final accuracy")
    _dots(right, times, 1)
    right.set(xlabel="times as many steps from scratch", xscale="log")
    right.set_xticks([1, 2, 5, 10], ["1", "2", "5", "10"])
    right.minorticks_off()
    right.set_title("Speed")
    plots.show(figure, alt="By which the old start ends ahead, and how many times as fast it is: " + "; ".join(
        f"{name} {sum(values) / len(values):+.1f} points, {sum(times[name]) / len(times[name]):.1f} times"
        for name, values in ahead.items()) + ".")


def blocks(transfused: Mapping[str, Curve], arms: Sequence[str], scale: str) -> widgets.Panel:
    """A network with its first k blocks old, and its curve among the others; `arms` in order of k, `scale` the dashed one."""
    names = ("stem", *(f"layer{s}" for s in range(1, len(arms) - 1)), "classifier")

    def draw(k: int):
        figure, (net, axis) = plots.new_figure(1, 2, width=9.4, height=4.0, width_ratios=[0.34, 1])
        for i, name in enumerate(names):
            is_old = i < k
            color = plots.COLOURS[1] if is_old else plots.COLOURS[0]
            net.bar(0, 1, width=3, bottom=i * 1.2, color=color, alpha=0.9 if is_old else 0.28)
            net.text(0, i * 1.2 + 0.5, f"{name}\n{'old' if is_old else 'random'}", ha="center", va="center", fontsize=9.5)
        net.text(0, -0.45, "image", ha="center", va="center", color=plots.MUTED)
        net.set(xlim=(-1.7, 1.7), ylim=(-0.8, len(names) * 1.2 + 0.1))
        net.axis("off")
        for arm, (steps, accuracies) in transfused.items():
            chosen = arm == arms[k]
            axis.plot(steps, accuracies, "--" if arm == scale else "-", color=plots.COLOURS[1] if chosen else "#c9cdd2",
                      linewidth=3 if chosen else 1.5, zorder=1 + chosen)
        axis.annotate("grey: the other numbers of blocks\ndashed: scale only", (0.98, 0.05), xycoords="axes fraction",
                      ha="right", color=plots.MUTED)
        axis.set(xlabel="training steps", ylabel="test accuracy")
        axis.grid(True)
        plots.percent(axis.yaxis)
        most = len(arms) - 1
        words = {0: "nothing", most: f"all {most} blocks"}.get(k, f"the first {k} of {most} blocks")
        axis.set_title(f"Transferred: {words}")
        return figure

    return widgets.Panel(
        {"k": range(len(arms))}, lambda k: k, draw, start={"k": 2}, labels={"k": "blocks transferred"},
        alt=lambda _, k: (f"A network with its first {k} blocks old and the rest random, and its learning curve among the "
                          f"others in grey; it ends at {transfused[arms[k]][1][-1]:.0%}."))


def heights(transfused: Mapping[str, Curve], title: str) -> None:
    """A bar for each arm: its accuracy, the mean over its whole curve, so that fast and good both count."""
    means = {arm: sum(accuracies) / len(accuracies) for arm, (_, accuracies) in transfused.items()}
    figure, axis = plots.new_figure(width=7.6, height=3.4)
    plots.bars(axis, means, x="test accuracy, mean over the whole curve", format=".1%", title=title)
    plots.show(figure, alt="Mean accuracy over the curve: " + ", ".join(f"{arm} {m:.1%}" for arm, m in means.items()) + ".")


def inside(lives: Mapping[str, tuple[Tensor, Tensor]]) -> None:
    """Block by block, how far each training moved the weights and how much is still the same, {training: (moved, same)}."""
    figure, axes = plots.new_figure(1, 2, width=9.8, height=3.6)
    count = len(next(iter(lives.values()))[0])
    shown = (("How far the weights moved", "distance / length before"), ("How much it says the same", "linear CKA"))
    for measure, (axis, (title, unit)) in enumerate(zip(axes, shown)):
        plots.lines(axis, {life: (range(count), found[measure].tolist()) for life, found in lives.items()}, x="", y=unit,
                    title=title, marker="o")
        axis.set_xticks(range(count), ["stem", *(f"layer{s}" for s in range(1, count))])
        axis.set_ylim(0, None)
    axes[1].get_legend().remove()
    plots.show(figure, alt="Block by block, " + "; ".join(
        f"{life}: moved {', '.join(f'{m:.2f}' for m in moved.tolist())}, CKA {', '.join(f'{c:.2f}' for c in same.tolist())}"
        for life, (moved, same) in lives.items()) + ".")
