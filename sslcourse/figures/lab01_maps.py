"""Lab 01's maps: of the digits, of clouds whose shape is known, of newcomers, and one laid on another."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from .. import data, plots, widgets


def panel_of_maps(title: str, controls: dict[str, list], fit: Callable, part, place: Callable = lambda fitted: fitted,
                  start: dict | None = None) -> widgets.Panel:
    """A map of `part` for each position of the controls; `place` takes the (N, 2) out of what `fit` returns."""
    return widgets.Panel(
        controls, fit, start=start,
        draw=lambda fitted: plots.scatter_row({title: place(fitted)}, part.labels, part.classes, cell=5),
        alt=lambda fitted, **state: f"{title} of {len(part.labels)} images, colored by class; " + ", ".join(
            f"{name} {value:g}" for name, value in state.items()) + ".",
    ).precompute(title)


def clouds(map_cloud: Callable) -> widgets.Panel:
    """Four clouds of known shape, true to scale, beside the map that `map_cloud(points, method, neighbors)` makes of each."""
    def compute(cloud, method, neighbors):
        known = data.clouds(cloud)
        return known, method, map_cloud(known.points, method, neighbors)

    def draw(mapped):
        known, method, points = mapped
        return plots.scatter_row({"the truth": known.truth, f"its {method} map": points}, known.labels, known.classes, cell=4,
                                 size=10, names="above")

    return widgets.Panel(
        {"cloud": data.CLOUDS, "method": ["t-SNE", "UMAP"], "neighbors": [2, 5, 15, 40]}, compute, draw,
        start={"cloud": "two widths", "method": "t-SNE", "neighbors": 15},
        labels={"cloud": "", "method": "", "neighbors": "perplexity or number of neighbors"},
        alt=lambda mapped, cloud, method, neighbors: (
            f"Left, {cloud}: 150 points true to scale. Right, their {method} map with {neighbors} neighbors."),
    ).precompute("maps of known shapes")


def truth_sizes(panel: widgets.Panel) -> tuple[dict[str, float], dict[str, float]]:
    """How many times as wide the wide cloud is, and as far the far one, in the data and on the t-SNE map of perplexity 15."""
    found = {}
    for cloud in ("two widths", "near and far"):
        panel.set(cloud=cloud, method="t-SNE", neighbors=15)
        found[cloud] = panel.data
    panel.set(cloud="two widths")
    known, _, points = found["two widths"]
    wider = {where: float(_spread(Z, known.labels, 1) / _spread(Z, known.labels, 0))
             for where, Z in (("data", known.points), ("map", points))}
    known, _, points = found["near and far"]
    farther = {where: float(_gap(Z, known.labels, 0, 2) / _gap(Z, known.labels, 0, 1))
               for where, Z in (("data", known.points), ("map", points))}
    return wider, farther


def _spread(points, labels: Tensor, label: int) -> Tensor:
    own = torch.as_tensor(points)[labels == label]
    return (own - own.mean(0)).norm(dim=1).mean()


def _gap(points, labels: Tensor, a: int, b: int) -> Tensor:
    middle = [torch.as_tensor(points)[labels == c].mean(0) for c in (a, b)]
    return (middle[0] - middle[1]).norm()


def newcomers(images: dict[str, Tensor], place: Callable, maps: dict, part) -> widgets.Panel:
    """A star where each method places an image that it never saw; `place(image)` gives {method: (1, 2)}."""
    def draw(placed):
        newcomer, where = placed
        ratios = [0.5, *[1] * len(where)]
        figure, (picture, *axes) = plots.new_figure(1, len(ratios), width=9.6, height=4.1, width_ratios=ratios)
        picture.imshow(images[newcomer][0, 0].numpy(), cmap="gray")
        picture.set_title(newcomer)
        picture.axis("off")
        for axis, (name, star) in zip(axes, where.items()):
            plots.scatter(axis, maps[name], part.labels, part.classes, title=f"its place by {name}", size=5)
            axis.scatter(*torch.as_tensor(star).T.numpy(), marker="*", s=320, color="black", edgecolor="white", linewidth=1.2,
                         zorder=5)
        return figure

    return widgets.Panel(
        {"newcomer": list(images)}, lambda newcomer: (newcomer, place(images[newcomer])), draw,
        start={"newcomer": next(iter(images))}, labels={"newcomer": ""},
        alt=lambda placed, newcomer: f"{newcomer}, and a star where {' and '.join(placed[1])} place it among the digits.",
    ).precompute("placing newcomers")


def moved_dots(first: np.ndarray, refits: dict[str, np.ndarray], part) -> dict[str, float]:
    """Lay each map on the first as well as it can (Procrustes); {title: how far half of the dots moved, in radii}."""
    from scipy.linalg import orthogonal_procrustes

    first = first - first.mean(0)
    radius = np.linalg.norm(first, axis=1).max()
    laid_on, moved = {"t-SNE": first}, {}
    for title, again in refits.items():
        again = again - again.mean(0)
        turn, scale = orthogonal_procrustes(again, first)
        laid_on[title] = again @ turn * scale / np.square(again).sum()
        moved[title] = float(np.median(np.linalg.norm(laid_on[title] - first, axis=1)) / radius)
        print(f"{title}: half of the old dots moved by more than {moved[title]:.0%} of the map's radius")
    plots.show(plots.scatter_row(laid_on, part.labels, part.classes, cell=3.6), alt=(
        "t-SNE maps of the same digits laid on one another. Half of the dots moved by over: " + ", ".join(
            f"{title} {far:.0%} of the radius" for title, far in moved.items()) + "."))
    return moved
