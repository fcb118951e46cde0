"""Lab 09 while it trains: the loss, a map of twelve concepts by three hands, and the gaps of all triplets."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from .. import plots, runtime, widgets
from .lab09_drawings import pictures

REGIONS = {"hard": plots.COLOURS[2], "semi-hard": plots.COLOURS[1], "easy": "#c9ccd1"}
EDGES = torch.linspace(-4, 4, 161, dtype=torch.float64)  # a twentieth each, so that 0 and α are edges
CANVAS, THUMB = 640, 58  # pixels


def spread(Z: Tensor) -> float:
    """The mean squared distance between two rows of Z (N, D), on the sphere: 0 in a single point."""
    return 2 - 2 * float(Z.double().mean(dim=0).square().sum())


def gaps(Z: Tensor) -> Tensor:
    """‖a − n‖² − ‖a − p‖² of every triplet of Z (N, D), whose rows come three to a concept: one long row."""
    distances = torch.cdist(Z.double(), Z.double(), compute_mode="donot_use_mm_for_euclid_dist").square()
    concept = torch.arange(len(Z)) // 3
    same = concept[:, None] == concept
    triplets = (same & ~torch.eye(len(Z), dtype=torch.bool))[:, :, None] & ~same[:, None, :]
    return (distances[:, None, :] - distances[:, :, None])[triplets]


def shares(gap: Tensor, alpha: float) -> dict[str, float]:
    """How many of the triplets are hard, semi-hard and easy."""
    kinds = {"hard": gap <= 0, "semi-hard": (gap > 0) & (gap < alpha), "easy": gap >= alpha}
    return {kind: float(inside.double().mean()) for kind, inside in kinds.items()}


def flat(Z: Tensor, like: Tensor | None = None) -> Tensor:
    """The two directions in which Z (N, D) varies most: (N, 2), turned so that it lies as `like` does."""
    centered = Z.double() - Z.double().mean(dim=0)
    places = centered @ torch.linalg.svd(centered, full_matrices=False)[2][:2].T
    if like is not None:  # the same map, turned or mirrored: a reader can follow a dot from one look to the next
        left, _, right = torch.linalg.svd(places.T @ like)
        places = places @ (left @ right)
    return places


def watch(test, probe: Tensor, embed: Callable, alpha: float, steps: int, line: tuple[str, float] | None = None
          ) -> widgets.Watch:
    """What to give `training.train` as `evaluate`: it looks at the concepts `probe` of `test`, and maps the first twelve.

    The loss has a dotted line at `line`, a word and a number; where there is none, at α.
    """
    line = line or ("α", alpha)
    twelve = pictures(test)[probe[:12]].flatten(0, 1)
    steps, last = max(1, math.ceil(steps * runtime.rehearsal())), {}

    def look(method) -> tuple[Tensor, Tensor]:
        Z = embed(method, probe).flatten(0, 1)
        last["map"] = flat(Z[:36], last.get("map"))
        return Z, last["map"]

    def draw(seen: widgets.Seen):
        figure, axes = plots.new_figure(1, 3, width=10.2, height=3.7, width_ratios=[1, 1.2, 1.05])
        _loss(axes[0], seen, *line, steps)
        _map(axes[1], twelve, seen.kept[1])
        axes[1].set_title(f"12 test concepts, spread {spread(seen.kept[0]):.2f}")
        _gaps(axes[2], gaps(seen.kept[0]), alpha)
        figure.suptitle(f"{seen.run}: after {seen.step} steps", fontsize=11.5, x=0.01, ha="left")
        return figure

    def alt(seen: widgets.Seen) -> str:
        now = f"loss {seen.loss[-1]:.3f}, " if seen.loss else ""
        kinds = ", ".join(f"{share:.1%} {kind}" for kind, share in shares(gaps(seen.kept[0]), alpha).items())
        return (f"{seen.run} after {seen.step} steps: {now}spread {spread(seen.kept[0]):.2f}. A map of twelve test concepts, "
                f"the three drawings of each joined by lines. Of the triplets of {len(probe)} test concepts: {kinds}.")

    return widgets.Watch(look, draw, alt)


def _loss(axis, seen: widgets.Seen, word: str, at: float, steps: int) -> None:
    axis.plot(range(1, len(seen.loss) + 1), seen.loss, color="#c9ccd1", linewidth=1)
    if seen.loss:
        smooth = torch.tensor(seen.loss).unfold(0, min(10, len(seen.loss)), 1).mean(dim=1)
        axis.plot(range(len(seen.loss) - len(smooth) + 1, len(seen.loss) + 1), smooth, color=plots.COLOURS[0])
    axis.axhline(at, color=plots.INK, linewidth=1, linestyle=":")
    axis.annotate(word, (0, at), xytext=(3, 2), textcoords="offset points")
    axis.set(xlim=(0, steps), ylim=(0, max(2.2 * at, *seen.loss[:1], 0.1)), xlabel="step", title="Loss")


def _map(axis, images: Tensor, places: Tensor) -> None:
    """The drawings where they lie; lines join the three of a concept. The picture is as wide as the sphere."""
    canvas = np.full((CANVAS, CANVAS, 3), 255, dtype=np.uint8)
    middle = ((places.numpy() * (1, -1) + 1) / 2 * (CANVAS - THUMB) + THUMB / 2).round().astype(int)
    small = torch.nn.functional.interpolate(images.float(), size=THUMB, mode="area").round().to(torch.uint8)
    for image, (x, y) in zip(small.permute(0, 2, 3, 1).numpy(), middle):
        part = canvas[max(0, y - THUMB // 2):, max(0, x - THUMB // 2):][:THUMB, :THUMB]
        np.minimum(part, image[:part.shape[0], :part.shape[1]], out=part)  # white is transparent
    axis.imshow(canvas, interpolation="antialiased")
    for concept in range(len(images) // 3):
        corners = middle[[3 * concept, 3 * concept + 1, 3 * concept + 2, 3 * concept]]
        axis.plot(*corners.T, color=plots.COLOURS[concept % len(plots.COLOURS)], linewidth=1.2, alpha=0.7)
    axis.set(xticks=[], yticks=[], xlim=(0, CANVAS), ylim=(CANVAS, 0))
    for spine in axis.spines.values():
        spine.set_visible(True)
        spine.set_color("#d5d8dc")


def _gaps(axis, gap: Tensor, alpha: float) -> None:
    heights, middles = torch.histogram(gap, EDGES).hist / len(gap), (EDGES[:-1] + EDGES[1:]) / 2
    inside = {"hard": middles <= 0, "semi-hard": (middles > 0) & (middles < alpha), "easy": middles >= alpha}
    for kind, share in shares(gap, alpha).items():
        x, y = (values[inside[kind]].numpy() for values in (middles, heights))
        axis.bar(x, y, 0.05, color=REGIONS[kind], label=f"{kind} {share:.1%}")
    axis.axvline(0, color=plots.INK, linewidth=1)
    axis.axvline(alpha, color=plots.INK, linewidth=1, linestyle=":")
    axis.set(xlabel="‖a − n‖² − ‖a − p‖²", xlim=(-3.4, 3.4), yticks=[], title="Gaps of all test triplets")
    axis.legend(loc="upper left", fontsize=9, handlelength=1)
