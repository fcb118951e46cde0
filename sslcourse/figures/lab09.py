"""Lab 09's drawings and sentences: the drawings by three hands, the training, the collapse, and what a search finds."""

from __future__ import annotations

import torch
from torch import Tensor

from .. import plots, results
from .lab09_drawings import by_three_hands, names, probe, twins
from .lab09_search import categories, confusions, explorer, right_at_1, search
from .lab09_watch import flat, gaps, shares, spread, watch

__all__ = [
    "by_three_hands", "categories", "confusions", "escape", "explorer", "flat", "gaps", "hand", "kinds", "margins", "names",
    "probe", "pulls", "recorded", "right_at_1", "search", "seeds", "shares", "spread", "spread_of", "training", "twins",
    "watch",
]
LAB = "09_triplet_loss"


def recorded(name: str, found: dict[tuple[str, int], float], seed: int = 0, size: int | None = None) -> dict:
    """Keep {(protocol, k): recall@k} of `name`; it comes back."""
    for (protocol, k), value in found.items():
        results.record(lab=LAB, method=name, data="emoji", protocol=protocol, metric=f"recall@{k}", value=value, seed=seed,
                       size=size)
    return found


def spread_of(name: str, Z: Tensor, size: int) -> float:
    """Keep the spread of the test drawings Z (concepts, 3, D) of `name`; it comes back."""
    value = spread(Z.flatten(0, 1))
    results.record(lab=LAB, method=name, data="emoji", protocol="all pairs", metric="spread", seed=0, value=value, size=size)
    return value


def kinds(gap: Tensor, alpha: float) -> str:
    """How many triplets there are, and how many of each kind."""
    return f"{len(gap):,} triplets: " + ", ".join(f"{share:.1%} {kind}" for kind, share in shares(gap, alpha).items())


def training(watched, alpha: float) -> dict[str, tuple[float, float]]:
    """The loss and the spread of every run that was watched; {run: both at the end}."""
    figure, (left, right) = plots.new_figure(1, 2, width=9.6, height=3.4)
    looks = {name: list(seen.values()) for name, seen in watched.runs.items()}
    smooth = {name: _smooth(seen[-1].loss) for name, seen in looks.items()}
    plots.lines(left, {name: (range(len(curve)), curve) for name, curve in smooth.items()}, x="step",
                y="loss, mean of 10 steps", title="Loss (dotted: α)")
    left.axhline(alpha, color=plots.INK, linewidth=1.2, linestyle=":")
    left.set_ylim(0, None)
    spreads = {name: ([look.step for look in seen], [spread(look.kept[0]) for look in seen]) for name, seen in looks.items()}
    plots.lines(right, spreads, x="step", y="mean squared distance", title="Spread of 192 test drawings", marker="o")
    right.set_ylim(-0.05, 2.1)
    right.get_legend().remove()
    ends = {name: (float(smooth[name][-1]), spreads[name][1][-1]) for name in looks}
    plots.show(figure, alt="The loss and the spread of 192 test drawings during training. At the end: " + "; ".join(
        f"{name}, loss {loss:.3f}, spread {apart:.2f}" for name, (loss, apart) in ends.items()) + ".")
    return ends


def _smooth(loss: list[float]) -> Tensor:
    return torch.tensor(loss).unfold(0, min(10, len(loss)), 1).mean(dim=1)


def margins(losses: dict[float, list[float]], first: int = 60) -> dict[float, float]:
    """The loss of hard mining in the first steps, at several margins; {margin: the mean of the last ten steps}."""
    figure, axis = plots.new_figure(width=7.6, height=3.4)
    for (margin, loss), color in zip(losses.items(), plots.COLOURS):
        axis.plot(loss[:first], color=color, label=f"α = {margin:g}")
        axis.axhline(margin, color=color, linewidth=1.2, linestyle=":")
    axis.set(xlabel="step", ylabel="loss of hard mining", title="Three margins (dotted), three losses", ylim=(0, None))
    axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    end = {margin: sum(loss[-10:]) / len(loss[-10:]) for margin, loss in losses.items()}
    plots.show(figure, alt=f"The loss of hard mining in the first {first} steps; at the end of the run it is "
               + ", ".join(f"{loss:.3f} for a margin of {margin:g}" for margin, loss in end.items()) + ".")
    return end


def escape(hard: Tensor, soft: Tensor, one_point: float = 0.1) -> str:
    """How far apart the test drawings are (concepts, 3, D) after hard mining, and after batch-hard with a soft margin."""
    before, after = spread(hard.flatten(0, 1)), spread(soft.flatten(0, 1))
    said = (f"Spread of the test drawings: hard mining, squared, {before:.4f}; batch-hard, plain distances, soft margin, "
            f"{after:.4f}. ")
    if before < one_point <= after:
        return said + "The hardest triplets again, and this time no single point."
    if after < one_point:
        return said + "So far this one lies near a single point as well."
    return said + "In this run neither of them has come down to one point."


def pulls(sizes: list[float], lengths: dict[str, list[float]]) -> None:
    """The length of the gradient against the size of the cloud, for each loss."""
    figure, axis = plots.new_figure(width=6.4, height=3.3)
    plots.lines(axis, {name: (sizes, curve) for name, curve in lengths.items()}, x="size of the cloud",
                y="length of the gradient", title="What is left to pull with", log_x=True, marker="o")
    axis.set_yscale("log")
    plots.show(figure, alt=(
        "The gradient of a hard triplet against the size of the cloud of embeddings, both on logarithmic axes. "
        f"From size {sizes[0]:g} to {sizes[-1]:g}: " + "; ".join(
            f"{name}, {curve[0]:.2g} to {curve[-1]:.2g}" for name, curve in lengths.items()) + "."))


def seeds(one: str = "batch-all", other: str = "semi-hard") -> str:
    """What several seeds on file say of two ways to choose triplets, in a sentence."""
    found = {name: {row.seed: row.value for row in results.select(
        results.committed(), lab=LAB, method=name, protocol="all pairs", metric="recall@1")} for name in (one, other)}
    both = sorted(found[one].keys() & found[other].keys())
    if len(both) < 2:
        return "More seeds are not measured yet on this kind of machine."
    leads = [found[one][seed] - found[other][seed] for seed in both]
    said = f"On file, {len(both)} seeds, recall@1: " + "; ".join(
        f"{name} {', '.join(f'{found[name][seed]:.1%}' for seed in both)}" for name in found) + ". "
    ahead = one if min(leads) > 0 else other if max(leads) < 0 else ""
    if not ahead:
        return said + "Which of the two is ahead depends on the seed."
    low, high = sorted(100 * abs(lead) for lead in (min(leads, key=abs), max(leads, key=abs)))
    return said + f"{ahead} is ahead in every one of them, by {low:.1f} to {high:.1f} points."


def hand(protocol: str = "Fluent asks Noto") -> str:
    """What is on file of a known hand and an unknown one, with as many drawings per concept and a gallery known to both."""
    names = ("semi-hard, without Twemoji", "semi-hard, without Fluent", "semi-hard", "pixels, mean drawing off")
    try:
        known, stranger, three, pixels = (
            results.value(lab=LAB, method=name, protocol=protocol, metric="recall@1") for name in names)
    except results.NotMeasured:
        return f"{protocol}: not measured yet on this kind of machine. `make results` does."
    return (f"On file, {protocol}, recall@1, two drawings per concept: {known:.1%} if Fluent is one of the two hands, "
            f"{stranger:.1%} if not. So the hand makes {100 * (known - stranger):+.1f} points. With all three hands "
            f"{three:.1%}, by pixels with the mean drawing off {pixels:.1%}.")
