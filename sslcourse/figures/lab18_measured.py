"""Lab 18's numbers: kept on file, looked up, and put into sentences that they choose."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from .. import results

LAB = "18_sparse_autoencoders"
KINDS = ("L1", "TopK", "BatchTopK", "nested k", "nested dictionary")
SIZES = (4, 8, 16, 32)
Point = tuple[float, float]                 # active latents, unexplained variance


def recorded(kind: str, k: int, seed: int, size: int, active: float, unexplained: float) -> Point:
    """Keep both numbers of a dictionary; they come back."""
    for metric, value in {"active latents": active, "unexplained variance": unexplained}.items():
        results.record(lab=LAB, method=kind, data="cifar10", protocol=f"k = {k}", metric=metric, value=value, seed=seed,
                       size=size)
    return active, unexplained


def recorded_purity(name: str, score: Tensor, size: int) -> None:
    """Keep the mean AUROC over the classes of the best single number of each."""
    results.record(lab=LAB, method=name, data="cifar10", protocol="best of its kind for each class", metric="AUROC",
                   value=float(score.mean()), seed=0, size=size)


def recorded_silence(means: dict[str, float]) -> None:
    """Keep how often a general latent is silent where one of its kinds is."""
    for name, share in means.items():
        results.record(lab=LAB, method=f"{name} dictionary", data="sixteen known directions", metric="silent share",
                       protocol="general latent, a kind is there", value=share, seed=0)


def on_file() -> dict[str, list[Point]]:
    """{kind: a point for each sparsity, the mean over its seeds}; {} where this kind of machine has not measured all."""
    try:
        return {kind: [tuple(results.value(lab=LAB, method=kind, protocol=f"k = {k}", metric=metric)
                             for metric in ("active latents", "unexplained variance")) for k in SIZES] for kind in KINDS}
    except results.NotMeasured:
        return {}


def pca_line(X: Tensor, X_test: Tensor, sizes: Sequence[int] = (4, 8, 16, 32, 64)) -> list[Point]:
    """The test variance that the first components leave unexplained."""
    axes = torch.linalg.svd(X, full_matrices=False).Vh
    explained = (X_test @ axes.T).square().mean(dim=0).cumsum(dim=0) / X_test.square().sum(dim=1).mean()
    return [(n, float(1 - explained[n - 1])) for n in sizes]


def at(points: Sequence[Point], active: float) -> float | None:
    """The unexplained variance at so many active latents, on the line between neighbors; None outside of the points."""
    points = sorted(points)
    for (x0, y0), (x1, y1) in zip(points, points[1:]):
        if x0 <= active <= x1 and x0 < x1:
            return y0 + (y1 - y0) * math.log(active / x0) / math.log(x1 / x0)
    return None


def say_pareto(points: dict[str, list[Point]], active: float = 12.0, sure: float = 0.005) -> str:
    """What the kinds leave unexplained at one sparsity, and what follows for L1 and for the nested one."""
    curves = on_file() or points
    found = {kind: at(curve, active) for kind, curve in curves.items()}
    found = {kind: left for kind, left in found.items() if left is not None}
    said = f"At {active:g} active latents these stay unexplained: "
    said += ", ".join(f"{kind} {found[kind]:.1%}" for kind in sorted(found, key=found.get)) + "."
    if {"L1", "TopK"} <= found.keys():
        lead = found["L1"] - found["TopK"]
        said += (" TopK is ahead of L1." if lead > sure else " L1 is ahead of TopK, here." if lead < -sure
                 else " Between L1 and TopK there is no difference to speak of.")
    for nested, plain in {"nested dictionary": "BatchTopK", "nested k": "TopK"}.items():
        if {nested, plain} <= found.keys():
            price = found[nested] - found[plain]
            words = f"{100 * price:.1f} points" if price > sure else "nothing"
            said += f" The {nested} costs {words} beside {plain}."
    return said


def say_purity(scores: dict[str, Tensor], sure: float = 0.01) -> str:
    """The mean AUROC of each kind of number, and what a neuron's says beside that of a random direction."""
    means = {name: float(score.mean()) for name, score in scores.items()}
    said = "Mean AUROC: " + ", ".join(f"{name} {mean:.3f}" for name, mean in means.items()) + "."
    lead = means["a neuron"] - means["a random direction"]
    if abs(lead) <= sure:
        return said + " The best neuron is as good as the best of as many random directions: the axes are nothing special."
    return said + f" The best {'neuron' if lead > 0 else 'random direction'} is ahead of the best " \
        f"{'random direction' if lead > 0 else 'neuron'}, of as many."
