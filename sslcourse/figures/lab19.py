"""Lab 19's drawings: the bench's table, orders that agree or do not, who wins where, and who beats supervision."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from .. import plots, widgets
from ..results.cells import BASELINES, LABELLED, self_supervised
from ..widgets.decide import TIE
from .lab19_columns import NETWORKS, RULERS, TASKS, beside, column, pairs, place
from .lab19_live import live_table, recorded
from .lab19_winners import calibration, stacked, supervised, winner_words, winners

__all__ = ["NETWORKS", "RULERS", "TASKS", "TIE", "beside", "calibration", "column", "live_table", "order_words", "orders",
           "pairs", "place", "recorded", "scatter", "self_supervised", "stacked", "supervised", "table",
           "winner_words", "winners"]
SORTED_BY = ("the mean of its places", "CIFAR-10", "what was done")


def table() -> widgets.Panel:
    """Every method on every task, a color for how far it is from the best of its column; sorted as one likes."""
    def compute(network: str, ruler: str, sorted_by: str) -> tuple[list[str], Tensor]:
        methods, columns = beside(*(place(network, task, ruler) for task in TASKS))
        scores = torch.stack([each.mean(dim=1) for each in columns], dim=1) if methods else torch.zeros(0, len(TASKS))
        places = (scores[:, None] < scores).sum(dim=1).double()            # how many are ahead, (M, T)
        by = list(TASKS.values()).index(sorted_by) if sorted_by in TASKS.values() else None
        order = (places.mean(dim=1) if by is None else -scores[:, by]).argsort().tolist()
        return [methods[i] for i in order], scores[order]

    def draw(found: tuple[list[str], Tensor]):
        methods, scores = found
        figure, axis = plots.new_figure(width=8.6, height=1.3 + 0.3 * len(methods))
        if methods:
            low, high = scores.min(dim=0).values, scores.max(dim=0).values
            near = (scores - low) / (high - low).clamp(min=1e-9)
            axis.imshow(near.numpy(), cmap="Blues", vmin=-0.1, vmax=1.9, aspect="auto")
            for y, row in enumerate(scores.tolist()):
                for x, value in enumerate(row):
                    weight = "bold" if value >= high[x] else "normal"
                    axis.text(x, y, f"{value:.1%}", ha="center", va="center", fontsize=10, fontweight=weight)
        axis.set_xticks(range(len(TASKS)), list(TASKS.values()))
        axis.set_yticks(range(len(methods)), [_marked(m) for m in methods])
        axis.tick_params(length=0, labelcolor=plots.INK, labeltop=True, labelbottom=False)
        for spine in axis.spines.values():
            spine.set_visible(False)
        return figure

    def alt(found: tuple[list[str], Tensor], network: str, ruler: str, sorted_by: str) -> str:
        methods, scores = found
        told = "; ".join(f"{m}: " + ", ".join(f"{v:.1%}" for v in row) for m, row in zip(methods, scores.tolist()))
        return (f"Accuracy by {ruler} in the {network}, a row a method, sorted by {sorted_by}; tasks in order "
                f"{', '.join(TASKS.values())}. {told or 'Nothing is on file yet'}.")

    return widgets.Panel({"network": list(NETWORKS), "ruler": list(RULERS), "sorted_by": list(SORTED_BY)}, compute, draw, alt,
                         start={"network": "ResNet", "ruler": "linear probe", "sorted_by": SORTED_BY[0]},
                         labels={"sorted_by": "sorted by"})


def scatter(tau) -> widgets.Panel:
    """Two columns against each other, a dot a method; `tau(a, b)` stands above."""
    found = pairs()

    def compute(compare: str) -> tuple[str, list[str], Tensor, Tensor, float]:
        methods, a, b = found[compare]
        a, b = a.mean(dim=1), b.mean(dim=1)
        return compare, methods, a, b, float(tau(a, b))

    def draw(at: tuple[str, list[str], Tensor, Tensor, float]):
        name, methods, a, b, value = at
        figure, axis = plots.new_figure(width=6.6, height=4.6)
        kinds = {"self-supervised": (0, "o"), "with labels": (2, "^"), "untrained": (3, "D")}
        for kind, (color, marker) in kinds.items():
            rows = [i for i, m in enumerate(methods) if _kind(m) == kind]
            axis.plot(a[rows], b[rows], marker, color=plots.COLOURS[color], label=kind, markersize=7, linestyle="")
        for i in {int(a.argmax()), int(b.argmax()), int(a.argmin()), int(b.argmin())}:
            right = a[i] > (a.min() + a.max()) / 2
            axis.annotate(methods[i], (a[i], b[i]), (-7 if right else 7, 4), textcoords="offset points", fontsize=9.5,
                          ha="right" if right else "left")
        first, second = name.split(" and ", 1)
        axis.set(xlabel=first, ylabel=second, title=f"{name}: τ = {value:.2f}")
        for side in (axis.xaxis, axis.yaxis):
            plots.percent(side)
        axis.legend(loc="lower right")
        return figure

    def alt(at: tuple[str, list[str], Tensor, Tensor, float], compare: str) -> str:
        return f"{compare}: accuracies of {len(at[1])} methods against each other, Kendall's τ {at[4]:.2f}. " + "; ".join(
            f"{m} {x:.1%}, {y:.1%}" for m, x, y in zip(at[1], at[2].tolist(), at[3].tolist())) + "."

    return widgets.Panel({"compare": list(found)}, compute, draw, alt, start={"compare": next(iter(found))})


def orders(found: Mapping[str, tuple[float, float, tuple[float, float], int]]) -> None:
    """For each comparison τ with its interval, ρ as a ring, and how many methods it is of.

    found   {comparison: (tau, rho, (low, high), methods)}
    """
    figure, axis = plots.new_figure(width=8.4, height=1.4 + 0.42 * len(found))
    for y, (tau, rho, (low, high), _) in enumerate(found.values()):
        axis.plot([low, high], [y, y], color=plots.COLOURS[0], linewidth=3, alpha=0.5)
        axis.plot(tau, y, "o", color=plots.COLOURS[0], markersize=8, label="Kendall's τ, 95% interval" if y == 0 else None)
        axis.plot(rho, y, "o", markerfacecolor="white", color=plots.COLOURS[2], label="Spearman's ρ" if y == 0 else None)
    axis.set_yticks(range(len(found)), [f"{name}  ({n})" for name, (*_, n) in found.items()])
    axis.axvline(0, color=plots.MUTED, linewidth=0.8)
    axis.set(xlim=(-1.05, 1.05), ylim=(len(found) - 0.4, -0.6), xlabel="agreement of two orders (1: the same, 0: none)")
    axis.tick_params(axis="y", length=0, labelcolor=plots.INK)
    axis.legend(loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=2)
    plots.show(figure, alt="Agreement of two orders, in brackets the number of methods. " + "; ".join(
        f"{name} ({n}): τ {tau:.2f}, 95% {low:.2f} to {high:.2f}, ρ {rho:.2f}"
        for name, (tau, rho, (low, high), n) in found.items()) + ".")


def order_words(found: Mapping[str, tuple[float, float, tuple[float, float], int]]) -> None:
    """Which comparisons can be told from no agreement at all, and whether one stands apart from the highest."""
    clear = [name for name, (_, _, (low, _), _) in found.items() if low > 0]
    print(f"Orders that agree more than by chance: {', '.join(clear) or 'none that this can see'}.")
    best = max(found, key=lambda name: found[name][0])
    apart = [name for name, (_, _, (_, high), _) in found.items() if high < found[best][2][0]]
    print(f"Highest: {best}, τ = {found[best][0]:.2f}. "
          + (f"Below it, intervals apart: {', '.join(apart)}." if apart else "No other lies below it by whole intervals."))
    if "a seed and the next" not in found:
        print("How well one seed agrees with the next needs two seeds on file; one is there so far.")


def _kind(method: str) -> str:
    return "with labels" if method in LABELLED else "untrained" if method in BASELINES else "self-supervised"


def _marked(method: str) -> str:
    return f"{method} *" if method in LABELLED else f"({method})" if method in BASELINES else method
