"""Lab 15's drawings: the views, whether the teacher is ahead of its student, what the judges say; rooms and attention."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from .. import plots, results, widgets
from .lab15_attention import attention, covered, drawings, focus, focus_words, looks
from .lab15_rooms import SAYS, Room, blown_up, outcome, room, rooms, rooms_told, shares
from .lab15_watch import votes, watch

__all__ = [
    "SAYS", "Room", "attention", "beside_other_labs", "blown_up", "covered", "drawings", "focus", "focus_words",
    "judges", "lead", "lead_words", "looks", "memory", "outcome", "record", "room",
    "rooms", "rooms_told", "shares", "views", "votes", "watch",
]
LAB = "15_dino"


def views(recipe: Callable, images: Tensor) -> None:
    """Photographs, and under each the views that the recipe cuts out of it."""
    found = recipe(images, generator=torch.Generator().manual_seed(3))
    names = ["global view 1", "global view 2", *(f"local view {k + 1}" for k in range(len(found) - 2))]
    plots.show(plots.image_rows({"photograph": images} | dict(zip(names, found))), alt=(
        f"{len(images)} photographs, and under each two large crops of {found[0].shape[-1]} pixels and {len(found) - 2} "
        f"small ones of {found[-1].shape[-1]} pixels, all in changed colors and some of them mirrored."))


def lead(found: dict[str, dict[int, Tensor]]) -> None:
    """Both votes against the step, and the teacher's lead with its 95% interval over the same photographs.

    found   {"teacher" or "student": {step: (N,) bool, which photographs its vote gets right}}
    """
    steps = list(found["teacher"])
    figure, (left, right) = plots.new_figure(1, 2, width=9.6, height=3.4)
    curves = {who: (steps, [float(hit.float().mean()) for hit in found[who].values()]) for who in ("teacher", "student")}
    plots.lines(left, curves, x="step", y="accuracy of a kNN vote", title="Teacher and student", marker="o")
    plots.percent(left.yaxis)
    leads = [paired(found["teacher"][step], found["student"][step]) for step in steps]
    right.errorbar(steps, [100 * mean for mean, _ in leads], yerr=[100 * half for _, half in leads], fmt="o", capsize=4,
                   color=plots.COLOURS[0])
    right.axhline(0, color=plots.MUTED, linewidth=1, linestyle=":")
    right.set(xlabel="step", ylabel="points", title="Teacher minus student, with 95% intervals")
    right.grid(True, axis="y")
    plots.show(figure, alt="kNN accuracy against the step: " + "; ".join(
        f"{who} " + ", ".join(f"{value:.1%} at {step}" for step, value in zip(*curve)) for who, curve in curves.items())
        + ". Teacher minus student: " + ", ".join(f"{100 * m:+.1f} ± {100 * h:.1f} points" for m, h in leads) + ".")


def record(found: dict[str, dict[int, Tensor]], seed: int, size: int) -> None:
    """Put every vote of teacher and student on file."""
    for who, looks_of in found.items():
        for step, hit in looks_of.items():
            if step > 0:  # before the first step the two are one network
                results.record(lab=LAB, method=f"DINO, {who}", data="cifar10", protocol=f"kNN after {step} steps",
                               metric="accuracy", value=float(hit.float().mean()), seed=seed, size=size)
    leads = {f"kNN after {step} steps": found["teacher"][step].double() - found["student"][step].double()
             for step in filter(None, found["teacher"])}
    leads["kNN, mean over the looks"] = torch.stack(list(leads.values())).mean(dim=0)
    for protocol, lead in leads.items():
        results.record_images_error(lead, lab=LAB, method="DINO, teacher minus student", protocol=protocol, seed=seed,
                                    size=size)


def paired(a: Tensor, b: Tensor) -> tuple[float, float]:
    """The mean of a − b over the same photographs, and half its 95% interval."""
    difference = a.double() - b.double()
    return float(difference.mean()), 1.96 * float(difference.std()) / math.sqrt(len(a))


def lead_words(found: dict[str, dict[int, Tensor]]) -> tuple[str, str]:
    """Who is ahead over all looks after the start, or that nobody can be told to be; and the numbers.

    All photographs are voted on at each look, so that a photograph's own mean over the looks is what is compared.
    """
    each = {who: torch.stack([hit.double() for step, hit in found[who].items() if step > 0]).mean(dim=0) for who in found}
    winner = widgets.decide({f"the {who}'s": each[who].tolist() for who in ("teacher", "student")})
    mean, half = paired(each["teacher"], each["student"])
    told = f"Over all looks, teacher minus student: {100 * mean:+.2f} ± {100 * half:.2f} points (95% interval)."
    return winner, told


def memory(momenta: list[float]) -> widgets.Panel:
    """How much each of the last students counts in the teacher."""
    def draw(m: float):
        figure, axis = plots.new_figure(width=6.8, height=2.9)
        ago = range(301)
        axis.fill_between(ago, [(1 - m) * m**n for n in ago], color=plots.COLOURS[0], alpha=0.5, linewidth=0)
        axis.plot(ago, [(1 - m) * m**n for n in ago], color=plots.COLOURS[0])
        axis.set(xlabel="steps ago", ylabel="share in the teacher", xlim=(-3, 300), ylim=(0, None if m < 1 else 0.1),
                 title="No student counts: it stays as it was born" if m == 1 else f"A memory of {1 / (1 - m):.0f} steps"
                 if m else "The student of this very step")
        plots.percent(axis.yaxis)
        return figure

    return widgets.Panel({"m": momenta}, lambda m: m, draw, labels={"m": "momentum m"}, alt=lambda _, m: (
        f"With momentum {m:g} a student of n steps ago counts {1 - m:.3g} times {m:g} to the power n."))


def beside_other_labs() -> None:
    """What lab 04 has on file for pixels, an untrained network, SimCLR and a supervised one."""
    where = {"lab": "04_evaluating_representations", "data": "cifar10", "metric": "accuracy"}
    for method in ("raw pixels", "random network", "SimCLR", "supervised"):
        results.say(f"{method}, from lab 04: {{knn:.1%}} by kNN, {{probe:.1%}} by the linear probe.",
                    knn={**where, "method": method, "protocol": "kNN"},
                    probe={**where, "method": method, "protocol": "linear probe"})


def judges(scores: dict[str, dict[str, float]]) -> None:
    """Vote and probe side by side: MAE and DINO in the DINOv2 paper, and the ViTs of `scores` here."""
    print("ImageNet (Oquab et al., 2023, table 4):")
    for row in results.cited("dinov2-table4"):
        if row["method"] in ("MAE", "DINO"):
            print(f"   {row['method']} {row['architecture']}: kNN {row['knn']:.1f}%, linear probe {row['linear']:.1f}%")
    print("CIFAR-10, here:")
    for name, score in scores.items():
        gap = 100 * (score["linear probe"] - score["kNN"])
        print(f"   {name}: kNN {score['kNN']:.1%}, linear probe {score['linear probe']:.1%}, {gap:+.1f} points")
