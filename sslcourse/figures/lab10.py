"""Lab 10's drawings: the table of similarities, the training, the maps, histograms, settings and the path of z."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from .. import evaluation, plots, results
from ..data import ImageSet
from ..plots.bars import percent
from ..plots.images import to_pixels
from .lab10_head import changed, head, recorded
from .lab10_panels import neighbours, real_push, temperature, views

__all__ = [
    "beside_other_labs", "changed", "colours", "head", "maps", "neighbours", "path", "real_push", "recorded", "settings",
    "settings_on_file", "table", "temperature", "training", "views",
]
LAB = "10_simclr"
RULERS = ("kNN", "linear probe")
MACHINES = ("airplane", "automobile", "ship", "truck")


def table(pair: list[Tensor], logits: Tensor, positive: Tensor) -> None:
    """The views along both sides of their similarities; a frame around the right answer of each row."""
    everyone = torch.cat(list(pair))
    count = len(everyone)
    figure, axis = plots.new_figure(width=7.4, height=7.4)
    axis.imshow(logits.masked_fill(logits < -2, 0), cmap="RdBu_r", vmin=-1, vmax=1)
    for i, (row, view) in enumerate(zip(logits.tolist(), everyone)):
        for x, y in ((i, -1), (-1, i)):
            axis.imshow(to_pixels(view), extent=(x - 0.45, x + 0.45, y + 0.45, y - 0.45))
        for k, similarity in enumerate(row):
            own = similarity < -2
            axis.text(k, i, "−∞" if own else f"{similarity:.2f}", ha="center", va="center", fontsize=9.5,
                      color="white" if not own and abs(similarity) > 0.6 else plots.INK)
        x = int(positive[i])
        axis.plot([x - 0.46, x + 0.46, x + 0.46, x - 0.46, x - 0.46], [i - 0.46, i - 0.46, i + 0.46, i + 0.46, i - 0.46],
                  color="black", linewidth=3)
    axis.set(xlim=(-1.5, count - 0.5), ylim=(count - 0.5, -1.5), aspect="equal")
    axis.axis("off")
    plots.show(figure, alt=(
        f"{count} views of {count // 2} photographs along both sides of a table of their cosine similarities: minus "
        "infinity on the diagonal, and a frame around the partner's column in each row."))


def training(losses: list[float], scores: dict[str, dict[str, float]], guessing: float) -> None:
    """The loss step by step beside what guessing costs, and the accuracies by both rulers."""
    figure, (left, right) = plots.new_figure(1, 2, width=9.4, height=3.2)
    smooth = torch.tensor(losses).unfold(0, min(20, len(losses)), 1).mean(dim=1)
    plots.lines(left, {"mean of 20 steps": (range(len(smooth)), smooth)}, x="step", y="NT-Xent", title="Training")
    left.axhline(guessing, color=plots.MUTED, linewidth=1, linestyle=":")
    left.annotate("guessing", (len(smooth), guessing), fontsize=9, color=plots.MUTED, ha="right", va="bottom")
    left.get_legend().remove()
    plots.bars(right, {ruler: {name: score[ruler] for name, score in scores.items()} for ruler in RULERS},
               x="accuracy", format=".1%", chance=0.1)
    plots.show(figure, alt=(
        f"Left, the loss against the step, from about {smooth[0]:.1f} to {smooth[-1]:.1f}. Right, accuracy on new "
        "photographs: " + "; ".join(f"{name}, kNN {score['kNN']:.1%}, linear probe {score['linear probe']:.1%}"
                                    for name, score in scores.items()) + "."))


def beside_other_labs() -> None:
    """What pixels and a supervised network have on file, from lab 04."""
    what = {"lab": "04_evaluating_representations", "data": "cifar10", "metric": "accuracy"}
    results.say(
        "For comparison, from lab 04: raw pixels {knn:.1%} by kNN and {probe:.1%} by the linear probe; its supervised "
        "network, trained for fewer steps but on every label, {knn_s:.1%} and {probe_s:.1%}.",
        knn={**what, "method": "raw pixels", "protocol": "kNN"},
        probe={**what, "method": "raw pixels", "protocol": "linear probe"},
        knn_s={**what, "method": "supervised", "protocol": "kNN"},
        probe_s={**what, "method": "supervised", "protocol": "linear probe"})


def maps(pool: ImageSet, features: dict[str, Tensor]) -> dict[str, np.ndarray]:
    """A UMAP map of each of `features` beside the others, coloured by class; the maps come back.

    Printed above: how many of the eight nearest are of the asker's kind, an animal or a machine.
    """
    import umap
    from threadpoolctl import threadpool_limits

    machine = torch.tensor([name in MACHINES for name in pool.classes])[pool.labels]
    chance = sum((machine == kind).float().mean().item() ** 2 for kind in (True, False))
    for name, h in features.items():
        nearest = evaluation.nearest_rows(h, h, 9)[1][:, 1:]
        share = float((machine[nearest] == machine[:, None]).float().mean())
        print(f"{name}: {share:.0%} of the eight nearest are of one kind, animal or machine (chance: {chance:.0%})")
    with threadpool_limits(1):
        found = {name: umap.UMAP(n_neighbors=15, min_dist=0.1, metric="cosine", random_state=0, n_jobs=1)
                 .fit_transform(np.asarray(h)) for name, h in features.items()}
    plots.show(plots.scatter_row(found, pool.labels, pool.classes, cell=4.4, names="legend"), alt=(
        f"UMAP maps of {len(pool):,} photographs, {' and '.join(features)}, coloured by class. The network was never told "
        "the classes."))
    return found


def colours(found: dict[str, tuple[Tensor, Tensor, float]]) -> None:
    """How alike the colour histograms of partners and of strangers are: recipe -> (partners, strangers, share found)."""
    figure, axes = plots.new_figure(1, len(found), width=9.4, height=3.0, sharey=True)
    edges = np.linspace(0, 1, 41)
    for axis, (recipe, (partners, strangers, share)) in zip(axes, found.items()):
        for name, values, colour in (("strangers", strangers, 3), ("partners", partners, 0)):
            axis.stairs(np.histogram(values, edges)[0] / len(values), edges, fill=True, alpha=0.65,
                        color=plots.COLOURS[colour], label=name)
        axis.set(xlabel="similarity of the colour histograms", ylabel="share of pairs" if axis is axes[0] else "")
        axis.set_title(f"{recipe[0].upper()}{recipe[1:]}: partner found {share:.0%}")
        percent(axis.yaxis)
    axes[0].legend(loc="upper left")
    plots.show(figure, alt=(
        "How alike the colour histograms of partners and of strangers are. The nearest histogram is the partner's for "
        + ", and ".join(f"{share:.0%} of the views under {recipe}" for recipe, (*_, share) in found.items()) + "."))


def settings_on_file(names: dict[str, dict[float, str]]) -> dict[str, dict[str, dict[float, float]]] | None:
    """Setting -> protocol -> {value: accuracy} of seed 0; None where this kind of machine has not measured them all."""
    try:
        return {setting: {ruler: {value: results.value(lab=LAB, method=name, protocol=ruler, seed=0, metric="accuracy")
                                  for value, name in of.items()} for ruler in RULERS} for setting, of in names.items()}
    except results.NotMeasured:
        print("No answer yet: this kind of machine has not measured them all. `make results` does.")
        return None


def settings(measured: dict[str, dict[str, dict[float, float]]]) -> None:
    """Accuracy against each setting."""
    figure, axes = plots.new_figure(1, len(measured), width=9.4, height=3.2, sharey=True)
    for axis, (setting, part) in zip(axes, measured.items()):
        curves = {ruler: (list(row), list(row.values())) for ruler, row in part.items()}
        plots.lines(axis, curves, x=setting, y="accuracy" if axis is axes[0] else "", log_x=True, marker="o",
                    title=f"{setting[0].upper()}{setting[1:]}")
        axis.set_xticks(list(part["kNN"]), [f"{value:g}" for value in part["kNN"]])
        axis.minorticks_off()
        percent(axis.yaxis)
    axes[0].get_legend().remove()
    plots.show(figure, alt="Accuracy against " + " and ".join(measured) + ": " + "; ".join(
        f"{setting} {value:g}, {ruler} {score:.1%}" for setting, part in measured.items()
        for ruler, row in part.items() for value, score in row.items()) + ".")


def path(rows: list[dict[str, float]]) -> None:
    """Alignment and uniformity of z along the training, from afar and from near, and the neighbours by h."""
    figure, (left, middle, right) = plots.new_figure(1, 3, width=9.8, height=3.3)
    steps, aligned, spread, same = ([float(row[name]) for row in rows]
                                    for name in ("step", "alignment", "uniformity", "same class"))
    for axis, first in ((left, 0), (middle, min(1, len(rows) - 2))):
        axis.plot(aligned[first:], spread[first:], color="#c9ccd1", zorder=1)
        axis.scatter(aligned[first:], spread[first:], c=steps[first:], cmap="viridis", s=55, zorder=2)
        for place in {first, first + 1, len(rows) - 1} if axis is middle else {0}:
            axis.annotate(f" step {steps[place]:.0f}", (aligned[place], spread[place]), xytext=(7, 3),
                          textcoords="offset points", fontsize=9)
        axis.set(xlabel="alignment of partners", ylabel="uniformity" if axis is left else "")
        axis.margins(x=0.3, y=0.12)
    left.set_title("z: both shall be low")
    middle.set_title("The same, from near")
    right.plot(steps, same, color=plots.COLOURS[0], marker="o", markersize=4)
    percent(right.yaxis)
    right.set(xlabel="step", ylabel="of the same class")
    right.set_title("Eight nearest, by h")
    for axis in (left, middle, right):
        axis.grid(True)
    words = (f"Partners: squared distance {aligned[0]:.2f} before training, {aligned[1]:.2f} after {steps[1]:.0f} steps, "
             f"{aligned[-1]:.2f} at the end. Uniformity: {spread[0]:.2f}, then {spread[1]:.2f}, then {spread[-1]:.2f}.")
    plots.show(figure, alt=f"The path of z. {words} Of the eight nearest, {same[0]:.0%} are of the same class before the "
                           f"training, {same[-1]:.0%} after.")
    print(words)
