"""Lab 03's drawings: maps of codes with their bell's rings, what a decoder makes of points, and what codes are worth."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from .. import plots, results, runtime, widgets
from ..data import ImageSet
from .lab03_prior import (
    Price,
    adversary,
    beside,
    game,
    listed,
    parts,
    prices,
    rate_distortion,
    record_prices,
    record_spaces,
)
from .lab03_spaces import PRIOR, Bell, Space, bell_of, capital, decoded, draw_map, first_of_each, legend, tiles

__all__ = [
    "PRIOR", "Bell", "Price", "Space", "adversary", "bell_of", "beside", "compared", "game", "listed", "manifolds",
    "over_seeds", "parts", "place", "prices", "rate_distortion", "record_prices", "record_spaces", "square",
    "ten_clouds", "walk",
]


def place(name: str, spaces: dict[str, Space], points: dict[str, Tensor], holes: dict[str, float], test: ImageSet) -> None:
    """The map of one space, and the first 64 of the points drawn for it, decoded; with the share of them all in holes."""
    space = spaces[name]
    figure, (left, right) = plots.new_figure(1, 2, width=9.6, height=4.9)
    draw_map(left, space.Z, space.bell, test, f"{capital(name)}: the codes of test digits")
    tiles(right, space.decode(points[name][:64]), 8, "64 points drawn from the rings' bell, decoded")
    legend(figure, test)
    plots.show(figure, alt=(
        f"Left, test digits at their two codes ({name}), with the rings of the bell curve from which one draws; right, 64 "
        f"drawn points decoded. {holes[name]:.1%} of all drawn points fall into holes."))


def ten_clouds(vae: nn.Module, test: ImageSet, draw: Callable[[Tensor, Tensor], Tensor]) -> None:
    """The clouds of the first test digit of each class: 150 draws of each by draw(mu, log_var), and three decoded."""
    chosen = first_of_each(test)
    with torch.no_grad():
        mu, log_var = (part.cpu() for part in vae.posterior(test.images[chosen].float().to(runtime.device()) / 255))
    figure, (left, right) = plots.new_figure(1, 2, width=9.8, height=4.2, width_ratios=[1, 1.25])
    for digit in range(len(chosen)):
        cloud = draw(mu[[digit]].expand(150, 2), log_var[[digit]].expand(150, 2))
        left.scatter(*cloud.T, s=5, color=plots.COLOURS[digit], alpha=0.7)
        box = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": plots.COLOURS[digit], "alpha": 0.9}
        left.annotate(test.classes[digit], mu[digit].tolist(), fontsize=10, ha="center", va="center", bbox=box)
    left.set(title="150 draws from each of ten clouds", xlabel="$z_1$", ylabel="$z_2$", aspect="equal")
    left.grid(True)
    drawn = draw(mu.repeat(3, 1), log_var.repeat(3, 1))
    tiles(right, torch.cat([test.images[chosen].float() / 255, decoded(vae, drawn)]), len(chosen),
          "Ten digits, and three draws of each decoded")
    width = float(torch.exp(log_var / 2).mean())
    plots.show(figure, alt=(
        f"Left, small clouds of draws, one for each of ten digits, {width:.2f} wide on average; right, the ten digits and "
        "below each of them three draws from its cloud, decoded."))


def square(bell: Bell, n: int = 16) -> Tensor:
    """n × n points of a bell curve, equal shares of it between them: (n · n, 2), the top left one first."""
    at = torch.special.ndtri(torch.linspace(0.02, 0.98, n))
    up, across = torch.meshgrid(at.flip(0), at, indexing="ij")
    return bell.at(torch.stack([across.flatten(), up.flatten()], dim=1))


def manifolds(spaces: dict[str, Space]) -> None:
    """A square of points of each bell, decoded in order."""
    figure, axes = plots.new_figure(1, len(spaces), width=9.8, height=5.4, squeeze=False)
    for axis, (name, space) in zip(axes[0], spaces.items()):
        tiles(axis, space.decode(square(space.bell)), 16, capital(name))
    plots.show(figure, alt="Squares of 16 by 16 decoded points in order: " + ", ".join(spaces) + ", from left to right.")


def walk(spaces: dict[str, Space], test: ImageSet) -> widgets.Panel:
    """A star to be moved over the map of each space, and what is decoded where it stands."""
    def stand(model: str, z1: float, z2: float):
        space = spaces[model]
        z = space.bell.at(torch.tensor([[float(z1), float(z2)]]))
        return model, z, space.decode(z), test.classes[int(test.labels[torch.cdist(z, space.Z).argmin()])]

    def draw(found):
        model, z, image, _ = found
        figure, (left, right) = plots.new_figure(1, 2, width=9.4, height=4.6, width_ratios=[1.15, 1])
        draw_map(left, spaces[model].Z, spaces[model].bell, test, f"{capital(model)}: the map")
        left.scatter(*z[0], marker="*", s=340, color="black", edgecolor="white", linewidth=1.3, zorder=5)
        tiles(right, image, 1, "What is decoded there")
        legend(figure, test)
        return figure

    positions = [round(0.25 * i, 2) for i in range(-10, 11)]
    return widgets.Panel(
        {"model": list(spaces), "z1": positions, "z2": positions}, stand, draw,
        start={"model": list(spaces)[-1], "z1": 0, "z2": 0}, labels={"model": "", "z1": "z₁", "z2": "z₂"},
        alt=lambda found, model, z1, z2: (
            f"Left, the {model}'s map with a star at z1 = {z1}, z2 = {z2}; right, the image decoded there. The nearest test "
            f"digit is a {found[3]}."))


def compared(lab: str, accuracy: dict[str, float], names: list[str], beside: list[str], *, sees: float = 0.01) -> None:
    """For each of `names`, whether its vote is above or below those `beside` it; over seeds, where several are on file."""
    def said(name: str, other: str) -> str:
        lead = accuracy[name] - accuracy[other]
        if abs(lead) < sees:
            return f"no difference to {other} that this can see ({100 * lead:+.1f} points)"
        return f"{abs(100 * lead):.1f} points {'above' if lead > 0 else 'below'} {other}"

    print("By the vote of neighbours in this run:")
    for name in names:
        print(f"  {name}: " + ", ".join(said(name, other) for other in beside if other != name) + ".")
    print(over_seeds(lab, names))


def over_seeds(lab: str, names: list[str]) -> str:
    """Whether the prior moved the vote of neighbours: each of names[1:] against names[0], seed by seed, on file."""
    found = {}
    for name in names:
        rows = results.select(results.committed(runtime.machine()), lab=lab, method=name, protocol="kNN", metric="accuracy")
        found[name] = {row.seed: row.value for row in rows}
    seeds = sorted(set.intersection(*(set(of) for of in found.values())))
    if len(seeds) < 3:
        return "Not enough seeds are on file for this kind of machine to say more."
    first, told = names[0], []
    for name in names[1:]:
        pair = {which: [found[which][seed] for seed in seeds] for which in (name, first)}
        lead = 100 * sum(a - b for a, b in zip(pair[name], pair[first])) / len(seeds)
        ahead = widgets.decide(pair)
        told.append(f"{name} {lead:+.1f} points, " + (
            "a difference that holds" if ahead in pair else "which may be chance"))
    return f"On file, {len(seeds)} seeds, beside {first}: " + "; ".join(told) + "."
