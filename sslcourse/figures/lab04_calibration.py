"""Lab 04, section 6: how sure a classifier is beside how often it is right, at every temperature."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from .. import evaluation, plots, results, runtime, widgets

TEMPERATURES = [0.25, 0.35, 0.5, 0.7, 0.85, 1.0, 1.2, 1.4, 1.7, 2.0, 2.4, 2.8, 3.4, 4.0]
BINS = 15


def errors_at(logits: Tensor, y: Tensor, error: Callable) -> list[float]:
    """The calibration error, by error(proba, y, n_bins), at each temperature of the panel."""
    return [float(error(torch.softmax(logits / T, dim=1), y, BINS)) for T in TEMPERATURES]


def bootstrap(value: Callable[[Tensor], float], n: int, rounds: int = 100, seed: int = 0) -> tuple[float, float]:
    """The 95% interval of value(rows) when the n test images are drawn again, with replacement: rows is (n,)."""
    with runtime.seeded(seed):
        found = [value(torch.randint(n, (n,))) for _ in range(rounds)]
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)


def record_differences(classifiers: dict[str, Tensor], y: Tensor, error: Callable, pairs: dict[str, tuple[str, str]]) -> None:
    """Keep how far the test images alone move the difference of two classifiers' errors: a standard error, for each pair.

    pairs   {protocol: (one, the other)}, names of `classifiers`, {name: logits (N, K)}
    """
    for protocol, pair in pairs.items():
        proba = [classifiers[name].softmax(dim=1) for name in pair]
        low, high = bootstrap(lambda rows, proba=proba: float(error(proba[0][rows], y[rows], BINS))
                              - float(error(proba[1][rows], y[rows], BINS)), len(y))
        results.record(lab="04_evaluating_representations", method=f"{pair[0]} minus {pair[1]}", data="cifar10",
                       protocol=protocol, metric="ECE, standard error over images", value=(high - low) / (2 * 1.96), seed=0)


def floor(proba: Tensor, error: Callable, rounds: int = 20) -> float:
    """The calibration error of a classifier that is perfectly calibrated: its labels are drawn from its own words, proba."""
    with runtime.seeded(0):
        return sum(float(error(proba, proba.multinomial(1).flatten(), BINS)) for _ in range(rounds)) / rounds


def reliability(
    classifiers: dict[str, Tensor], y: Tensor, fitted: dict[str, float], error: Callable,
) -> widgets.Panel:
    """Each classifier's logits softened by T: bins of confidence beside accuracy, and the error at every T.

    classifiers, fitted   {name: logits (N, K)}, {name: the temperature that was fitted on other rows}
    """
    curves = {name: errors_at(logits, y, error) for name, logits in classifiers.items()}

    def soften(classifier: str, T: float) -> dict:
        proba = torch.softmax(classifiers[classifier] / T, dim=1)
        return {"bins": evaluation.reliability_curve(proba, y, BINS), "T": T, "fitted": fitted[classifier],
                "accuracy": float((proba.argmax(dim=1) == y).double().mean()),
                "ECE": curves[classifier][TEMPERATURES.index(T)], "curve": curves[classifier]}

    return widgets.Panel(
        {"classifier": list(classifiers), "T": TEMPERATURES}, soften, _draw,
        start={"classifier": next(iter(classifiers)), "T": 1.0}, labels={"classifier": "", "T": "temperature T"},
        alt=lambda at, classifier, T: (
            f"Reliability diagram of {classifier} at T = {T}: ECE {at['ECE']:.1%}, accuracy {at['accuracy']:.1%}; beside it "
            f"the ECE at every T, with the fitted T = {at['fitted']:.2f} marked."))


def _draw(at: dict):
    figure, (left, right) = plots.new_figure(1, 2, width=9.4, height=4.2)
    bins = at["bins"]
    middle, width = (bins.edges[1:] + bins.edges[:-1]) / 2, 0.92 / BINS
    for x, confidence, accuracy, count in zip(middle, bins.confidence, bins.accuracy, bins.count):
        if count >= 20:
            strength = min(1.0, 0.2 + count / 1000)
            low, high = sorted((accuracy, confidence))
            left.bar(x, low, width, color=plots.COLOURS[0], alpha=strength)
            left.bar(x, high - low, width, low, color=plots.COLOURS[2 if confidence > accuracy else 1], alpha=strength)
    left.plot([0, 1], [0, 1], color=plots.INK, linestyle=":", linewidth=1.2)
    left.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence", ylabel="share that is right", title="Reliability diagram")
    left.annotate(f"ECE {at['ECE']:.1%}\naccuracy {at['accuracy']:.1%}", (0.04, 0.96), va="top", fontsize=12,
                  bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 2})
    plots.lines(right, {"ECE": (TEMPERATURES, at["curve"])}, x="temperature T", y="ECE", log_x=True,
                title=f"Fitted on 2,000 others: T = {at['fitted']:.2f}")
    right.get_legend().remove()
    right.plot(at["T"], at["ECE"], "o", color=plots.INK, markersize=9)
    right.axvline(at["fitted"], color=plots.COLOURS[2], linestyle=":")
    right.set_xticks([0.25, 0.5, 1, 2, 4], ["0.25", "0.5", "1", "2", "4"])
    right.minorticks_off()
    right.set_ylim(0, None)
    for axis in (left.xaxis, left.yaxis, right.yaxis):
        plots.percent(axis)
    return figure
