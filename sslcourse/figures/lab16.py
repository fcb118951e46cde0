"""Lab 16's drawings: the parts of DINOv2 measured, sizes, norms; the paper's table, patches and clinic stand beside it."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from .. import plots, results, runtime
from ..widgets.decide import TIE
from .giants import giants
from .lab16_clinic import SAYS, clinic, diagnosis, diagnosis_words
from .lab16_patches import GRID, colors, correspondence, found_again, paired_words, patches, watch
from .lab16_table import table4
from .leads import lead

__all__ = [
    "SAYS", "TIE", "again", "clinic", "colors", "correspondence", "diagnosis", "diagnosis_words", "found_again",
    "giants", "norms", "norms_words", "paired_words", "parts", "parts_words", "patches", "recorded", "sizes", "table4",
    "watch",
]
LAB = "16_dinov2"
MEASURES = {"kNN": "kNN, class token", "found again": "patches found again"}


def recorded(method: str, found: Mapping[str, float], seed: int, size: int, protocol: str) -> None:
    """Put what was measured of one network on file: the vote by its class token, and its patches."""
    for name, value in found.items():
        results.record(lab=LAB, method=method, data="cifar10", protocol=f"{MEASURES[name]}, {protocol}", metric="accuracy",
                       value=value, seed=seed, size=size)


def measured(protocol: str, mine: Mapping[tuple[str, int], Mapping[str, float]]) -> dict[str, dict[str, dict[int, float]]]:
    """{measure: {method: {seed: value}}}: the course's numbers where they are on file, else those of this run.

    mine   {(method, seed): {measure: value}}
    """
    found: dict[str, dict[str, dict[int, float]]] = {name: {} for name in MEASURES}
    for name, said in MEASURES.items():
        rows = results.select(results.committed(runtime.machine()), lab=LAB, protocol=f"{said}, {protocol}")
        known = {row.method for row in rows}
        for method in dict.fromkeys(method for method, _ in mine):
            if method in known:
                found[name][method] = {row.seed: row.value for row in rows if row.method == method}
            else:
                found[name][method] = {seed: each[name] for (other, seed), each in mine.items() if other == method}
    return found


def parts(mine: Mapping[tuple[str, int], Mapping[str, float]], protocol: str, title: str) -> None:
    """For each arm the vote by its class token and the share of patches found again; a dot for each seed."""
    found = measured(protocol, mine)
    figure, axes = plots.new_figure(1, 2, width=10.2, height=1.2 + 0.42 * len(found["kNN"]))
    for axis, (name, said) in zip(axes, MEASURES.items()):
        means = {method: sum(of.values()) / len(of) for method, of in found[name].items()}
        seeds = {method: list(of.values()) for method, of in found[name].items() if len(of) > 1}
        plots.bars(axis, means, x=said, format=".1%", seeds=seeds)
    axes[1].set_yticklabels([])
    figure.suptitle(title, fontsize=11.5, fontweight="bold")
    plots.show(figure, alt=f"{title}. " + "; ".join(
        f"{method}: " + ", ".join(f"{said} {sum(of.values()) / len(of):.1%}" for name, said in MEASURES.items()
                                  if (of := found[name][method])) for method in found["kNN"]) + ".")


def parts_words(mine: Mapping[tuple[str, int], Mapping[str, float]], protocol: str) -> None:
    """Each arm against the one before it, by pairs of seeds; the interval chooses the word."""
    found = measured(protocol, mine)
    for name, said in MEASURES.items():
        print(f"{said}:")
        methods = list(found[name])
        for before, after in zip(methods, methods[1:]):
            print(f"   {after}: {lead(found[name][after], found[name][before])}")


def again(shares: Mapping[str, Tensor]) -> None:
    """Bars: how often a patch is found again in the mirror, by each network; shares are each photograph's, (N,)."""
    count = len(next(iter(shares.values())))
    intervals = {name: 1.96 * float(each.std()) / count**0.5 for name, each in shares.items()}
    for name, each in shares.items():
        results.record(lab=LAB, method=name, data="cifar10", protocol=MEASURES["found again"], metric="accuracy",
                       value=float(each.mean()), size=count)
    figure, axis = plots.new_figure(width=7.6, height=0.9 + 0.45 * len(shares))
    plots.bars(axis, {name: float(each.mean()) for name, each in shares.items()}, format=".1%", intervals=intervals,
               x=f"patches found again in {count} mirrored, recolored photographs", chance=1 / GRID**2)
    plots.show(figure, alt="Patches found again: " + ", ".join(
        f"{name} {float(each.mean()):.1%}" for name, each in shares.items()) + f"; guessing {1 / GRID**2:.1%}.")


def sizes(mine: Mapping[str, Mapping[str, float]], shown: str) -> None:
    """What a few more steps at each size of view have done, beside the weights that all began with."""
    figure, axes = plots.new_figure(1, 2, width=10.2, height=1.1 + 0.42 * len(mine))
    for axis, (name, said) in zip(axes, MEASURES.items()):
        plots.bars(axis, {arm: found[name] for arm, found in mine.items()}, x=said, format=".1%")
    axes[1].set_yticklabels([])
    figure.suptitle(f"Photographs shown at {shown}", fontsize=11.5, fontweight="bold")
    plots.show(figure, alt=f"Shown at {shown}: " + "; ".join(
        f"{arm}, kNN {found['kNN']:.1%}, patches found again {found['found again']:.1%}" for arm, found in mine.items()
    ) + ".")


def lengths(vit: nn.Module, images: Tensor) -> Tensor:
    """How long each patch's token is after the last block, before the last norm: (N, L). Images (N, 3, H, W), uint8."""
    kept: list[Tensor] = []
    hook = vit.norm.register_forward_pre_hook(lambda module, inputs: kept.append(inputs[0].norm(dim=2)))
    try:
        with torch.no_grad():
            vit.to(runtime.device()).eval().tokens(images.float().to(runtime.device()) / 255)
    finally:
        hook.remove()
    return kept[0][:, 1:].cpu()


def norms(networks: Mapping[str, nn.Module], images: Tensor, size: int = 64) -> dict[str, Tensor]:
    """A histogram of the patches' norms for each network, on one axis; returns the norms, (N, L) each."""
    large = torch.nn.functional.interpolate(images.float(), size=size, mode="bilinear").round()
    found = {name: lengths(vit, large) for name, vit in networks.items()}
    figure, axis = plots.new_figure(width=8.0, height=3.2)
    most = max(float(each.quantile(0.999)) for each in found.values()) * 1.1
    for colour, (name, each) in zip(plots.COLOURS, found.items()):
        axis.hist(each.flatten().clamp(max=most).numpy(), bins=80, range=(0, most), histtype="step", linewidth=1.8,
                  color=colour, label=name)
    axis.set(xlabel="norm of a patch after the last block", ylabel="patches", yscale="log",
             title="Are there a few that shout?")
    axis.legend(loc="upper right")
    plots.show(figure, alt="Norms of patches, a logarithmic count: " + "; ".join(
        f"{name}, median {float(each.median()):.1f}, largest {float(each.max()):.1f}" for name, each in found.items()) + ".")
    return found


def norms_words(found: Mapping[str, Tensor], times: float = 3.0) -> None:
    """How many patches stand far above the median, said by the numbers."""
    for name, each in found.items():
        share, largest = float((each > times * each.median()).float().mean()), float(each.max() / each.median())
        said = "no patch shouts" if share == 0 else f"{share:.2%} of the patches are longer than {times:g} medians"
        print(f"{name}: {said}; the longest has {largest:.1f} times the median.")
        results.record(lab=LAB, method=name, data="cifar10", protocol="norms of patches", metric="largest / median",
                       value=largest, size=len(each))
