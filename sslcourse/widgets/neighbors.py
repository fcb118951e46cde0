"""A watch over neighbors: the loss, a map of a few hundred images, and who is nearest to whom, as a network learns."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from .. import evaluation, expect, plots
from ..evaluation.nearest import unit_rows
from .watch import Seen, Watch

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..data import ImageSet

ASKING, SHOWN = 4, 6  # rows of images, and neighbors in each


def watch_neighbors(
    pool: ImageSet, read: Callable[[Any], Tensor] | None = None, *, k: int = 8, also: Callable[[Any], dict] | None = None,
) -> Watch:
    """A `Watch` for `training.train` that shows what the network finds alike among the images of `pool`.

        watch = widgets.watch_neighbors(test[:500])
        training.train(method, data, steps=400, evaluate=watch, every=50)
        watch.player("after step")

    pool   an ImageSet, a few hundred images
    read   (method) -> Z, (N, D), a row for each of them; by default the features
    k      so many nearest neighbors count, for the share that has the image's own class
    also   (method) -> {name: what else to keep of each look}

    ``watch.runs[name][step].kept`` holds Z, places (N, 2), nearest (N, k), alike (the share), and what `also` gave.
    """
    expect.integer(k, "k", at_least=1, at_most=len(pool) - 1)
    read = read or (lambda method: evaluation.extract_features(method, pool.images))

    def look(method: Any) -> dict:
        Z, before = read(method), None
        if watch.runs and (looks := list(watch.runs.values())[-1]):
            before = list(looks.values())[-1].kept["places"]
        nearest, labels = neighbors(Z, k), pool.labels
        alike = float((labels[nearest] == labels[:, None]).float().mean())
        more = also(method) if also is not None else {}
        return {"Z": Z, "places": places(Z, before), "nearest": nearest, "alike": alike, **more}

    def draw(seen: Seen) -> Figure:
        figure, (left, middle, right) = plots.new_figure(1, 3, width=10.4, height=3.5, width_ratios=[0.85, 1, 1.6])
        curve(left, seen, max((one.loss for one in watch.runs[seen.run].values()), key=len))
        few = len(pool.classes) <= 4
        plots.scatter(middle, seen.kept["places"], pool.labels, pool.classes if few else None, size=9,
                      names="above" if few else "", title="Map: a dot per image, by class")
        asking, nearest = _asking(pool.labels), seen.kept["nearest"][:, :SHOWN]
        rows = [[i, *nearest[i].tolist()] for i in asking]
        frames = [plots.COLOURS[0] if j != row[0] and pool.labels[j] == pool.labels[row[0]] else None
                  for row in rows for j in row]
        plots.mosaic(right, pool.images[torch.tensor(rows).flatten()], columns=len(rows[0]), frames=frames)
        right.set_title(f"Nearest to the first (framed: its class); of all, {seen.kept['alike']:.0%}", loc="center")
        figure.suptitle(f"{seen.run}, after {seen.step:,} steps", fontsize=12, fontweight="bold")
        return figure

    def alt(seen: Seen) -> str:
        loss = f"the loss is at {recent(seen.loss):.3g}" if seen.loss else "untrained"
        return (f"{seen.run}, after {seen.step:,} steps: {loss}; of the {k} nearest neighbors of {len(pool):,} images "
                f"{seen.kept['alike']:.0%} are of the image's own class. The loss, a map, and the neighbors of a few.")

    watch = Watch(look, draw, alt)
    return watch


def recent(loss: list[float], steps: int = 20) -> float:
    """The mean of the last `steps` losses: one batch alone says little."""
    return sum(loss[-steps:]) / len(loss[-steps:])


def curve(axis: Axes, seen: Seen, whole: list[float], colour: str = plots.COLOURS[0], name: str = "") -> None:
    """The loss up to `seen`, each time the mean of 20 steps, and palely what the `whole` run had after it."""
    smooth = [recent(whole[:end]) for end in range(1, len(whole) + 1)]
    steps, now = range(1, len(whole) + 1), len(seen.loss)
    axis.plot(steps, smooth, color=colour, alpha=0.3)
    axis.plot(steps[:now], smooth[:now], color=colour, label=name)
    if now:
        axis.plot(now, smooth[now - 1], "o", color=colour, markersize=7)
    axis.grid(True)
    axis.set(xlabel="step", title="Loss (mean of 20 steps)")


def neighbors(Z: Tensor, k: int) -> Tensor:
    """The `k` nearest rows of each row of Z by cosine, without itself: (N, k)."""
    found = evaluation.nearest_rows(Z, Z, k + 1)[1]
    own = found == torch.arange(len(found))[:, None]
    own[:, -1] |= ~own.any(dim=1)  # among many equal rows, as after a collapse, it may not have found itself
    return found[~own].reshape(len(found), k)


def places(Z: Tensor, before: Tensor | None = None) -> Tensor:
    """The two main directions of Z's rows, brought to length 1 and centered: (N, 2), most of them within the unit circle.

    They are turned towards the places `before`, so that dots move as little as they can from look to look (the orthogonal
    Procrustes problem: Schönemann, 1966).
    """
    rows = unit_rows(Z.double())
    U, S, _ = torch.linalg.svd(rows - rows.mean(dim=0), full_matrices=False)
    found = U[:, :2] * S[:2]                                                                # (N, 2)
    found = found / found.norm(dim=1).quantile(0.95).clamp_min(1e-12)
    if before is None:
        return found
    left, _, right = torch.linalg.svd(found.T @ before)
    return found @ left @ right


def _asking(labels: Tensor) -> list[int]:
    """The first image of some of the classes, from all over their list."""
    classes = labels.unique()
    some = torch.linspace(0, len(classes) - 1, min(ASKING, len(classes))).round().long()
    return [int((labels == label).nonzero()[0]) for label in classes[some]]
