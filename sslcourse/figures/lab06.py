"""Lab 06's drawings: photographs without and with their colors, the a*b* plane, and what one pixel could be."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from .. import methods, plots, widgets
from .lab06_words import beats_random, bins_or_squares, price_of_balance, smallest_error, vivid

__all__ = [
    "annealing", "beats_random", "bins_in_use", "bins_or_squares", "explained_by_class", "failures", "features", "gallery",
    "one_pixel", "price_of_balance", "smallest_error", "taken_apart", "there_and_back", "tradeoff", "vivid",
]

CELL = 0.85                                 # inches a photograph
MARKS = {"*": 19, "o": 15, "D": 11, "s": 8, "^": 5}     # each fits into the one before, where answers fall together


def swatch(ab: Tensor, lightness: float) -> Tensor:
    """The sRGB colors (M, 3) of ab (M, 2), shown at one lightness."""
    lab = torch.cat([torch.full((len(ab), 1), float(lightness)), ab], dim=1)
    return methods.lab_to_rgb(lab.reshape(-1, 3, 1, 1)).flatten(1).numpy()


def taken_apart(photos: Tensor, coarse_ab: Tensor) -> None:
    """The photographs, their lightness, their colors alone, and both again with the coarse colors (N, 2, h, w)."""
    lab = methods.rgb_to_lab(photos)
    L, ab = lab[:, :1], lab[:, 1:]
    rows = {"the photograph": photos, "L* alone": L / 100,
            "a*, b* alone": methods.lab_to_rgb(torch.cat([torch.full_like(L, 65), ab], dim=1)),
            "L* + coarse a*, b*": methods.paint(photos, coarse_ab)}
    side = coarse_ab.shape[2]
    plots.show(plots.image_rows(rows, cell=CELL), alt=(
        f"{len(photos)} photographs; below them their lightness in gray, their colors at one lightness, and the photographs "
        f"again with {side} by {side} colors each, which look much as before."))


def _plane(axis, bins: Tensor, title: str, **dots) -> None:
    axis.scatter(*bins.T, marker="s", **dots)
    axis.axhline(0, color=plots.MUTED, linewidth=0.6, zorder=0)
    axis.axvline(0, color=plots.MUTED, linewidth=0.6, zorder=0)
    axis.set(xlabel="a*   (green to magenta)", ylabel="b*   (blue to yellow)", aspect="equal")
    axis.set_title(title)


def bins_in_use(bins: Tensor, p: Tensor, near_gray: float) -> None:
    """The bins in their colors, and again as large as each is frequent."""
    figure, (left, right) = plots.new_figure(1, 2, width=9.6, height=4.6)
    _plane(left, bins, f"The {len(bins)} bins", c=swatch(bins, 65), s=46)
    _plane(right, bins, "How often they are used", c=swatch(bins, 65), s=1 + 140 * p / p.max())
    plots.show(figure, alt=(
        f"Left, the {len(bins)} bins of the a*b* plane in their colors. Right, squares as large as a bin is frequent: "
        f"{near_gray:.0%} of the pixels lie in the few bins next to gray."))


def there_and_back(photos: Tensor, ab: Tensor, through: dict[str, Tensor]) -> None:
    """The photographs, and each set of colors (N, 2, h, w) painted over them; how far the colors moved from ab is printed."""
    rows = {"the photograph": photos} | {name: methods.paint(photos, back) for name, back in through.items()}
    lost = {name: float((back - ab).norm(dim=1).mean()) for name, back in through.items()}
    moved = ", ".join(f"{name}: colors move by {distance:.1f} on average" for name, distance in lost.items())
    plots.show(plots.image_rows(rows, cell=CELL), alt=f"The photographs, and their colors through the bins. {moved}.")
    print(moved)


def annealing(could_be: Tensor, chances: Tensor, answers: dict[float, Tensor]) -> None:
    """A bar of the colors that a pixel could have, and below it its annealed mean (2,) at each temperature."""
    figure, (top, bottom) = plots.new_figure(2, 1, width=7.2, height=2.6)
    left = [0.0, *chances.cumsum(0)[:-1].tolist()]
    top.barh(0, chances, left=left, height=1, color=swatch(could_be, 55), edgecolor="white", linewidth=2)
    n, colors = len(answers), swatch(torch.stack(list(answers.values())), 55)
    bottom.barh(0, 1 / n, left=[i / n for i in range(n)], height=1, color=colors, edgecolor="white")
    for i, T in enumerate(answers):
        bottom.text((i + 0.5) / n, 0, f"T = {T:g}", color="white", ha="center", va="center", fontweight="bold")
    for axis, title in ((top, "What the car could have been"), (bottom, "The annealed mean")):
        axis.set_title(title)
        axis.set_xlim(0, 1)
        axis.axis("off")
    plots.show(figure, alt=(
        "Above, bars for a car's possible colors: red five tenths, blue three, silver two. Below, the annealed mean at "
        f"temperatures from {max(answers):g} to {min(answers):g}: from a dull mauve, the plain mean, to red near 0."))


def gallery(photos: Tensor, flat: Tensor, colors_of: Callable[..., Tensor], balances: dict[str, float | None],
            temperatures: tuple[float, ...] = (0.05, 0.2, 0.38, 0.6, 1.0)) -> widgets.Panel:
    """Photographs in gray, in the colors `flat`, and in `colors_of(temperature, lam)`, both (N, 2, h, w)."""
    def draw(ab: Tensor):
        return plots.image_rows({
            "what it sees": methods.rgb_to_lab(photos)[:, :1] / 100, "squared error": methods.paint(photos, flat),
            "bins, as set above": methods.paint(photos, ab), "the photograph": photos}, cell=0.9)

    return widgets.Panel(
        {"temperature": temperatures, "rare": list(balances)},
        lambda temperature, rare: colors_of(temperature, balances[rare]), draw,
        start={"temperature": 0.6, "rare": "λ = 0.5"}, labels={"temperature": "temperature T", "rare": "rare colors"},
        alt=lambda ab, temperature, rare: (
            f"{len(photos)} held-out photographs in gray, colored by squared error, colored by bins, and as they were. "
            f"T = {temperature}, {rare}: mean chroma {ab.norm(dim=1).mean():.1f}."))


def undecided_place(chances: Tensor, bins: Tensor) -> tuple[int, int, int]:
    """The photograph and the place (down, across) where blue and yellow are both likeliest; chances (N, Q, h, w)."""
    share = chances.permute(0, 2, 3, 1)
    blue, yellow = ((share * side).sum(-1) for side in (bins[:, 1] < -15, bins[:, 1] > 15))
    return tuple(int(v) for v in torch.unravel_index(torch.minimum(blue, yellow).argmax(), blue.shape))


def one_pixel(photos: Tensor, names: list[str], bins: Tensor, chances: Tensor, answers: dict[str, Tensor]) -> widgets.Panel:
    """What a place could be: chances (N, Q, h, w) of the bins, and each answer's colors (N, 2, h, w), the truth first."""
    listed = {f"{i}: {name}": i for i, name in enumerate(names)}
    lightness = methods.rgb_to_lab(photos)[:, :1]
    coarse = adaptive_avg_pool2d(lightness, chances.shape[2:])

    def look(photo: str, across: int, down: int) -> tuple:
        i = listed[photo]
        at = {name: ab[i, :, down, across][None] for name, ab in answers.items()}
        return i, across, down, chances[i, :, down, across], at

    def draw(found: tuple):
        i, across, down, chance, at = found
        light = float(coarse[i, 0, down, across].clamp(35, 85))
        figure, (picture, plane, patches) = plots.new_figure(1, 3, width=9.8, height=4.2, width_ratios=[1.0, 1.5, 0.9])
        picture.imshow(lightness[i, 0], cmap="gray", vmin=0, vmax=100)
        picture.plot(2 * across + 0.5, 2 * down + 0.5, "s", markersize=11, markerfacecolor="none",
                     markeredgecolor=plots.COLOURS[1], markeredgewidth=2.5)
        picture.axis("off")
        _plane(plane, bins, "What this place could be", c=swatch(bins, light), s=1200 * chance.numpy(), linewidths=0)
        plane.set(xlim=(-65, 85), ylim=(-75, 85))
        for row, ((name, ab), (mark, size)) in enumerate(zip(at.items(), MARKS.items())):
            look = dict(markersize=size, markerfacecolor="none", color="none", markeredgecolor=plots.INK)
            plane.plot(*ab[0].tolist(), mark, **look)
            patches.barh(row, 1, height=0.8, color=swatch(ab, light))
            patches.plot(0.5, row, mark, **look)
            patches.text(1.08, row, name, va="center")
        patches.set(xlim=(0, 2.4), ylim=(len(at) - 0.4, -0.6))
        patches.axis("off")
        return figure

    i, down, across = undecided_place(chances, bins)
    return widgets.Panel(
        {"photo": list(listed), "across": range(chances.shape[3]), "down": range(chances.shape[2])}, look, draw,
        start={"photo": list(listed)[i], "across": across, "down": down}, labels={"photo": "photograph"},
        alt=lambda found, photo, across, down: (
            f"The distribution over colors at place ({across}, {down}) of photograph {photo}. The likeliest bin has "
            f"{found[3].max():.0%}; the true color and {len(answers) - 1} answers are marked and painted beside it."))


def tradeoff(colors: dict[str, dict[str, float]], temperatures: list[float]) -> None:
    """Chroma error and vividness over the temperature, beside the ways that have none; colors[way][metric]."""
    figure, axes = plots.new_figure(1, 2, width=9.6, height=3.8)
    units = {"chroma error": "units of a*b*", "vividness": "share of the true mean chroma"}
    for axis, (metric, unit) in zip(axes, units.items()):
        flat = {way: ([min(temperatures), max(temperatures)], [colors[way][metric]] * 2)
                for way in ("squared error", "constant colour", "grey")}
        curve = {f"bins{lam}": (temperatures, [colors[f"bins, T = {T:g}{lam}"][metric] for T in temperatures])
                 for lam in ("", ", λ = 0.5")}
        plots.lines(axis, curve | flat, x="temperature T", y=unit, title=metric.capitalize())
        if metric == "vividness":
            plots.percent(axis.yaxis)
    axes[1].get_legend().remove()
    axes[1].axhline(1, color=plots.MUTED, linestyle=":", linewidth=1)
    ends = [f"{colors[f'bins, T = {T:g}']['vividness']:.0%} at T = {T:g}" for T in (min(temperatures), max(temperatures))]
    plots.show(figure, alt=(
        "Left, the chroma error of bins over the temperature, beside squared error, a constant color and gray. Right, "
        f"vividness: bins have {' and '.join(ends)}, rebalanced ones {colors['bins, T = 0.38, λ = 0.5']['vividness']:.0%} at "
        f"T = 0.38; squared error has {colors['squared error']['vividness']:.0%}."))


def failures(images: Tensor, ab: Tensor, far: float, usual: float) -> None:
    """The photographs with the largest errors: gray, in the colors ab, and as they were; `far` is their true mean chroma."""
    rows = {"what it sees": methods.grey_input(images, 1), "bins, T = 0.38": methods.paint(images, ab),
            "the photograph": images}
    plots.show(plots.image_rows(rows, cell=CELL), alt=(
        f"The {len(images)} photographs with the largest errors: in gray, colored by the network, and as they were. The true "
        f"colors lie {far:.0f} from gray on average, {usual:.0f} over all."))


def explained_by_class(explained: dict[str, float]) -> None:
    """A bar per class: the share of the squared chroma that is predicted."""
    explained = dict(sorted(explained.items(), key=lambda item: -item[1]))
    figure, axis = plots.new_figure(width=6.8, height=3.6)
    plots.bars(axis, explained, x="share of the squared chroma that the bins' mean (T = 1) explains")
    plots.show(figure, alt="By class, the share of the squared chroma that is predicted: " + ", ".join(
        f"{name} {share:.0%}" for name, share in explained.items()) + ".")


def features(measured: dict[str, dict[str, float]]) -> None:
    """Bars of each encoder's accuracy by kNN and by a linear probe."""
    figure, axis = plots.new_figure(width=7.6, height=5.2)
    plots.bars(axis, measured, x="accuracy on 10,000 test photographs", format=".1%", chance=0.1)
    plots.show(figure, alt="Accuracy by kNN and by a linear probe: " + "; ".join(
        f"{name} {found['kNN']:.1%} and {found['linear probe']:.1%}" for name, found in measured.items()) + ".")
