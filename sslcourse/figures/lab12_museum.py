"""Lab 12's museum of collapses: what each exhibit's instruments read step by step, and what a fixed rule says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import plots, results, runtime, widgets
from ..widgets.neighbors import recent

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LAB = "12_without_negatives"
COLOURS = plots.COLOURS[0], plots.COLOURS[2]  # healthy, ill
READ = ("loss", "feature deviation", "effective rank")  # on the way
VOTE = "kNN accuracy"  # at the end
Walk = dict[int, dict[str, float]]  # {step: {what was read: its value}}


def walk(looks: dict[int, widgets.Seen], every: int, size: int, vote: float) -> Walk:
    """What was read after every `every` steps, the loss as a mean since the step before, and the vote at the end; recorded.

    Step 0 has no loss.
    """
    found = {step: {"loss": recent(seen.loss, every)} | {name: float(seen.kept[name]) for name in READ[1:]}
             for step, seen in looks.items() if step}
    found[max(found)][VOTE] = vote
    for step, read in found.items():
        for metric, value in read.items():
            results.record(lab=LAB, method=looks[step].run, data="cifar10", protocol=f"step {step}", metric=metric,
                           value=value, seed=0, size=size)
    return found


def walk_of(name: str, walks: dict[str, Walk]) -> Walk:
    """This run's walk, else the course's; empty where neither has measured it."""
    if name in walks:
        return walks[name]
    found: Walk = {}
    for row in results.select(results.committed(runtime.machine()), lab=LAB, method=name, metric=[*READ, VOTE]):
        if row.protocol.startswith("step "):
            found.setdefault(int(row.protocol.removeprefix("step ")), {})[row.metric] = row.value
    return dict(sorted(found.items()))


def twin(exhibit: str) -> str:
    """The whole method that an exhibit is set beside: its name up to the comma."""
    return exhibit.split(",")[0]


def museum(exhibits: list[str], walks: dict[str, Walk], untrained: float) -> widgets.Panel:
    """Three instruments over the steps and the vote at their end, for an exhibit (red) and its healthy twin (blue).

    untrained  a kNN accuracy
    """
    steps = list(next(iter(walks.values())))
    last = steps[-1]

    def visit(exhibit: str, step: int):
        return exhibit, step, {name: walk_of(name, walks) for name in (twin(exhibit), exhibit)}

    def draw(visited) -> Figure:
        exhibit, step, both = visited
        figure, axes = plots.new_figure(1, 4, width=10.6, height=3.1)
        for row, colour in zip(both.values(), COLOURS):
            for axis, metric in zip(axes, READ):
                _course(axis, row, metric, step, colour, [other for other in both.values() if other is not row])
        for axis, metric in zip(axes, READ):
            axis.set(xlim=(0, 1.45 * last), xticks=[0, last // 2, last], title=metric)
            axis.grid(True)
            axis.margins(y=0.2)
            if metric != "loss":
                axis.set_ylim(0, max(axis.get_ylim()[1], 1.15))
        _votes(axes[3], [row.get(last, {}).get(VOTE) for row in both.values()], untrained, "kNN at the end")
        missing = "".join(f"; {name}: not measured yet" for name, row in both.items() if not row)
        figure.suptitle(f"{exhibit} (red), {twin(exhibit)} (blue), after {step} steps{missing}", fontsize=11)
        return figure

    def told(name: str, row: Walk, step: int) -> str:
        if step not in row:
            return f"{name}: not measured yet."
        vote = f", kNN at the end {row[last][VOTE]:.1%}" if VOTE in row.get(last, {}) else ""
        return f"{name}: " + ", ".join(f"{m} {row[step][m]:.2f}" for m in READ) + f"{vote}."

    return widgets.Panel(
        {"exhibit": exhibits, "step": steps}, visit, draw, start={"exhibit": exhibits[0], "step": last}, play="step",
        labels={"exhibit": "", "step": "step"},
        alt=lambda found, exhibit, step: f"Three instruments after {step} steps. " + " ".join(
            told(name, row, step) for name, row in found[2].items()))


def _votes(axis, votes: list[float | None], untrained: float, title: str) -> None:
    """The twin's and the exhibit's vote as bars with their numbers, and the untrained network's as a line."""
    for place, (vote, colour) in enumerate(zip(votes, COLOURS)):
        if vote is not None:
            axis.bar(place, vote, color=colour, width=0.6)
            axis.annotate(f"{vote:.1%}", (place, 0), xytext=(0, 5), textcoords="offset points", ha="center", color="white",
                          fontsize=9.5)
    axis.axhline(untrained, color=plots.MUTED, linewidth=1, linestyle=":")
    axis.annotate("untrained", (0.99, untrained), xycoords=("axes fraction", "data"), xytext=(0, 2),
                  textcoords="offset points", fontsize=8.5, color=plots.MUTED, ha="right")
    axis.set(xlim=(-0.6, 2.4), xticks=[], ylim=(0, 1.25 * max([untrained, *filter(None, votes)])), title=title)
    plots.percent(axis.yaxis)


def _course(axis, row: Walk, metric: str, step: int, colour: str, others: list[Walk]) -> None:
    """One curve up to `step`, its number at the end clear of the other curve's, and palely the rest."""
    axis.plot(list(row), [found[metric] for found in row.values()], color=colour, alpha=0.35)
    past = [s for s in row if s <= step]
    axis.plot(past, [row[s][metric] for s in past], color=colour, marker="o", markersize=4)
    if step in row:
        value = row[step][metric]
        above = all(value >= other[step][metric] for other in others if step in other)
        one_decimal = value > 10 or "rank" in metric
        number = f"{value:.1f}" if one_decimal else f"{value:.2f}"
        axis.annotate(number, (step, value), xytext=(6, 5 if above else -5), textcoords="offset points", color=colour,
                      fontsize=9.5, va="bottom" if above else "top")


def diagnosis(exhibit: str, walks: dict[str, Walk]) -> str:
    """In words, by a fixed rule: an instrument gives the alarm below half of what it reads on the healthy twin."""
    ill, well = ((list(walk_of(name, walks).values()) or [None])[-1] for name in (exhibit, twin(exhibit)))
    if ill is None or well is None:
        return "not measured yet"
    alarms = [name for name in ("feature deviation", "effective rank") if ill[name] < well[name] / 2]
    kinds = {(): "no collapse in 100 steps", ("effective rank",): "dimensional collapse",
             ("feature deviation",): "the directions crowd together"}
    said = kinds.get(tuple(alarms), "complete collapse under way")
    gain = (ill[VOTE] - well[VOTE]) * 100
    return (f"{said}\n     deviation {ill['feature deviation']:.2f} (healthy {well['feature deviation']:.2f}), "
            f"effective rank {ill['effective rank']:.1f} ({well['effective rank']:.1f}), kNN {gain:+.1f} points")


def diagnoses(exhibits: list[str], walks: dict[str, Walk]) -> None:
    """The rule's sentence on each exhibit, in lines."""
    for exhibit in exhibits:
        print(f"{exhibit}: {diagnosis(exhibit, walks)}")
