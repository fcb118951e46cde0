"""Lab 12's drawings: two ways to collapse, a network that is watched, correlations, a queue. The museum: lab12_museum.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional as F

from .. import evaluation, plots, widgets
from ..widgets.neighbors import curve, recent
from .lab12_museum import READ, diagnoses, museum, walk, walk_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "READ", "at_work", "clouds", "correlations", "course", "diagnoses", "museum", "pair", "queue", "said", "walk", "walk_of",
]
WELL, ILL = plots.COLOURS[0], plots.COLOURS[2]


def disk(axis: Axes, z: Tensor, title: str, colour: str) -> None:
    """Directions of z, seen along their two strongest axes, inside the unit circle."""
    u = F.normalize(z.double(), dim=1)
    main = torch.linalg.svd(u, full_matrices=False).Vh[:2]  # not centered: the mean is a direction as well
    x, y = (u @ main.T).T
    x = x * (1 if x.mean() >= 0 else -1)
    angle = torch.linspace(0, 2 * torch.pi, 200)
    axis.plot(angle.cos().numpy(), angle.sin().numpy(), color=plots.MUTED, linewidth=1)
    axis.scatter(x.numpy(), y.numpy(), s=13, color=colour, alpha=0.55, linewidths=0)
    axis.set(xlim=(-1.08, 1.08), ylim=(-1.08, 1.08), aspect="equal")
    axis.axis("off")
    axis.set_title(title, loc="center")


def clouds(feature_deviation: Callable) -> widgets.Panel:
    """300 points in 8 dimensions, of which a share collapses towards a point or a line, and what two instruments read."""
    cloud = torch.randn(300, 8, generator=torch.Generator().manual_seed(0))
    two = torch.tensor([[1.0, 1.0], [1.0, -1.0]])
    turn = torch.kron(two, torch.kron(two, two)) / 8**0.5  # a rotation: no axis stays an axis

    def collapse(towards: str, by: int):
        share = by / 100
        if towards == "a point":
            z = (1 - share) * cloud + share * 6 * F.one_hot(torch.tensor(0), 8)
        else:
            z = cloud * torch.tensor([1.0] + [1 - share] * 7)
        z = z @ turn
        return z, {"feature deviation": float(feature_deviation(z)), "effective rank": evaluation.effective_rank(z) / 8}

    def draw(found):
        z, read = found
        figure, (left, right) = plots.new_figure(1, 2, width=8.6, height=3.3, width_ratios=[0.75, 1])
        disk(left, z, "directions of 300 points", WELL)
        plots.bars(right, read, x="share of the highest possible", title="Two instruments", format=".0%")
        right.set_xlim(0, 1.15)
        return figure

    return widgets.Panel(
        {"towards": ["a point", "a line"], "by": list(range(0, 101, 10))}, collapse, draw,
        start={"towards": "a point", "by": 50}, labels={"towards": "collapse towards", "by": "by, in percent"},
        alt=lambda found, towards, by: (
            f"300 points, {by}% of the way to {towards}: feature deviation {found[1]['feature deviation']:.2f}, "
            f"effective rank {8 * found[1]['effective rank']:.1f} of 8."))


def reads(kept: dict) -> str:
    """What the instruments say, in a line."""
    return f"deviation {kept['feature deviation']:.2f}, effective rank {kept['effective rank']:.1f}"


def at_work(seen: widgets.Seen) -> Figure:
    """A network in training: its loss so far, and the directions of z."""
    figure, (left, right) = plots.new_figure(1, 2, width=7.6, height=3.3, width_ratios=[1.3, 1])
    curve(left, seen, seen.loss)
    disk(right, seen.kept["z"], f"after {seen.step} steps", WELL)
    figure.suptitle(f"{seen.run}: {reads(seen.kept)}", fontsize=10.5)
    return figure


def said(seen: widgets.Seen) -> str:
    """The same in words."""
    loss = f"loss {recent(seen.loss):.2f}" if seen.loss else "untrained"
    return f"{seen.run} after {seen.step} steps, directions of {len(seen.kept['z'])} photographs: {loss}, {reads(seen.kept)}."


def pair(runs: dict[str, dict[int, widgets.Seen]], names: Sequence[str], words: Sequence[str]) -> widgets.Panel:
    """Two runs step by step, to be played: their directions side by side, and their losses; `words` name the two curves."""
    first = runs[names[0]]

    def draw(step: int) -> Figure:
        figure, axes = plots.new_figure(1, 3, width=10.4, height=3.6, width_ratios=[1, 1, 1.05])
        for axis, name, word, colour in zip(axes, names, words, (WELL, ILL)):
            seen = runs[name][step]
            disk(axis, seen.kept["z"], name, colour)
            axis.text(0, -1.22, reads(seen.kept), ha="center", fontsize=9.5)
            curve(axes[2], seen, max((one.loss for one in runs[name].values()), key=len), colour, word)
        axes[2].set_ylim(-1.12, 0.12)
        axes[2].legend(loc="upper right")
        return figure

    return widgets.Panel(
        {"step": list(first)}, lambda step: step, draw, start={"step": max(first)}, labels={"step": "after step"},
        play="step",
        alt=lambda found, step: " ".join(said(runs[name][step]) for name in names))


def course(looks: dict[int, widgets.Seen], metric: str, n: int) -> list[float]:
    """What `metric` was at n looks of a run, from the first to the last, as evenly as there are looks."""
    seen = list(looks.values())
    return [float(seen[round(i * (len(seen) - 1) / (n - 1))].kept[metric]) for i in range(n)]


def correlations(tables: dict[str, Tensor]) -> None:
    """Correlations of one view's components with the other's, {when: C (D, D)}."""
    figure, axes = plots.new_figure(1, len(tables), width=8.4, height=3.9)
    words = []
    for axis, (when, C) in zip(axes, tables.items()):
        off = (C - torch.diag(C.diagonal())).abs()
        image = axis.imshow(C.numpy(), cmap="RdBu_r", vmin=-1, vmax=1, interpolation="nearest")
        axis.set(xlabel="component of view 1", xticks=[], yticks=[])
        axis.set_title(when)
        words.append(f"{when}: mean of the diagonal {C.diagonal().mean():.2f}, mean size of the rest "
                     f"{off.sum() / (off.numel() - len(off)):.2f}")
    axes[0].set_ylabel("component of view 0")
    figure.colorbar(image, ax=axes, shrink=0.8, label="correlation")
    plots.show(figure, alt=f"Correlations of one view's components with the other's. {'. '.join(words)}.")
    print("\n".join(words))


def queue(enqueue: Callable, K: int = 10, N: int = 4, batches: int = 7) -> None:
    """From which batch the key in each place of a queue is, batch after batch."""
    ring, pointer, rows, hands = torch.zeros(K, 1), 0, [], []
    for batch in range(1, batches + 1):
        ring, pointer = enqueue(ring, torch.full((N, 1), float(batch)), pointer)
        rows.append(ring[:, 0])
        hands.append(int(pointer))
    born = torch.stack(rows)  # (batches, K)
    age = torch.where(born > 0, torch.arange(1, batches + 1)[:, None] - born, torch.full_like(born, 4)).float()
    figure, axis = plots.new_figure(width=7.6, height=3.4)
    axis.imshow(age.numpy(), cmap="Blues_r", vmin=-1, vmax=4, aspect="auto")
    for b in range(batches):
        for place in range(K):
            words = f"{int(born[b, place])}" if born[b, place] > 0 else "–"
            axis.text(place, b, words, ha="center", va="center", color="white" if age[b, place] < 1.5 else plots.INK)
        axis.plot(hands[b], b + 0.38, marker="^", color=ILL, markersize=7)
    axis.set_xticks(range(K), [str(place) for place in range(K)])
    axis.set_yticks(range(batches), [f"after batch {b}" for b in range(1, batches + 1)])
    axis.set(xlabel="place in the queue (red: where the oldest key lies)")
    axis.set_title("Which batch each key came from; dark is new")
    plots.show(figure, alt=(
        f"A queue of {K} places after each of {batches} batches of {N} keys. The last row holds keys of the batches "
        f"{', '.join(str(int(b)) for b in born[-1])}; its oldest key lies in place {hands[-1]}."))
