"""Lab 07's drawings: tiles in and out of order, orders far apart, what borders give away, and what training has added."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from .. import methods, plots, results, runtime, widgets
from .lab07_words import LAB, NAMES, SOLVERS, better, edges, pretext, what_it_is_worth

__all__ = ["better", "borders", "defences", "distances", "edges", "gains", "pairwise", "pixels_on_file", "pretext", "puzzles",
           "solved", "training", "what_it_is_worth"]

BRIGHT = ["as they are", "normalised"]
PROTOCOLS = {"linear probe": "a linear probe, all labels", "kNN": "a kNN vote, all labels",
             "linear probe, 1000 labels": "a linear probe, 100 labels per class",
             "linear probe, 100 labels": "a linear probe, 10 labels per class"}


def lay(tiles: Tensor, line: int = 2, margin: int = 3) -> Tensor:
    """Nine tiles (N, 9, C, h, w) laid as pictures (N, C, H, W), with white lines between them."""
    framed = F.pad(tiles, (0, line, 0, line), value=1.0)
    n, _, c, h, w = framed.shape
    together = framed.view(n, 3, 3, c, h, w).permute(0, 3, 1, 4, 2, 5)  # (N, C, row, h, column, w)
    return F.pad(together.reshape(n, c, 3 * h, 3 * w), (margin, margin - line) * 2, value=1.0)


def puzzles(photos: Tensor, tiles: Tensor, shuffled: Tensor) -> None:
    """Photographs, and under each its nine tiles (N, 9, C, h, w) in place and out of it."""
    rows = {"photograph": photos, "nine tiles": lay(tiles), "shuffled": lay(shuffled)}
    plots.show(plots.image_rows(rows, cell=1.05), alt=(
        f"{len(photos)} CIFAR-10 photographs; under each the same one as 3 by 3 tiles, and the tiles shuffled."))


def pairwise(orders: Tensor) -> Tensor:
    """The Hamming distance of each pair of a set's orders (P, T)."""
    table = (orders[:, None] != orders[None]).sum(dim=2)
    return table[torch.triu_indices(len(orders), len(orders), offset=1).unbind()]


def distances(sets: Mapping[str, Tensor], sizes: Sequence[int] = (4, 8, 16, 32, 64)) -> widgets.Panel:
    """How far apart the first so many orders of each set lie."""
    def draw(found: Tensor):
        share, mean = (found.bincount(minlength=10)[2:] / len(found)).tolist(), float(found.float().mean())
        figure, axis = plots.new_figure(width=6.4, height=3.1)
        axis.bar(range(2, 10), share, width=0.75, color=plots.COLOURS[0])
        axis.axvline(mean, color=plots.INK, linestyle=":", linewidth=1.5)
        axis.set(xlabel="places at which two orders differ", ylabel="share of all pairs", ylim=(0, 1))
        axis.set_title(f"Nearest pair: {found.min()} apart. Mean: {mean:.2f} (dotted)")
        plots.percent(axis.yaxis)
        return figure

    return widgets.Panel(
        {"chosen": list(sets), "size": list(sizes)}, lambda chosen, size: pairwise(sets[chosen][:size]), draw,
        start={"chosen": list(sets)[-1], "size": max(sizes)}, labels={"chosen": "", "size": "orders in the set"},
        alt=lambda found, chosen, size: (
            f"Hamming distances of all pairs among {size} orders chosen {chosen}: from {found.min()} to {found.max()}, on "
            f"average {found.float().mean():.2f}."),
    )


def defences(photos: Tensor, orders: Tensor, make: Callable, solve: Callable, normalize: Callable) -> widgets.Panel:
    """Photographs as the network is given them, and how many puzzles their borders solve.

    make    (images, gap, jitter, normalize or None) -> tiles in disorder, and which of `orders` each got
    solve   (gap, jitter, normalize or None) -> the share of puzzles that matching borders solves
    """
    def look(gap: int, jitter: str, bright: str) -> tuple:
        cut = gap, jitter == "jitter", normalize if bright == BRIGHT[1] else None
        shown, index = make(photos, *cut)
        straight = methods.unshuffle_tiles(shown, orders, index)
        return solve(*cut), [tiles / 4 + 0.5 if bright == BRIGHT[1] else tiles for tiles in (straight, shown)]

    def draw(found: tuple):
        share, (straight, shown) = found
        figure = plots.image_rows({"in place": lay(straight), "shuffled": lay(shown)}, cell=1.25)
        figure.suptitle(f"Borders alone find the right order of {len(orders)} for {share:.0%} of the puzzles", fontsize=12)
        return figure

    return widgets.Panel(
        {"gap": [0, 2, 4], "jitter": ["no jitter", "jitter"], "bright": BRIGHT}, look, draw,
        start={"gap": 2, "jitter": "no jitter", "bright": BRIGHT[0]},
        labels={"gap": "gap, in pixels", "jitter": "", "bright": ""},
        alt=lambda found, gap, jitter, bright: (
            f"{len(photos)} photographs as tiles with a gap of {gap} pixels, {jitter}, {bright}; in place and shuffled. "
            f"Matching borders finds the order of {found[0]:.0%} of the puzzles."),
    ).precompute("matching borders")


def borders(shares: Mapping[str, float], orders: int) -> None:
    """A bar for each way to cut: the share of puzzles that matching borders solves."""
    figure, axis = plots.new_figure(width=7.6, height=1.1 + 0.36 * len(shares))
    plots.bars(axis, dict(shares), x="puzzles solved by matching borders", chance=1 / orders)
    plots.show(figure, alt="Puzzles solved by matching borders. " + " ".join(
        f"{name}: {share:.0%}." for name, share in shares.items()))


def training(losses: Mapping[str, Sequence[float]], orders: int, window: int = 15) -> None:
    """The loss of each solver against the step, a mean of some steps, and that of guessing."""
    curves = {NAMES.get(name, name): torch.tensor(loss).unfold(0, min(window, len(loss)), 1).mean(dim=1)
              for name, loss in losses.items()}
    figure, axis = plots.new_figure(width=6.8, height=3.2)
    plots.lines(axis, {name: (range(len(curve)), curve) for name, curve in curves.items()}, x="step", y="cross-entropy",
                title="Loss while training")
    axis.axhline(math.log(orders), color=plots.MUTED, linewidth=1, linestyle=":")
    axis.annotate(f"guessing, ln {orders}", (0, math.log(orders)), fontsize=9, color=plots.MUTED, va="bottom")
    axis.margins(y=0.12)
    plots.show(figure, alt="Cross-entropy while training. " + " ".join(
        f"{name}: from {curve[0]:.2f} to {curve[-1]:.2f}." for name, curve in curves.items()))


def solved(right: Mapping[str, Tensor], orders: int) -> None:
    """A bar for each solver: the share of new puzzles that it solves."""
    shares = {NAMES.get(name, name): float(hit.float().mean()) for name, hit in right.items()}
    figure, axis = plots.new_figure(width=8.2, height=1.1 + 0.4 * len(shares))
    plots.bars(axis, shares, x="new puzzles solved", chance=1 / orders)
    plots.show(figure, alt="Share of new puzzles solved. " + " ".join(
        f"{name}: {share:.0%}." for name, share in shares.items()))


def values(name: str, protocol: str, measured: Mapping[str, Mapping[str, float]]) -> list[float]:
    """The accuracies of a network: this run's, and otherwise one per seed from the course's file."""
    if protocol in measured.get(name, {}):
        return [measured[name][protocol]]
    rows = results.select(results.committed(runtime.machine()), lab=LAB, method=name, protocol=protocol, metric="accuracy")
    return [row.value for row in sorted(rows, key=lambda row: row.seed)]


def pixels_on_file() -> dict[str, float]:
    """What lab 04 has measured for raw pixels with all labels; nothing where nothing is on file."""
    found = {}
    for protocol in ("kNN", "linear probe"):
        try:
            found[protocol] = results.value(lab="04_evaluating_representations", method="raw pixels", data="cifar10",
                                            metric="accuracy", protocol=protocol)
        except results.NotMeasured:
            continue
    return found


def gains(measured: Mapping[str, Mapping[str, float]]) -> widgets.Panel:
    """Each trained network beside its own untrained self, {network: {protocol: accuracy}}, by one protocol at a time."""
    def look(protocol: str) -> dict[str, tuple[list[float], list[float]]]:
        chosen = next(key for key, words in PROTOCOLS.items() if words == protocol)
        rows = {words: (values(own, chosen, measured), values(name, chosen, measured))
                for name, (words, own) in SOLVERS.items()}
        pixels = values("raw pixels", chosen, measured)
        return {name: pair for name, pair in rows.items() if all(pair)} | ({"raw pixels": (pixels, pixels)} if pixels else {})

    def draw(rows: dict[str, tuple[list[float], list[float]]]):
        figure, axis = plots.new_figure(width=8.6, height=1.3 + 0.52 * len(rows))
        for row, (name, pair) in enumerate(rows.items()):
            before, after = (sum(found) / len(found) for found in pair)
            if name == "raw pixels":
                axis.axvline(after, color=plots.MUTED, linestyle=":", linewidth=1.2)
                axis.annotate(f"raw pixels {after:.1%}", (after, -0.5), fontsize=9, color=plots.MUTED, ha="center",
                              va="bottom")
                continue
            axis.annotate("", (after, row), (before, row), arrowprops={
                "arrowstyle": "-|>", "color": plots.COLOURS[0], "linewidth": 2, "shrinkA": 5, "shrinkB": 4})
            axis.plot(pair[0], [row] * len(pair[0]), "o", markersize=8, markerfacecolor="white", color=plots.COLOURS[0])
            axis.plot(pair[1], [row] * len(pair[1]), "o", markersize=8, color=plots.COLOURS[1])
            axis.annotate(f"{100 * (after - before):+.1f}", (max(*pair[0], *pair[1]), row), xytext=(12, 0), fontsize=10,
                          textcoords="offset points", va="center")
        names = [name for name in rows if name != "raw pixels"]
        axis.set_yticks(range(len(names)), names)
        axis.set(xlabel="accuracy on 10,000 new photographs: untrained (hollow) and trained", ylim=(len(names) - 0.5, -0.9))
        axis.margins(x=0.16)
        plots.percent(axis.xaxis)
        return figure

    return widgets.Panel(
        {"protocol": list(PROTOCOLS.values())}, look, draw, start={"protocol": PROTOCOLS["linear probe"]},
        labels={"protocol": "read by"},
        alt=lambda rows, protocol: f"Accuracy, untrained and trained, by {protocol}: " + "; ".join(
            f"{name} {sum(a) / len(a):.0%} and {sum(b) / len(b):.0%}" for name, (a, b) in rows.items()) + ".",
    )
