"""Lab 15, section 3: four rooms that collapse or do not, and the run without the stop-gradient."""

from __future__ import annotations

import math
from collections.abc import Callable

from torch import nn

from .. import plots, results, widgets

LAB = "15_dino"
SAYS = [
    "the same one output for every image", "every output alike, for every image", "different outputs for different images",
]
ENTROPIES = ("entropy", "entropy of the mean")


class Room:
    """Keeps what is said in one room: for `training.train(…, evaluate=room, every=1)`.

    instruments   (method, step) -> {"entropy", "entropy of the mean", "KL"}, in nats, of the last batch
    K             how many outputs there are

    `curves` holds the instruments at each step; `answers` at some steps the sorted probabilities of the teacher, (K,), first
    one image's, the mean over the images, and then those of the images' mean.
    """

    LOOKS = (1, 2, 3, 6, 10, 20, 30, 40, 60, 100, 150, 300, 600)

    def __init__(self, instruments: Callable[[nn.Module, int], dict[str, float]], K: int):
        self.instruments, self.K, self.curves, self.answers = instruments, K, [], {}

    def __call__(self, method: nn.Module, step: int) -> dict[str, float]:
        found = self.instruments(method, step)
        self.curves.append(found)
        if step in self.LOOKS:
            p = method.P_t.detach().flatten(0, -2).cpu()
            self.answers[step] = tuple(q.sort(dim=-1, descending=True).values for q in (p, p.mean(dim=0)))
            self.answers[step] = self.answers[step][0].mean(dim=0), self.answers[step][1]
        return found

    def last(self, metric: str) -> float:
        """The mean of the last ten steps; entropies as a share of ln K."""
        steps = self.curves[-10:]
        return sum(step[metric] for step in steps) / len(steps) / (math.log(self.K) if metric in ENTROPIES else 1)

    def record(self, name: str, seed: int, size: int) -> Room:
        """Put the last ten steps on file."""
        for metric in (*ENTROPIES, "KL"):
            results.record(lab=LAB, method=name, data="cifar10", protocol="last step", value=self.last(metric), seed=seed,
                           metric=f"{metric} / ln K" if metric in ENTROPIES else metric, size=size)
        return self


def outcome(room: Room) -> str:
    """Which of the three it says, by the two entropies' shares of ln K."""
    own, mean = (room.last(metric) for metric in ENTROPIES)
    return SAYS[0] if mean < 0.3 else SAYS[1] if own > 0.9 else SAYS[2]


def shares(room: Room) -> str:
    """The two entropies, in words."""
    own, mean = (room.last(metric) for metric in ENTROPIES)
    return f"{own:.0%} of ln K for each image, {mean:.0%} for the mean of all"


def rooms(found: dict[str, Room]) -> widgets.Panel:
    """The four rooms, by what is on: what the teacher says, the two entropies, and KL up to the step of the slider."""
    names = {("on", "on"): "centring and sharpening", ("on", "off"): "centring alone", ("off", "on"): "sharpening alone",
             ("off", "off"): "neither"}
    steps = [*next(iter(found.values())).answers]

    def at(centring: str, sharpening: str, step: int) -> tuple[Room, int]:
        return found[names[centring, sharpening]], step

    def said(state: tuple[Room, int], centring: str, sharpening: str, step: int) -> str:
        now = state[0].curves[step - 1]
        return (f"Centring {centring}, sharpening {sharpening}, step {step}: the entropy of each image's answer is "
                f"{now['entropy']:.2f}, that of the mean {now['entropy of the mean']:.2f}, of at most "
                f"{math.log(state[0].K):.2f}; KL is {now['KL']:.2f}.")

    return widgets.Panel({"centring": ["on", "off"], "sharpening": ["on", "off"], "step": steps}, at, draw_room, said,
                         start={"centring": "off", "sharpening": "on", "step": steps[-1]}, play="step")


def draw_room(state: tuple[Room, int]):
    """One room up to a step: the sorted answers, the two entropies, KL."""
    room, step = state
    K, curves, (one, mean) = room.K, room.curves[:step], room.answers[step]
    figure, (left, middle, right) = plots.new_figure(1, 3, width=10.6, height=3.4, width_ratios=[1, 1.15, 0.8])
    left.plot(range(1, K + 1), mean, color=plots.COLOURS[0], label="mean of all images")
    left.plot(range(1, K + 1), one, color=plots.COLOURS[1], linestyle="--", label="one image's answer")
    left.axhline(1 / K, color=plots.MUTED, linewidth=1, linestyle=":")
    left.set(xscale="log", yscale="log", xlim=(1, K), ylim=(1e-5, 1.5), xlabel="output, the likeliest first",
             ylabel="probability", title=f"The teacher at step {step}")
    left.annotate("all alike, 1/K", (K, 1 / K), ha="right", va="bottom", fontsize=8.5, color=plots.MUTED)
    left.legend(loc="upper right", fontsize=9)
    steps, end, most = range(1, len(curves) + 1), len(room.curves), math.log(K)
    for metric, label, color, style in ((ENTROPIES[1], "of the mean", 0, "-"), (ENTROPIES[0], "of each image", 1, "--")):
        middle.plot(steps, [c[metric] for c in curves], style, color=plots.COLOURS[color], label=label)
    middle.axhline(most, color=plots.MUTED, linewidth=1, linestyle=":")
    middle.set(xlim=(0, end), ylim=(-0.2, 1.3 * most), xlabel="step", title="Entropy, in nats")
    middle.annotate("ln K", (end, most), ha="right", va="bottom", fontsize=9, color=plots.MUTED)
    middle.legend(loc="upper left", fontsize=9, ncols=2)
    right.plot(steps, [c["KL"] for c in curves], color=plots.COLOURS[2])
    right.set(xlim=(0, end), ylim=(-0.05, None), xlabel="step", title="KL, teacher to student")
    return figure


def room(name: str, found: Room) -> None:
    """One room as it is at its end."""
    plots.show(draw_room((found, max(found.answers))), alt=(
        f"{name}: at the end the entropies are {shares(found)}, and KL is {found.last('KL'):.2f} nats."))


def rooms_told(found: dict[str, Room]) -> None:
    """A sentence for each room, chosen by the two entropies at its end."""
    told = {SAYS[0]: "one output for all", SAYS[1]: "everything about everybody", SAYS[2]: "no collapse into one of the two"}
    for name, room in found.items():
        apart = room.last(ENTROPIES[1]) - room.last(ENTROPIES[0])
        about = "the answers tell images apart" if apart > 0.05 else "the answers say nothing about the image"
        print(f"{name}: {told[outcome(room)]}; {about} ({shares(room)}).")


def blown_up(room: Room) -> None:
    """What a run without the stop-gradient has come to: drawn, and said by its own numbers."""
    plots.show(draw_room((room, max(room.answers))), alt=(
        f"Without the stop-gradient: at the end the entropies are {shares(room)}, and KL is {room.last('KL'):.2f} nats."))
    loss = room.last("entropy") + room.last("KL") / math.log(room.K)            # over ln K, which guessing costs
    spread = room.last(ENTROPIES[1]) - room.last(ENTROPIES[0])
    print(f"The loss ends at {loss:.1f} times that of guessing:", (
        "this run blew up. It did not find a cheap way to a small loss." if loss > 1.2 else
        "it is small, and the answers say nothing about the image." if loss < 0.8 and spread < 0.05 else
        "neither a blow-up nor a lazy agreement, so far."))
