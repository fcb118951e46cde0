"""Lab 01's drawings and sentences: scree plots, copies, the student's own t-SNE, maps and what they do not say."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from .. import plots, results, widgets
from ..plots.bars import percent
from .lab01_maps import clouds, moved_dots, newcomers, panel_of_maps, truth_sizes

__all__ = ["clouds", "copies", "divergence", "examples", "felt", "maps_of_photos", "measured", "moved_dots", "newcomers",
           "own_tsne", "panel_of_maps", "same_digit", "scree", "table", "truth_sizes"]
LAB = "01_pca_tsne_umap"


def examples(sets: dict) -> None:
    """The first twenty images of each set, named."""
    for name, part in sets.items():
        figure = plots.image_grid(part.images[:20], [part.classes[label] for label in part.labels[:20]])
        plots.show(figure, alt=f"Twenty images of {name}, each with the name of its class above it.")


def scree(share: dict[str, Tensor]) -> dict[str, int]:
    """What each direction holds, and what the first k hold together; {set: how many hold 90% of the variance}."""
    needed = {name: int((held < 0.9).sum()) + 1 for name, held in share.items()}
    k = np.arange(1, 1 + min(map(len, share.values())))
    figure, (left, right) = plots.new_figure(1, 2, width=9.4)
    each = {name: (k, held.diff(prepend=torch.zeros(1))[:len(k)]) for name, held in share.items()}
    plots.lines(left, each, x="direction k", y="share of all variance", title="Each direction (scree plot)", log_x=True)
    plots.lines(right, {name: (k, held[:len(k)]) for name, held in share.items()}, x="directions kept",
                y="share of all variance", title="Together", log_x=True)
    right.axhline(0.9, color=plots.MUTED, linewidth=1, linestyle=":")
    for axis in (left, right):
        percent(axis.yaxis)
    plots.show(figure, alt=(
        "Left, the share of variance that each direction holds; it falls steeply. Right, what the first k hold together: 90% "
        "takes " + ", ".join(f"{count} for {name}" for name, count in needed.items()) + "."))
    return needed


def copies(sets: dict, rebuild) -> widgets.Panel:
    """Eight images of each set over their copies; `rebuild(name, k)` gives (copies (N, D), the share that is kept)."""
    def compute(k):
        rows, kept = {}, {}
        for name, part in sets.items():
            again, kept[name] = rebuild(name, k)
            rows[name] = part.images[:8].float() / 255
            rows[f"{name}, {kept[name]:.0%} kept"] = again[:8].reshape(rows[name].shape)
        return rows, kept

    return widgets.Panel(
        {"k": [1, 2, 5, 10, 20, 50, 100, 200, 300]}, compute, draw=lambda rebuilt: plots.image_rows(rebuilt[0]),
        start={"k": 20}, labels={"k": "numbers kept per image, k"},
        alt=lambda rebuilt, k: f"Images above their copies rebuilt from {k} numbers each. Kept of the variance: " + ", ".join(
            f"{name} {share:.0%}" for name, share in rebuilt[1].items()) + ".")


def felt(widths: Tensor, count: Tensor, others: int) -> None:
    """How many others one image feels, against the width of its bell curve."""
    figure, axis = plots.new_figure(width=5.6, height=3.0)
    plots.lines(axis, {"one image": (widths, count)}, x="σ", y="perplexity", title=f"How many of {others} others are felt")
    axis.set_yscale("log")
    axis.get_legend().remove()
    plots.show(figure, alt=f"Perplexity against sigma for one image: from about {count[0]:.0f} to about {count[-1]:.0f}.")


def divergence(P: Tensor, Q: Tensor) -> float:
    """KL(P‖Q) in nats: the sum of p log(p / q) over all pairs of two points."""
    inside = P > 0
    return float((P[inside] * (P[inside] / Q[inside].clamp_min(1e-30)).log()).sum())


def same_digit(Y: Tensor, labels: Tensor, k: int = 10) -> float:
    """Of the k nearest dots of each dot on the map, the share that has its label."""
    gaps = torch.cdist(Y.double(), Y.double()).fill_diagonal_(torch.inf)
    nearest = gaps.topk(k, largest=False).indices
    return float((labels[nearest] == labels[:, None]).double().mean())


def own_tsne(seen: dict[int, tuple[Tensor, float]], labels: Tensor, classes: list[str]) -> widgets.Panel:
    """The student's map step by step, {step: (map, KL)}, with a button that plays it."""
    steps = list(seen)
    divergences = [seen[step][1] for step in steps]

    def found(step):
        return step, same_digit(seen[step][0], labels)

    def draw(state):
        step, share = state
        figure, (left, right) = plots.new_figure(1, 2, width=9.6, height=4.9, width_ratios=[1, 1.6])
        plots.lines(left, {"KL": (steps, divergences)}, x="step", y="KL(P‖Q), nats", title="The divergence")
        left.get_legend().remove()
        left.plot(step, seen[step][1], "o", markersize=10, color=plots.COLOURS[2])
        left.set_ylim(0, None)
        plots.scatter(right, seen[step][0], labels, classes, size=16,
                      title=f"Step {step}: of the ten nearest dots {share:.0%} share the digit")
        return figure

    return widgets.Panel(
        {"step": steps}, found, draw, start={"step": steps[-1]}, labels={"step": "after step"}, play="step", live=False,
        alt=lambda state, step: (
            f"Your t-SNE map of {len(labels)} digits after {step} steps: the divergence is {seen[step][1]:.2f}, and of the "
            f"ten nearest dots {state[1]:.0%} share the digit."))


def measured(name: str, method: str, found: dict[str, float], size: int) -> None:
    """Keep what was measured of one map."""
    for metric, value in found.items():
        results.record(lab=LAB, method=method, data=name, protocol="10 nearest, 5-fold", metric=metric, value=float(value),
                       seed=0, size=size)


def table(found: dict[str, dict[str, dict[str, float]]]) -> None:
    """{set: {method: {measure: value}}}, a set under the other."""
    for name, rows in found.items():
        print(f"\n{name:16}{'kNN accuracy':>14}{'trustworthiness':>18}{'neighbors kept':>18}")
        for method, row in rows.items():
            print(f"{method:16}{row['accuracy']:14.1%}{row['trustworthiness']:18.3f}{row['neighbours kept']:18.1%}")


def maps_of_photos(maps: dict, photos) -> None:
    """The three maps of CIFAR-10 beside each other."""
    plots.show(plots.scatter_row(maps, photos.labels, photos.classes, cell=3.9, names="legend"),
               alt=f"{', '.join(maps)}: maps of CIFAR-10. On each the ten classes lie over one another.")
