"""Lab 14's drawings: masks, what a decoder paints, and the spectrum that a vote sees and a probe does not."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from torch import Tensor

from .. import evaluation, models, plots, results, runtime, widgets

CELL = 0.85                                 # inches a photograph


def draw_mask(mask: Callable, ratio: float, n: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """idx_keep and idx_mask for n photographs of 64 patches, the same each time."""
    return mask((n, 64), ratio, generator=torch.Generator().manual_seed(seed))


def hidden_pixels(idx_mask: Tensor) -> Tensor:
    """True where a pixel is hidden: (N, L − K) -> (N, 1, 32, 32)."""
    flags = torch.zeros(len(idx_mask), 64, 16)
    return models.unpatchify(flags.scatter(1, idx_mask[:, :, None].expand(-1, -1, 16), 1.0), 4, channels=1).bool()


def spoiled(images: Tensor, idx_mask: Tensor) -> Tensor:
    """The photographs with gray in each hidden place, float."""
    return torch.where(hidden_pixels(idx_mask), 0.8, images.float() / 255)


def hiding(images: Tensor, masks: dict[str, Callable], ratios: list[float]) -> widgets.Panel:
    """The photographs under each kind of mask; the slider is the share that is hidden."""
    return widgets.Panel(
        {"hidden": ratios},
        lambda hidden: {name: spoiled(images, draw_mask(mask, hidden, len(images))[1]) for name, mask in masks.items()},
        draw=lambda rows: plots.image_rows(rows, cell=CELL),
        alt=lambda rows, hidden: (
            f"{len(images)} photographs with {hidden:.0%} of their patches hidden, in a row each: {', '.join(rows)}."
        ),
        start={"hidden": 0.75}, labels={"hidden": "share that is hidden"},
    )


def pieces(images: Tensor, restored: Tensor) -> None:
    """Photographs, and under them what stands in the kept places, with gray in the others."""
    gray = float((restored == 0.8).all(dim=1).float().mean())
    rows = {"photograph": images.float() / 255, "kept, in its place": restored}
    plots.show(plots.image_rows(rows, cell=CELL), alt=(
        f"{len(images)} photographs, and below them the same with {gray:.0%} of their pixels replaced by a gray mask token."
    ))


def training_curves(runs: dict, silent: float, window: int = 10) -> None:
    """The loss of each history in `runs`, and a dotted line for a decoder that says 0 everywhere."""
    curves = {name: torch.tensor(run.loss) for name, run in runs.items()}
    curves = {name: loss.unfold(0, min(window, len(loss)), 1).mean(dim=1) for name, loss in curves.items()}
    figure, axis = plots.new_figure(width=7.4, height=3.4)
    plots.lines(axis, {name: (range(len(curve)), curve) for name, curve in curves.items()},
                x="step (mean of ten)", y="loss on hidden patches", title="Normalised targets")
    axis.axhline(silent, color=plots.MUTED, linewidth=1, linestyle=":")
    axis.annotate("says 0 everywhere", (max(map(len, curves.values())), silent), fontsize=9, color=plots.MUTED,
                  ha="right", va="bottom")
    plots.show(figure, alt="Loss on hidden patches against the step. " + "; ".join(
        f"{name}: {curve[0]:.2f} to {curve[-1]:.2f}" for name, curve in curves.items()) + f". Saying 0 has {silent:.2f}.")


def milliseconds(ways: dict[str, torch.nn.Module], images: Tensor, rounds: int = 7) -> dict[str, float]:
    """The best of some forward and backward passes of each method; in turn, so that whatever else runs hits all of them."""
    def one(method: torch.nn.Module) -> float:
        wait = torch.cuda.synchronize if runtime.device().type == "cuda" else lambda: None
        wait()
        start = time.perf_counter()
        with runtime.autocast():
            loss = method.loss(images)
        loss.backward()
        wait()
        return 1000 * (time.perf_counter() - start)

    found = [{name: one(way.to(runtime.device())) for name, way in ways.items()} for _ in range(rounds)]
    return {name: min(each[name] for each in found) for name in ways}


def speed(milliseconds: dict[str, float], images: int) -> None:
    """A bar for each way to run a step."""
    figure, axis = plots.new_figure(width=7.4, height=2.9)
    plots.bars(axis, milliseconds, x=f"milliseconds for {images} images, the best of 7", title="Encoder and decoder",
               format=".0f")
    said = ", ".join(f"{name} {ms:.0f}" for name, ms in milliseconds.items())
    plots.show(figure, alt=f"Milliseconds per step: {said}.")


def painting(images: Tensor, masks: dict[str, Callable], ratios: list[float], paint: Callable) -> widgets.Panel:
    """What `paint(hidden, kind)` puts into the gaps of the first ten images, with the share explained beside each name.

    paint   -> ({name: filled images}, {name: share of the variation missed, for each image})
    """
    def drawn(hidden: float, kind: str) -> tuple[dict[str, Tensor], dict[str, float]]:
        fillings, missed = paint(hidden, kind)
        explained = {name: 1 - float(share.mean()) for name, share in missed.items()}
        rows = {"photograph": images[:10].float() / 255,
                "seen": spoiled(images, draw_mask(masks[kind], hidden, len(images))[1])[:10]}
        return rows | {f"{name}, {explained[name]:.0%}": x[:10] for name, x in fillings.items()}, explained

    return widgets.Panel(
        {"hidden": ratios, "kind": list(masks)}, drawn, draw=lambda found: plots.image_rows(found[0], cell=CELL),
        start={"hidden": 0.75, "kind": "random"}, labels={"hidden": "share that is hidden", "kind": ""},
        alt=lambda found, hidden, kind: (
            f"Ten photographs, what is left of them with {hidden:.0%} hidden ({kind}), and ways to fill the gaps. "
            "Explained: " + ", ".join(f"{name} {share:.0%}" for name, share in found[1].items()) + "."
        ),
    ).precompute("painting")


def whitening(spectra: dict[float, Tensor], votes: dict[float, float], probe: float) -> widgets.Panel:
    """Left the share of the variance in each component, right the vote; the slider is the power p.

    spectra, votes   for each p: the variances, the largest first, and the accuracy of the vote
    """
    powers = list(spectra)

    def draw(power: float):
        variance = spectra[power]
        figure, (left, right) = plots.new_figure(1, 2, width=9.4, height=3.4)
        left.bar(range(1, len(variance) + 1), (variance / variance.sum()).numpy(), width=1.0, color=plots.COLOURS[0])
        left.set(xlabel="principal component", ylabel="share of the variance", title="MAE's features",
                 xlim=(0, len(variance) + 1), yscale="log", ylim=(1e-6, 1))
        plots.lines(right, {"kNN vote": (powers, [votes[p] for p in powers])}, x="p, from centred to whitened",
                    y="accuracy", title="The vote and the probe", marker="o")
        right.plot(power, votes[power], "o", markersize=13, markerfacecolor="none", color=plots.INK)
        right.axhline(probe, color=plots.MUTED, linewidth=1.2, linestyle=":")
        right.annotate(f"linear probe, {probe:.1%}", (0, probe), fontsize=9.5, color=plots.MUTED, va="bottom")
        right.yaxis.set_major_formatter(lambda value, _: f"{value:.1%}")
        right.margins(y=0.2)
        right.legend(loc="lower right")
        return figure

    return widgets.Panel(
        {"p": powers}, lambda p: p, draw, start={"p": 0.0},
        alt=lambda found, p: (
            f"Left, the share of the variance in each of {len(spectra[p])} principal components at p = {p:g}: the first has "
            f"{float(spectra[p][0] / spectra[p].sum()):.0%}. Right, the kNN vote against p, here {votes[p]:.1%}; the "
            f"linear probe, {probe:.1%}, is a dotted line."
        ),
    )


def measured(lab: str, method: str, Z: list[Tensor], train, test, protocols=("kNN", "linear probe"), note: str = "") -> dict:
    """The course's protocol, as in `results.evaluate`, on features of train and test that are there already; recorded."""
    readers, found = {"kNN": evaluation.KNNClassifier, "linear probe": evaluation.LinearProbe}, {}
    for name in protocols:
        found[name] = readers[name]().fit(Z[0], train.labels).score(Z[1], test.labels)
        results.record(lab=lab, method=method, data="cifar10", metric="accuracy", protocol=name + note, value=found[name],
                       seed=0, size=len(train))
    return found


def vote(lab: str, method: str, Z: list[Tensor], train, test, power: float) -> float:
    """The kNN vote alone, on whitened features."""
    return measured(lab, method, Z, train, test, ("kNN",), f", whitened {power:g}")["kNN"]


def elsewhere() -> None:
    """What lab 04 has for raw pixels, and what the DINOv2 paper has for MAE and DINO at full size."""
    pixels = {"lab": "04_evaluating_representations", "method": "raw pixels", "data": "cifar10", "metric": "accuracy"}
    results.say("Raw pixels, from lab 04: {knn:.1%} by kNN, {probe:.1%} by the linear probe.",
                knn=pixels | {"protocol": "kNN"}, probe=pixels | {"protocol": "linear probe"})
    for row in results.cited("dinov2-table4"):
        if row["method"] in ("MAE", "DINO"):
            print(f"Full size, ImageNet (Oquab et al., 2023, table 4): {row['method']} {row['architecture']}, "
                  f"{row['knn']}% by kNN and {row['linear']}% by a linear probe")


def gains(lab: str, method: str, others: list[str], sure: float = 0.02) -> str:
    """What whitening does to each network's vote, on file, and whether `method` gains more than the `others`.

    A sentence is chosen only where all of them are on file; `sure` is the lead that counts.
    """
    found = {}
    for name in [method, *others]:
        try:
            plain, white = (results.value(lab=lab, method=name, protocol=f"kNN{how}") for how in ("", ", whitened 1"))
        except results.NotMeasured:
            continue
        found[name] = white - plain
    said = "Whitening moves the vote, in points: "
    said += ", ".join(f"{name} {100 * gain:+.1f}" for name, gain in found.items()) + "."
    rest = [found[name] for name in others if name in found]
    if len(found) <= len(others):
        return said + " Not all are measured yet on this kind of machine, so nothing follows."
    lead = found[method] - max(rest)
    if lead > sure:
        return said + f" {method} gains most, so what it learned may have to do with it."
    if lead < -sure:
        return said + f" Another network gains more than {method}. So its loss cannot be the reason, or not alone."
    return said + f" Another network gains as much as {method}, as far as one run can tell: its loss need not be the reason."
