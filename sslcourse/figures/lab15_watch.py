"""Lab 15, watch it learn: the loss, a map of the teacher's features and the nearest neighbors, while it trains."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from .. import evaluation, plots, widgets
from ..data import ImageSet
from ..widgets.watch import Seen

ASKING = ("airplane", "bird", "frog", "horse", "truck")
MACHINES = ("airplane", "automobile", "ship", "truck")
NEIGHBORS = 6


def watch(look: Callable, pool: ImageSet) -> widgets.Watch:
    """Looks by `look`, whose "features" begin with a row for each image of `pool`; drawn as loss, map and neighbors."""
    machine = torch.isin(pool.labels, torch.tensor([pool.classes.index(name) for name in MACHINES])).long()
    asking = [int((pool.labels == pool.classes.index(name)).nonzero()[0]) for name in ASKING]
    places: dict[str, Tensor] = {}

    def rows(seen: Seen) -> Tensor:
        return seen.kept["features"][: len(pool)]

    def draw(seen: Seen):
        figure, (left, middle, right) = plots.new_figure(1, 3, width=10.6, height=3.7, width_ratios=[0.85, 1.05, 1.35])
        smooth = mean_of_the_last(seen.loss)
        left.plot(range(1, len(smooth) + 1), smooth, color=plots.COLOURS[0])
        left.set(xlabel="step", title="Loss, mean of 20 steps")
        left.grid(True)
        places[seen.run] = map_of(rows(seen), places.get(seen.run))
        for kind, name, marker in ((0, "animal", "o"), (1, "machine", "^")):
            x, y = places[seen.run][machine == kind].T
            middle.plot(x, y, marker, color=plots.COLOURS[kind], markersize=3.5, alpha=0.6, label=name)
        middle.set(xticks=[], yticks=[], title="A map: two main directions")
        middle.legend(loc="lower right", fontsize=8.5, markerscale=1.6)
        nearest, alike = neighbors(rows(seen), pool.labels)
        shown = torch.cat([torch.tensor([[i]]) if k is None else nearest[i][None, :k]
                           for i in asking for k in (None, NEIGHBORS)], dim=1)[0]
        row = 1 + NEIGHBORS
        frames = [plots.COLOURS[0] if k % row and pool.labels[j] == pool.labels[asking[k // row]] else None
                  for k, j in enumerate(shown.tolist())]
        plots.mosaic(right, pool.images[shown], columns=row, frames=frames)
        right.set_title(f"Nearest to the first: {alike:.0%} of the same class", loc="center")
        figure.suptitle(f"After {seen.step:,} steps", fontsize=12, fontweight="bold")
        return figure

    def alt(seen: Seen) -> str:
        alike = neighbors(rows(seen), pool.labels)[1]
        loss = f"the loss is {mean_of_the_last(seen.loss)[-1]:.2f}" if seen.loss else "untrained"
        return (f"After {seen.step:,} steps: {loss}; of the eight nearest neighbors of {len(pool):,} photographs {alike:.0%} "
                "are of the same class. The loss, a map of the photographs in two colors, animals and machines, and the "
                "neighbors of a few.")

    return widgets.Watch(look, draw, alt)


def votes(watched: widgets.Watch, vote: Callable) -> dict[str, dict[int, Tensor]]:
    """What `vote` finds of the networks that each look kept, in the last run that was watched.

    vote     (network) -> (N,) bool, which photographs its vote gets right
    returns  {"teacher" or "student": {step: what it found}}
    """
    looks = list(watched.runs.values())[-1]
    return {who: {step: vote(seen.kept[who]) for step, seen in looks.items()} for who in ("teacher", "student")}


def mean_of_the_last(loss: list[float], steps: int = 20) -> list[float]:
    """At each step the mean of the last `steps` losses."""
    total = torch.cat([torch.zeros(1, dtype=torch.float64), torch.tensor(loss, dtype=torch.float64).cumsum(0)])
    return [float(total[end] - total[max(0, end - steps)]) / min(end, steps) for end in range(1, len(loss) + 1)]


def neighbors(Z: Tensor, labels: Tensor, k: int = 8) -> tuple[Tensor, float]:
    """The k nearest other rows of each row by cosine, (N, k), and how many of them have its class."""
    nearest = evaluation.nearest_rows(Z, Z, k + 1)[1]
    own = nearest == torch.arange(len(Z))[:, None]
    own[:, -1] |= ~own.any(dim=1)  # among equal rows it may not have found itself
    nearest = nearest[~own].reshape(len(Z), k)
    return nearest, float((labels[nearest] == labels[:, None]).float().mean())


def map_of(Z: Tensor, before: Tensor | None = None) -> Tensor:
    """The two main directions of the rows, of length 1 and centered, turned to move little from `before`: (N, 2)."""
    Z = torch.nn.functional.normalize(Z.double(), dim=1)
    U, S, _ = torch.linalg.svd(Z - Z.mean(dim=0), full_matrices=False)
    places = U[:, :2] * S[:2]
    places = places / places.norm(dim=1).quantile(0.95).clamp(min=1e-12)
    if before is None:
        return places
    left, _, right = torch.linalg.svd(places.T @ before)  # the turn that brings them closest (Schönemann, 1966)
    return places @ left @ right
