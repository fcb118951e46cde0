"""Lab 16's clinic: three instruments on a network that trains, live, and what they say of it at the end."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from torch import nn

from .. import plots, results, widgets

LAB = "16_dinov2"
SAYS = ["one output for every image", "all outputs alike, for every image", "different outputs, few directions",
        "different outputs, many directions", "it blew up"]


def clinic(look: Callable[[nn.Module], Mapping[str, float]], K: int, width: int) -> widgets.Watch:
    """Entropies, RankMe and KL of every look so far, drawn while the patient trains; its player has a menu of patients.

    look    method -> {"entropy", "entropy of the mean", "KL", "RankMe"}, entropies and KL in nats
    width   D, which RankMe can't pass
    """
    def draw(seen: widgets.Seen):
        looks = [each for step, each in watch.runs[seen.run].items() if step <= seen.step]
        last = max(1, *(max(run) for run in watch.runs.values()))
        steps = [each.step for each in looks]
        figure, (left, middle, right) = plots.new_figure(1, 3, width=10.4, height=3.2)
        for name, style, colour in (("entropy of the mean", "-", 0), ("entropy", "--", 1)):
            label = "of the mean" if name != "entropy" else "of each image"
            left.plot(steps, [each.kept[name] for each in looks], style, color=plots.COLOURS[colour], label=label, marker=".")
        left.axhline(math.log(K), color=plots.MUTED, linewidth=1, linestyle=":")
        left.annotate("ln K", (last, math.log(K)), ha="right", va="bottom", fontsize=9, color=plots.MUTED)
        left.set(ylim=(-0.2, 1.3 * math.log(K)), title="Entropy, in nats")
        left.legend(loc="upper left", fontsize=9, ncols=2)
        middle.plot(steps, [each.kept["RankMe"] for each in looks], color=plots.COLOURS[2], marker=".")
        middle.set(ylim=(0, width), title=f"RankMe, of at most {width}")
        right.plot(steps, [each.kept["KL"] for each in looks], color=plots.COLOURS[4], marker=".")
        finite = [each.kept["KL"] for each in looks if math.isfinite(each.kept["KL"])]
        right.set(ylim=(-0.1, 1.15 * max(0.1, *finite)), title="KL, teacher to student")
        for axis in (left, middle, right):
            axis.set(xlim=(0, last), xlabel="step")
        figure.suptitle(f"{seen.run}, step {seen.step}: {diagnosis(seen.kept, K, width)}", fontsize=11.5, fontweight="bold")
        return figure

    def alt(seen: widgets.Seen) -> str:
        now = seen.kept
        return (
            f"{seen.run}, step {seen.step}: the entropy of each image's targets is {now['entropy']:.2f}, that of their mean "
            f"{now['entropy of the mean']:.2f}, of at most {math.log(K):.2f} nats; RankMe {now['RankMe']:.1f} of {width}; "
            f"KL {now['KL']:.2f}. {diagnosis(now, K, width).capitalize()}."
        )

    watch = widgets.Watch(look, draw, alt)
    return watch


def diagnosis(found: Mapping[str, float], K: int, width: int) -> str:
    """Which of `SAYS`, by the numbers: KL first, then the entropies as shares of ln K, then the rank."""
    own, mean = (found[name] / math.log(K) for name in ("entropy", "entropy of the mean"))
    if not math.isfinite(found["KL"]) or found["KL"] > math.log(K):
        return SAYS[4]
    if mean < 0.3:
        return SAYS[0]
    if own > 0.95:
        return SAYS[1]
    return SAYS[2] if found["RankMe"] < width / 8 else SAYS[3]


def diagnosis_words(watch: widgets.Watch, K: int, width: int, size: int) -> dict[str, str]:
    """A line for each patient, and its last numbers on file; returns {patient: diagnosis}."""
    said = {}
    for name, looks in watch.runs.items():
        found = looks[max(looks)].kept
        said[name] = diagnosis(found, K, width)
        own, mean = (found[metric] / math.log(K) for metric in ("entropy", "entropy of the mean"))
        print(f"{name}: {said[name]} (entropies {own:.0%} and {mean:.0%} of ln K, RankMe {found['RankMe']:.1f}, "
              f"KL {found['KL']:.2f})")
        for metric, value in found.items():
            if math.isfinite(value):
                results.record(lab=LAB, method=name, data="cifar10", protocol="clinic, last step", metric=metric, value=value,
                               size=size)
    return said
