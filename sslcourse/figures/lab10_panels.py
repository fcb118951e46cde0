"""Lab 10's panels: the recipes of views, whom the loss pushes (on a circle, and with photographs), and the neighbours."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from .. import evaluation, losses, plots, runtime, widgets
from ..data import ImageSet
from ..plots.bars import percent

CLASS_COLOURS = [plots.COLOURS[k] for k in (0, 1, 2, 4, 5, 9)]


def views(recipes: dict[str, Callable], images: Tensor) -> widgets.Panel:
    """Two views of each image, one above the other, by the recipe that the reader chooses."""
    def compute(recipe):
        with runtime.seeded(2):
            return recipes[recipe](images)

    return widgets.Panel(
        {"recipe": list(recipes)}, compute,
        draw=lambda pair: plots.image_rows({"one view": pair[0], "its partner": pair[1]}, cell=0.95),
        alt=lambda pair, recipe: f"Two views of each of {len(images)} photographs, one above the other; recipe: {recipe}.",
        start={"recipe": "crop and colour"}, labels={"recipe": ""},
    )


def temperature(nt_xent: Callable) -> widgets.Panel:
    """Twelve points on a circle, where `nt_xent` moves each, and how the anchor shares out its push."""
    def push(tau, gap):
        turned = torch.tensor([[90.0, 90 - gap, 165, 235, 290, 5], [128, 25, 200, 258, 322, -18]]).double()
        turned = turned.deg2rad().requires_grad_()
        first, second = torch.stack([turned.cos(), turned.sin()], dim=-1)  # (6, 2) each, on the circle
        nt_xent(first, second, tau).backward()  # the slope along the circle, for each of the twelve
        shares = losses.negative_shares(first.detach(), second.detach(), tau)[0]  # the anchor's
        return torch.cat([first, second]).detach().numpy(), -turned.grad.flatten().numpy(), shares.numpy()

    return widgets.Panel(
        {"tau": [0.05, 0.1, 0.2, 0.5, 1.0, 5.0], "gap": [5, 15, 30, 45]}, push, _draw_push,
        start={"tau": 0.5, "gap": 30}, labels={"tau": "temperature, τ", "gap": "nearest stranger, degrees away"},
        alt=lambda state, tau, gap: (
            f"Twelve points on a circle, two for each of six photographs. At temperature {tau}, with a stranger "
            f"{gap}° away, the anchor's nearest negative gets {state[2].max():.0%} of its push."),
    )


def _draw_push(state):
    places, force, share = state
    figure, (circle, bar) = plots.new_figure(1, 2, width=8.6, height=4.4, width_ratios=[1.2, 1])
    turn = np.linspace(0, 2 * np.pi, 200)
    circle.plot(np.cos(turn), np.sin(turn), color="#c9ccd1", linewidth=1.5)
    colours = [CLASS_COLOURS[place % 6] for place in range(12)]
    for place, (x, y) in enumerate(places):
        length = 0.5 * force[place] / np.abs(force).max()
        circle.annotate("", (x - y * length, y + x * length), (x, y), arrowprops={
            "arrowstyle": "-|>", "color": plots.MUTED, "linewidth": 1.8, "shrinkA": 0, "shrinkB": 0})
        edge, width = (plots.INK, 2.5) if place == 0 else ("white", 1)
        circle.scatter(x, y, s=170, color=colours[place], zorder=3, edgecolor=edge, linewidth=width)
    circle.annotate("anchor", (0, 0.8), ha="center", va="top", fontsize=12)
    circle.set(xlim=(-1.45, 1.45), ylim=(-1.45, 1.45), aspect="equal")
    circle.axis("off")
    circle.set_title("One colour per photograph", loc="center")
    order = [place for place in np.argsort(-(places @ places[0])) if place % 6]
    bar.barh(range(10), share[order], color=[colours[place] for place in order])
    for row, place in enumerate(order):
        bar.annotate(f" {share[place]:.0%}", (share[place], row), va="center", fontsize=9.5)
    bar.invert_yaxis()
    bar.set(xlim=(0, 1.08), yticks=[], ylabel="negatives, the nearest on top", xlabel="share of the anchor's push",
            title="Whom does the anchor push?")
    percent(bar.xaxis)
    return figure


def neighbours(pool: ImageSet, snapshots: dict[int, Tensor], same_class: dict[int, float]) -> widgets.Panel:
    """The eight nearest neighbours of six photographs, at each step that `snapshots` keeps."""
    asking = [int((pool.labels == c).nonzero()[2]) for c in (0, 1, 3, 5, 7, 8)]

    def found(step):
        return step, evaluation.nearest_rows(snapshots[step][asking], snapshots[step], 9)[1], same_class[step]

    def draw(state):
        step, picks, share = state
        names = [pool.classes[pool.labels[row[0]]] for row in picks]
        alike = [[False, *(pool.labels[row[1:]] == pool.labels[row[0]]).tolist()] for row in picks]
        figure = plots.image_rows(
            {name: pool.images[row] for name, row in zip(names, picks)}, cell=0.8,
            frames={name: [plots.COLOURS[0] if same else None for same in row] for name, row in zip(names, alike)})
        figure.suptitle(f"After {step} steps: over all {len(pool):,}, {share:.0%} of the eight nearest are of the same class",
                        fontsize=11.5, fontweight="bold")
        return figure

    return widgets.Panel(
        {"step": list(snapshots)}, found, draw, start={"step": max(snapshots)}, labels={"step": "after step"}, play="step",
        alt=lambda state, step: (
            f"Six photographs, each first in its row, and the eight nearest to it after {step} steps of training. Over all "
            f"{len(pool):,}, {state[2]:.0%} of the neighbours are of the same class."),
    )


def real_push(z: list[Tensor], views: list[Tensor], labels: Tensor, classes: list[str]) -> widgets.Panel:
    """The eight negatives that a view pushes most, and which share of all pushes goes to the asker's own class."""
    n, everyone, classes_of = len(labels), torch.cat(views), labels.repeat(2)
    same = (classes_of[:, None] == classes_of[None]).float().fill_diagonal_(0)
    same[torch.arange(2 * n), torch.arange(2 * n).roll(n)] = 0  # the partner is no negative
    own, count = float(same.sum(dim=1).mean()) / (2 * n - 2), 2 * n - 2
    askers = {name: int((labels == classes.index(name)).nonzero()[1])
              for name in ("airplane", "automobile", "dog", "frog", "horse")}

    def pushed(asker, tau):
        shares = losses.negative_shares(*z, tau)  # (2n, 2n)
        return askers[asker], tau, shares[askers[asker]], float((shares * same).sum(dim=1).mean())

    def draw(state):
        index, tau, shares, to_own = state
        top = shares.topk(8)
        titles = ["it asks", "its partner", *(f"{classes[classes_of[k]]} {share:.1%}"
                                              for k, share in zip(top.indices, top.values.tolist()))]
        figure = plots.image_grid(everyone[[index, index + n, *top.indices.tolist()]], titles, columns=10, cell=1.02)
        figure.set_figheight(2.0)
        figure.suptitle(
            f"τ = {tau:g}: these 8 of {count} negatives get {float(top.values.sum()):.0%} of its push.\n"
            f"For all {2 * n} askers, the own class is {own:.0%} of the negatives and gets {to_own:.0%} of the push.",
            fontsize=10.5, fontweight="bold")
        return figure

    return widgets.Panel(
        {"asker": list(askers), "tau": [0.05, 0.15, 0.5, 1.0, 5.0]}, pushed, draw,
        start={"asker": "automobile", "tau": 0.15}, labels={"asker": "", "tau": "temperature, τ"},
        alt=lambda state, asker, tau: (
            f"A view of a photograph ({asker}), its partner, and the eight negatives that it pushes most at temperature "
            f"{tau}. Over the batch, {state[3]:.0%} of all pushes go to the asker's own class."),
    )
