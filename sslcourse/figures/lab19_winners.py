"""Lab 19: who wins where, who beats the supervised network where, and how sure each is of itself."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from .. import plots
from ..results.cells import self_supervised
from .lab19_columns import NETWORKS, TASKS, beside, column, place


def winners(methods: Sequence[str], scores: Tensor, regret: Tensor) -> None:
    """What each self-supervised method gives away on each task, and its largest as a bar.

    scores, regret   (M, T) and (M,), as shares
    """
    order = regret.argsort().tolist()[:12]
    figure, axis = plots.new_figure(width=8.2, height=1.3 + 0.34 * len(order))
    gaps = 100 * (scores.max(dim=0).values - scores)
    axis.barh(range(len(order)), [100 * float(regret[i]) for i in order], color="#e6e8eb")
    for t, (name, marker) in enumerate(zip(TASKS.values(), "os^Dv")):
        behind = [float(gaps[i, t]) for i in order]
        axis.plot(behind, range(len(order)), marker, color=plots.COLOURS[t], label=name, linestyle="", clip_on=False)
    axis.set_yticks(range(len(order)), [methods[i] for i in order])
    axis.set_ylim(len(order) - 0.4, -0.6)
    axis.tick_params(axis="y", length=0, labelcolor=plots.INK)
    axis.set_xlabel("points behind the best one; the bar ends at the largest")
    figure.legend(loc="outside upper center", ncols=5)
    plots.show(figure, alt="Points behind the best self-supervised method on each task. " + "; ".join(
        f"{methods[i]}: " + ", ".join(f"{name} {gaps[i, t]:.1f}" for t, name in enumerate(TASKS.values())) for i in order)
        + ".")


def winner_words(methods: Sequence[str], scores: Tensor, regret: Tensor) -> int:
    """Print who is ahead on each task and who gives away least; how many different methods are ahead somewhere."""
    ahead = [methods[int(i)] for i in scores.argmax(dim=0)]
    print("Ahead: " + "; ".join(f"{name} {m}" for name, m in zip(TASKS.values(), ahead)) + ".")
    least = int(regret.argmin())
    print(f"Who gives away least where it is worst off: {methods[least]}, {100 * float(regret[least]):.1f} points.")
    return len(set(ahead))


def supervised() -> None:
    """The lead of each self-supervised method over the supervised network, a dot each, by task and network."""
    figure, axes = plots.new_figure(1, 2, width=9.6, height=3.6, sharey=True)
    said = []
    for axis, network in zip(axes, NETWORKS):
        for y, (task, name) in enumerate(TASKS.items()):
            found = column(place(network, task))
            if "supervised" not in found or not self_supervised(found):
                continue
            bar = _mean(found["supervised"])
            leads = {m: 100 * (_mean(found[m]) - bar) for m in self_supervised(found)}
            best = max(leads, key=leads.__getitem__)
            axis.plot(list(leads.values()), [y] * len(leads), "o", color=plots.COLOURS[0], alpha=0.45)
            axis.annotate(best, (leads[best], y), (0, 8), textcoords="offset points", fontsize=9, ha="center")
            ahead = sum(lead > 0 for lead in leads.values())
            said.append(f"{network}, {name}: {ahead} of {len(leads)} ahead, best {best} {leads[best]:+.1f}")
        axis.axvline(0, color=plots.INK, linewidth=1)
        axis.set(title=network, xlabel="points over the supervised network", ylim=(len(TASKS) - 0.4, -0.8))
        axis.set_yticks(range(len(TASKS)), list(TASKS.values()))
        axis.tick_params(axis="y", length=0, labelcolor=plots.INK)
    plots.show(figure, alt="Leads over the supervised network by a linear probe, in points. " + "; ".join(said) + ".")
    print(*said, sep="\n")


def calibration() -> None:
    """Each method's accuracy and how far its probe's confidence is from it, on CIFAR-10, in both networks."""
    figure, axes = plots.new_figure(1, 2, width=9.6, height=3.8, sharey=True)
    said = []
    for axis, network in zip(axes, NETWORKS):
        methods, (right, squared) = beside(place(network), place(network, ruler="calibration, linear probe"))
        for kind, color, marker in (("supervised", 2, "^"), ("self-supervised", 0, "o"), ("untrained", 3, "D")):
            rows = [i for i, m in enumerate(methods)
                    if (m == kind if kind != "self-supervised" else m in self_supervised(methods))]
            if rows:
                x, y = right.mean(dim=1)[rows], 100 * squared.mean(dim=1)[rows].clamp(min=0).sqrt()
                axis.plot(x, y, marker, color=plots.COLOURS[color], label=kind, linestyle="", markersize=7)
                said.append(f"{network}, {kind}: {float(y.median()):.1f} points")
        axis.set(title=network, xlabel="accuracy of the probe, CIFAR-10")
        axis.set_ylim(bottom=0)
        plots.percent(axis.xaxis)
    axes[0].set_ylabel("confidence off by, points")
    axes[0].legend()
    plots.show(figure, alt="Calibration error of linear probes on CIFAR-10 against accuracy, the middle one of each kind. "
               + "; ".join(said) + ".")


def _mean(by_seed: Mapping[int, float]) -> float:
    return math.fsum(by_seed.values()) / len(by_seed)


def stacked(network: str, ruler: str = "linear probe") -> tuple[list[str], Tensor]:
    """The self-supervised methods of a network's table, and their mean scores, (M, T)."""
    every, columns = beside(*(place(network, task, ruler) for task in TASKS))
    rows = [i for i, m in enumerate(every) if m in self_supervised(every)]
    return [every[i] for i in rows], torch.stack([each.mean(dim=1)[rows] for each in columns], dim=1)
