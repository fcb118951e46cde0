"""Lab 04's drawings: neighbours in five spaces, two rulers, few labels, and what slips do to a score."""

from __future__ import annotations

import torch
from torch import Tensor

from .. import evaluation, plots, results, widgets
from ..data import ImageSet
from ..results.tables import mean_interval
from .lab04_calibration import bootstrap, errors_at, floor, record_differences, reliability

__all__ = [
    "bootstrap", "errors_at", "few_labels", "floor", "measured", "neighbours", "pitfalls", "quoted", "record_differences",
    "record_few", "reliability", "spread_over_k", "two_rulers",
]
LAB = "04_evaluating_representations"
RULERS = ("kNN", "linear probe")


def neighbours(spaces: dict[str, tuple[Tensor, Tensor]], train: ImageSet, test: ImageSet, shown: int = 12) -> widgets.Panel:
    """A test photograph and its eight nearest of the training set in each space: {name: (features of test, of train)}."""
    nearest = {name: evaluation.nearest_rows(asked[:shown], known, 8)[1] for name, (asked, known) in spaces.items()}

    def draw(photograph: int):
        i = photograph - 1
        rows = {name: torch.cat([test.images[[i]], train.images[of[i]]]) for name, of in nearest.items()}
        labels = {name: [int(test.labels[i]), *train.labels[of[i]].tolist()] for name, of in nearest.items()}
        own = {name: [label == row[0] for label in row[1:]] for name, row in labels.items()}
        return plots.image_rows(
            rows, cell=0.85, titles={name: [test.classes[label] for label in row] for name, row in labels.items()},
            marked={name: [None, *row] for name, row in own.items()},
            frames={name: [None, *(plots.COLOURS[0 if same else 2] for same in row)] for name, row in own.items()})

    def alt(_, photograph: int) -> str:
        i = photograph - 1
        hits = {name: int((train.labels[of[i]] == test.labels[i]).sum()) for name, of in nearest.items()}
        return (f"Test photograph {photograph}, {test.classes[test.labels[i]]}, and its eight nearest in {len(spaces)} "
                "spaces. Of its class: " + ", ".join(f"{n} by {name}" for name, n in hits.items()) + ".")

    return widgets.Panel({"photograph": list(range(1, shown + 1))}, lambda photograph: photograph, draw, alt,
                         start={"photograph": min(4, shown)})


def spread_over_k(right: dict[str, dict[int, float]]) -> None:
    """Accuracy of a vote against the number of neighbours: {space, or space + ", equal weights": {k: accuracy}}."""
    figure, axis = plots.new_figure(width=6.4, height=3.6)
    curves = {name: (list(by_k), list(by_k.values())) for name, by_k in right.items()}
    plots.lines(axis, curves, x="neighbours that vote, k", y="accuracy", title="kNN on 1,000 photographs", log_x=True,
                marker="o")
    spaces = list(dict.fromkeys(name.split(",")[0] for name in right))
    for line, name in zip(axis.lines, right):
        line.set(color=plots.COLOURS[spaces.index(name.split(",")[0])], linestyle="--" if "," in name else "-")
    plots.percent(axis.yaxis)
    ks = list(next(iter(right.values())))
    axis.set_xticks(ks, [f"{k:,}" for k in ks])
    axis.minorticks_off()
    axis.legend(fontsize=9, handlelength=3)
    plots.show(figure, alt="Accuracy against the number of neighbours. " + " ".join(
        f"{name}: {by_k[ks[(len(ks) - 1) // 2]]:.0%} at k = {ks[(len(ks) - 1) // 2]}, {by_k[ks[-1]]:.0%} with all of them."
        for name, by_k in right.items()))


def quoted(method: str, protocol: str) -> dict[str, float]:
    """{protocol: the accuracy on file} where a student runs the lab; {} where it has to be measured."""
    try:
        found = results.value(lab=LAB, method=method, data="cifar10", protocol=protocol, metric="accuracy")
    except results.NotMeasured:
        return {}
    return results.live({protocol: found}, {})


def measured(name: str, protocol: str, value: float, seed: int, size: int, metric: str = "accuracy") -> float:
    """Keep one number; it comes back."""
    results.record(lab=LAB, method=name, data="cifar10", protocol=protocol, metric=metric, value=value, seed=seed, size=size)
    return value


def two_rulers(scores: dict[str, dict[str, float]], n: int) -> None:
    """Bars of both rulers for each space, measured on n photographs."""
    figure, axis = plots.new_figure(width=7.2, height=4.6)
    plots.bars(axis, scores, x=f"accuracy on {n:,} test photographs", title=f"Two rulers, {len(scores)} spaces", chance=0.1)
    axis.set_xlim(0, 1)
    plots.show(figure, alt="Bars of kNN and linear-probe accuracy. " + " ".join(
        f"{name}: " + " and ".join(f"{found[ruler]:.1%}" for ruler in found) + "." for name, found in scores.items()))


def record_few(right: dict[str, dict[int, list[float]]]) -> None:
    """Keep the accuracy of every space, number of labels per class and draw."""
    for name, by_n in right.items():
        for n, values in by_n.items():
            for draw, value in enumerate(values):
                measured(name, f"linear probe, {10 * n} labels", value, draw, 10 * n)


def few_labels(right: dict[str, dict[int, list[float]]]) -> None:
    """A curve for each space over labelled images of each class, with a 95% interval over draws (Student's t)."""
    found = {name: {n: mean_interval(values) for n, values in by_n.items()} for name, by_n in right.items()}
    titles = {name: "supervised\n(features saw all labels)" if name == "supervised" else name for name in found}
    counts = list(next(iter(found.values())))
    draws = len(next(iter(right.values()))[counts[0]])
    figure, axis = plots.new_figure(width=9.4, height=3.9)
    plots.lines(axis, {titles[name]: (counts, [mean for mean, _ in by_n.values()]) for name, by_n in found.items()},
                x="labelled images of each class", y="accuracy", title=f"A linear probe on few labels, {draws} draws",
                log_x=True, marker="o",
                intervals={titles[name]: [half for _, half in by_n.values()] for name, by_n in found.items()})
    for line, name in zip(axis.lines, found):
        line.set_linestyle("--" if name == "supervised" else "-")
    axis.legend(handlelength=3, loc="upper left", bbox_to_anchor=(1, 1))
    axis.set_xticks(counts, [str(n) for n in counts])
    axis.minorticks_off()
    plots.percent(axis.yaxis)
    plots.show(figure, alt="Accuracy against labelled images of each class. " + " ".join(
        f"{name}: from {by_n[counts[0]][0]:.0%} to {by_n[counts[-1]][0]:.0%}." for name, by_n in found.items()))


def pitfalls(said: dict[str, dict[str, dict[str, float]]]) -> widgets.Panel:
    """For each slip the honest score of each space and the one with the slip: {slip: {space: {"honest", slip}}}."""
    def draw(found: dict[str, dict[str, float]]):
        figure, axis = plots.new_figure(width=7.4, height=3.6)
        plots.bars(axis, found, x="accuracy", chance=0.1)
        axis.set_xlim(0, 1.18)
        axis.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"])
        return figure

    print(f"{'honest → with the slip':30}" + "".join(f"{name:>18}" for name in next(iter(said.values()))))
    for slip, rows in said.items():
        print(f"{slip:30}" + "".join(f"{pair['honest']:>9.1%} → {pair[slip]:6.1%}" for pair in rows.values()))
    return widgets.Panel(
        {"slip": list(said)}, lambda slip: said[slip], draw, start={"slip": next(iter(said))}, labels={"slip": ""},
        alt=lambda found, slip: f"Honest score and score with the slip “{slip}”: " + "; ".join(
            f"{name} {pair['honest']:.0%} and {pair[slip]:.0%}" for name, pair in found.items()) + ".")
