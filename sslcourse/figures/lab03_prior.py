"""Lab 03, sections 3 and 4: what a price does to sixteen numbers, and how near the adversary brings codes to the prior."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .. import evaluation, plots, results, widgets
from ..data import ImageSet
from .lab03_spaces import PRIOR, Space, capital, decoded, draw_map, first_of_each, legend, tiles

LAB = "03_generative_autoencoders"


@dataclass(frozen=True)
class Price:
    """A β-VAE at one price: which numbers are active, the KL of each in nats (J,), and what a copy loses, −log p(x|z)."""

    method: nn.Module
    active: Tensor
    kl: Tensor
    lost: float

    @property
    def bound(self) -> float:
        return self.lost + float(self.kl.sum())


def record_prices(priced: dict[float, Price], size: int) -> None:
    """Keep the numbers of each price."""
    for beta, found in priced.items():
        numbers = {"active numbers": int(found.active.sum()), "KL": float(found.kl.sum()), "-ELBO": found.bound}
        for metric, value in numbers.items():
            results.record(lab=LAB, method=f"VAE, beta = {beta:g}", data="mnist", protocol="16 numbers", metric=metric,
                           value=value, seed=0, size=size)


def prices(priced: dict[float, Price], test: ImageSet) -> widgets.Panel:
    """What each number pays at a price, and digits, their copies and invented ones."""
    chosen = first_of_each(test)
    digits = test.images[chosen].float() / 255
    tallest = max(float(found.kl.max()) for found in priced.values())

    def at_price(beta: float):
        method, J = priced[beta].method, len(priced[beta].kl)
        codes = evaluation.extract_features(method, test.images[chosen])
        draws = torch.randn(len(chosen), J, generator=torch.Generator().manual_seed(1))
        return beta, torch.cat([digits, decoded(method, codes), decoded(method, draws)])

    def draw(data):
        beta, rows = data
        kl, order = priced[beta].kl.sort(descending=True)
        figure, (left, right) = plots.new_figure(1, 2, width=9.8, height=3.2, width_ratios=[1, 1.75])
        active = priced[beta].active[order]
        left.bar(range(len(kl)), kl, color=[plots.COLOURS[0] if on else plots.MUTED for on in active])
        left.set(title=f"{int(priced[beta].active.sum())} of {len(kl)} active", xlabel="latent number", ylabel="KL (nats)")
        left.set(ylim=(0, 1.05 * tallest), xticks=[])
        tiles(right, rows, len(chosen), f"β = {beta:g}: digits, their copies, and invented ones")
        for row, name in enumerate(("digits", "copies", "invented")):
            right.text(-6, 28 * row + 14, name, ha="right", va="center")
        return figure

    return widgets.Panel(
        {"beta": list(priced)}, at_price, draw, start={"beta": 1}, labels={"beta": "β"},
        alt=lambda data, beta: (
            f"At beta {beta:g}: {int(priced[beta].active.sum())} of {len(priced[beta].kl)} latent numbers are active, "
            f"together {float(priced[beta].kl.sum()):.1f} nats; ten digits, their copies and ten invented digits."),
    ).precompute("prices")


def rate_distortion(priced: dict[float, Price]) -> None:
    """What is lost in copying against what the codes pay, and the bound of each price."""
    paid = [float(found.kl.sum()) for found in priced.values()]
    lost = [found.lost for found in priced.values()]
    figure, (left, right) = plots.new_figure(1, 2, width=9.4, height=3.4)
    plots.lines(left, {"VAEs": (paid, lost)}, x="what the codes pay: KL (nats)", y="what is lost: −log p(x|z) (nats)",
                title="Each price buys a compromise", marker="o")
    left.get_legend().remove()
    for beta, x, y in zip(priced, paid, lost):
        left.annotate(f"β = {beta:g}", (x, y), xytext=(7, 5), textcoords="offset points", fontsize=9)
    left.margins(x=0.16, y=0.1)
    best = min(found.bound for found in priced.values())
    plots.bars(right, {f"β = {beta:g}": found.bound - best for beta, found in priced.items()},
               x="−ELBO above the best of them (nats)", format=".1f", title="The bound: the sum of both")
    plots.show(figure, alt=(
        f"Left, what is lost in copying against what the codes pay, for {len(priced)} prices. Right, the bound for each: "
        + ", ".join(f"{found.bound:.0f} nats at beta {beta:g}" for beta, found in priced.items()) + "."))


def game(adversary_losses: Callable) -> None:
    """What a code costs each player, against the discriminator's logit for it."""
    logits = torch.linspace(-6, 6, 121)
    sure = torch.full((1,), 100.0)  # the prior's point costs nothing where D is sure of it
    pays = [[float(part) for part in adversary_losses(sure, logit.reshape(1))] for logit in logits]
    discriminator, encoder = zip(*pays)
    figure, axis = plots.new_figure(width=6.2, height=3.0)
    plots.lines(axis, {"the discriminator pays": (logits, discriminator), "the encoder pays": (logits, encoder)},
                x="the discriminator's logit for one code", y="loss (nats)", title="One code, two opinions of it")
    plots.show(figure, alt=(
        f"What a code costs each player against the discriminator's logit: the discriminator's curve goes from "
        f"{discriminator[0]:.1f} to {discriminator[-1]:.1f}, the encoder's from {encoder[0]:.1f} to {encoder[-1]:.1f}. "
        "Each is steep where that player is losing."))


def adversary(seen: dict[int, Tensor], away: dict[int, float], test: ImageSet) -> widgets.Panel:
    """The codes on their way to the prior: {step: (N, 2)}, and their distance from it at more steps."""
    moments = [step for step in seen if step in (0, 40, 80, 160, 320, 640) or step == max(seen)]

    def draw(step: int):
        figure, (left, right) = plots.new_figure(1, 2, width=9.6, height=4.6, width_ratios=[1.25, 1])
        draw_map(left, seen[step], PRIOR, test, f"After {step} steps with an adversary")
        shown = [max(distance, 1e-3) for distance in away.values()]  # an estimate may be a little below 0
        plots.lines(right, {"codes to prior": (list(away), shown)}, x="steps with an adversary", y="energy distance",
                    title="Distance to the prior")
        right.axvline(step, color=plots.INK, linewidth=1.2, linestyle=":")
        right.set_yscale("log")
        right.get_legend().remove()
        legend(figure, test)
        return figure

    return widgets.Panel(
        {"step": moments}, lambda step: step, draw, start={"step": 0}, play="step",
        labels={"step": "steps with an adversary"},
        alt=lambda _, step: (
            f"Left, the codes of {len(seen[step]):,} digits after {step} steps with an adversary, and the prior's "
            f"rings; their energy distance from the prior is {away[step]:.3f}. Right, that distance over all steps."))


def parts(Z: Tensor, prior: Tensor, n: int = 8) -> list[float]:
    """The energy distance of n disjoint parts of the codes from as many of the prior's draws: how far can chance move it?"""
    size = min(len(Z), len(prior)) // n
    return [evaluation.energy_distance(Z[i * size:(i + 1) * size], prior[i * size:(i + 1) * size]) for i in range(n)]


def beside(spaces: dict[str, Space], points: dict[str, Tensor], holes: dict[str, float], distance: dict[str, float],
           test: ImageSet) -> None:
    """The maps of all spaces, above what each of them invents."""
    figure, axes = plots.new_figure(2, len(spaces), width=9.8, height=7.0, height_ratios=[1.1, 1], squeeze=False)
    for (top, low), (name, space) in zip(axes.T, spaces.items()):
        draw_map(top, space.Z, space.bell, test, capital(name))
        tiles(low, space.decode(points[name][:64]), 8, f"{holes[name]:.1%} of draws in holes")
    legend(figure, test)
    plots.show(figure, alt=(
        f"The codes of {len(spaces)} models with their rings, above 64 invented images each. Energy distance from the prior: "
        + ", ".join(f"{name} {value:.3f}" for name, value in distance.items()) + "."))


def record_spaces(measured: dict[str, dict[str, float]], size: int) -> results.Table:
    """Keep what was measured of each space with two numbers, and the table of it."""
    for name, numbers in measured.items():
        for metric, value in numbers.items():
            results.record(lab=LAB, method=name, data="mnist", protocol="2 numbers", metric=metric, value=value, seed=0,
                           size=size)
    return results.table(LAB, protocol="2 numbers", columns="metric", format={
        "energy distance to the prior": ".3f", "draws in holes": ".1%", "10 nearest on the map": ".1%"})


def listed(numbers: dict[str, float], format: str, among: Sequence[str] = ()) -> str:
    """"a 1%, b 2%": the numbers of `among`, of all where that is empty."""
    return ", ".join(f"{name} {numbers[name]:{format}}" for name in among or numbers)
