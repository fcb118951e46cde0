"""Lab 18's drawings: atoms, what fires a number, units that die, error against sparsity, and how pure a number is."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from .. import plots
from ..data import ImageSet
from ..plots.bars import percent
from .lab18_browser import browser, keywords, name_of, shown_where
from .lab18_measured import on_file, pca_line, recorded, recorded_purity, recorded_silence, say_pareto, say_purity
from .lab18_steering import steering
from .lab18_toy import match, split, toy_atoms

__all__ = [
    "atoms", "best_units", "browser", "dead_units", "keywords", "match", "name_of", "pareto", "pca_line", "purity",
    "recorded", "recorded_purity", "recorded_silence", "say_pareto", "say_purity", "shown_where", "split", "steering",
    "top_images", "toy_atoms",
]


def atoms(dictionary) -> None:
    """The atoms of a patch dictionary as small images, each stretched to its own contrast."""
    found = dictionary.as_images()
    found = 0.5 + 0.5 * found / found.abs().amax(dim=(1, 2, 3), keepdim=True)
    plots.show(plots.image_grid(found, columns=16, cell=0.55), alt=(
        f"{len(found)} small patches of {dictionary.patch_size} × {dictionary.patch_size} pixels: edges at many angles, "
        "stripes, and blobs of color."))


def top_images(shown: ImageSet, numbers: dict[str, Tensor], count: int = 12) -> None:
    """For each named number, (N,), the images for which it is largest, in a row."""
    rows, said = {}, []
    for name, value in numbers.items():
        best = value.topk(count).indices
        rows[name] = shown.images[best]
        classes = [shown.classes[c] for c in shown.labels[best].tolist()]
        said.append(f"{name}: {', '.join(f'{classes.count(c)} {c}' for c in dict.fromkeys(classes))}")
    plots.show(plots.image_rows(rows, cell=0.72), alt=(
        f"The {count} images with the largest value of each number, a row each. " + "; ".join(said) + "."))


def dead_units(runs: dict[str, Sequence[dict[str, float]]], total: int) -> None:
    """The number of dead units against the step, for each named run's evaluations."""
    figure, axis = plots.new_figure(width=7.4, height=3.2)
    curves = {name: ([found["step"] for found in run], [found["dead"] for found in run]) for name, run in runs.items()}
    plots.lines(axis, curves, x="step", y="dead units", title=f"Units, of {total:,}, that never fire", marker="o")
    axis.set_ylim(bottom=0)
    plots.show(figure, alt=f"Dead units of {total:,} against the step. " + "; ".join(
        f"{name}: {dead[-1]:.0f} at the end" for name, (_, dead) in curves.items()) + ".")


def pareto(measured: dict[str, list[tuple[float, float]]], pca: list[tuple[float, float]]) -> None:
    """Unexplained variance against active latents: a curve for each kind, from the file where it has all of them.

    What this run measured is then a ring around its place; PCA is a dotted curve.
    """
    figure, axis = plots.new_figure(width=7.6, height=4.4)
    kept = on_file()
    curves = {kind: tuple(zip(*sorted(kept.get(kind) or points))) for kind, points in measured.items()}
    plots.lines(axis, curves, x="active latents for an image (for PCA: components)", y="unexplained variance",
                title="Reconstruction against sparsity", marker="o", log_x=True)
    for points, color in zip(measured.values() if kept else [], plots.COLOURS):
        axis.plot(*zip(*points), "o", markersize=11, markerfacecolor="none", color=color)
    axis.plot(*zip(*pca), color=plots.MUTED, linestyle=":", label="PCA, as many components")
    axis.set_xticks([4, 8, 16, 32, 64], ["4", "8", "16", "32", "64"])
    axis.minorticks_off()
    axis.set_xlim(3, 80)
    axis.set_ylim(bottom=0)
    percent(axis.yaxis)
    axis.legend()
    plots.show(figure, alt="Unexplained variance against active latents. " + "; ".join(
        f"{kind}: " + ", ".join(f"{error:.0%} with {count:.0f}" for count, error in zip(*curve))
        for kind, curve in {**curves, "PCA": tuple(zip(*pca))}.items()) + ".")


def best_units(train: Tensor, test: Tensor, two_sided: bool) -> tuple[Tensor, Tensor]:
    """For each class, the unit with the highest AUROC in `train` (K, C), and its AUROC in `test`: (C,) and (C,).

    two_sided   a unit may tell the class by being low: a neuron and a direction have two sides, a latent has one
    """
    if two_sided:
        train, test = torch.cat([train, 1 - train]), torch.cat([test, 1 - test])
    unit = train.argmax(dim=0)
    return unit, test[unit, torch.arange(test.shape[1])]


def purity(scores: dict[str, Tensor], classes: Sequence[str]) -> None:
    """The best number's AUROC for each class, a row a class and a dot for each kind of number; the means as lines."""
    figure, axis = plots.new_figure(width=7.6, height=4.4)
    for (name, score), color, marker in zip(scores.items(), plots.COLOURS, "os^Dv"):
        axis.plot(score.tolist(), range(len(classes)), marker, color=color, label=f"{name}, mean {float(score.mean()):.3f}",
                  markersize=8, alpha=0.85, linestyle="")
        axis.axvline(float(score.mean()), color=color, linewidth=1, linestyle=":")
    axis.set_yticks(range(len(classes)), classes)
    axis.set_ylim(len(classes) - 0.5, -0.5)
    axis.grid(True, axis="y")
    axis.set(xlabel="AUROC on new images, of the number that was best in training", title="One number for one class")
    figure.legend(loc="outside lower center", ncols=2)
    plots.show(figure, alt="AUROC for each class of the best single number. " + "; ".join(
        f"{name}: mean {float(score.mean()):.3f}, best for {classes[int(score.argmax())]}" for name, score in scores.items())
        + ".")
