"""Lab 09, sections 7 and 9: what a search finds, where it gains, what it confuses, and the map of all drawings."""

from __future__ import annotations

import torch
from torch import Tensor

from .. import evaluation, plots, widgets
from .lab09_drawings import SHOWN, names, numbers, pictures

SIX = [(q, g) for q in range(3) for g in range(3) if q != g]  # (query's designer, gallery's)
ASK = ((2, 0), (0, 1), (1, 2))


def right_at_1(Z: Tensor) -> Tensor:
    """The share of the six searches for each concept that put it first: (concepts, 3, D) -> (concepts,)."""
    own = torch.arange(len(Z))
    hits = [evaluation.nearest_rows(Z[:, q], Z[:, g], 1)[1][:, 0] == own for q, g in SIX]
    return torch.stack(hits).double().mean(dim=0)


def search(test, by: dict[str, Tensor]) -> widgets.Panel:
    """One drawing asks, and the six nearest drawings by another hand answer, in a row for each of `by` {name: Z}."""
    who = {f"{test.designer_names[q]} asks {test.designer_names[g]}": (q, g) for q, g in ASK}
    shown, called, album = numbers(test).tolist(), names(test), pictures(test)

    def found(who_asks, drawing):
        (q, g), index = who[who_asks], shown[drawing - 1]
        nearest = {row: evaluation.nearest_rows(Z[index, q][None], Z[:, g], 6)[1][0].tolist() for row, Z in by.items()}
        return index, q, g, nearest

    def draw(asked):
        index, q, g, nearest = asked
        blank = torch.full((3, 64, 64), 255, dtype=torch.uint8)
        rows = {row: [album[index, q] if i == 0 else blank, blank, *album[places, g]]
                for i, (row, places) in enumerate(nearest.items())}
        frames = {row: [None, None, *(plots.COLOURS[0] if place == index else None for place in places)]
                  for row, places in nearest.items()}
        figure = plots.image_rows({row: torch.stack(list(images)) for row, images in rows.items()}, cell=0.95, frames=frames)
        return _with_room_above(figure, called[index])

    def where(index, places):
        return f"place {places.index(index) + 1}" if index in places else "not among six"

    def telling(drawing):
        index, _, _, nearest = found(next(iter(who)), drawing)
        first, *_, last = nearest.values()
        return last[0] == index and index not in first

    drawings = range(1, len(SHOWN) + 1)
    return widgets.Panel(
        {"who_asks": list(who), "drawing": drawings}, found, draw, labels={"who_asks": "", "drawing": "drawing"},
        start={"who_asks": next(iter(who)), "drawing": next(filter(telling, drawings), 1)},
        alt=lambda asked, who_asks, drawing: f"{who_asks} for {called[asked[0]]}, and the six nearest: " + ", ".join(
            f"{row}, {where(asked[0], places)}" for row, places in asked[3].items()) + ".")


def _with_room_above(figure, title: str):
    """The figure a third of an inch higher, with a title there."""
    axis, height = figure.axes[0], figure.get_figheight()
    left, bottom, width, _ = axis.get_position(original=True).bounds
    figure.set_figheight(height + 0.35)
    axis.set_position((left, bottom, width, 0.98 * height / (height + 0.35)))
    axis.set_title(title, fontsize=10)
    return figure


def categories(test, by: dict[str, Tensor]) -> None:
    """Recall@1 by category, and where the second of `by` {name: Z} gains most and least over the first."""
    category = test.categories[::3]
    rights = {row: right_at_1(Z) for row, Z in by.items()}
    bars = {}
    for c, name in enumerate(test.category_names):
        inside = category == c
        if inside.any():
            bars[f"{name} ({int(inside.sum())})"] = {row: float(right[inside].mean()) for row, right in rights.items()}
    figure, axis = plots.new_figure(width=7.8, height=5.6)
    plots.bars(axis, bars, x="recall@1, all pairs (in brackets: concepts)", title="By category")
    first, second = by
    gain = {name: part[second] - part[first] for name, part in bars.items()}
    most, least = max(gain, key=gain.get), min(gain, key=gain.get)
    plots.show(figure, alt=f"Recall at 1 by category, {first} and {second}: " + "; ".join(
        f"{name}, {part[first]:.0%} and {part[second]:.0%}" for name, part in bars.items()) + ".")
    print(f"{second} against {first}: {100 * gain[most]:+.0f} points in {most}, {100 * gain[least]:+.0f} in {least}.")


def confusions(test, Z: Tensor) -> None:
    """The ten wrong answers of which the network is surest, asked by the third designer and answered by the first."""
    album, called, category, own = pictures(test), names(test), test.categories[::3], torch.arange(len(Z))
    similarity, answer = (found[:, 0] for found in evaluation.nearest_rows(Z[:, 2], Z[:, 0], 1))
    wrong = (answer != own).nonzero().flatten()
    wrong = wrong[similarity[wrong].argsort(descending=True)]
    if not len(wrong):
        print("No answer is wrong.")
        return
    sure = wrong[:10]
    third, _, first = reversed(test.designer_names)
    plots.show(plots.image_rows({
        f"asked, {third}": album[sure, 2], f"answered, {first}": album[answer[sure], 0], f"right, {first}": album[sure, 0],
    }, cell=0.72), alt="Wrong answers of which the network is surest: " + "; ".join(
        f"{called[i]}, taken for {called[answer[i]]}" for i in sure.tolist()) + ".")
    kin = float((category[answer[wrong]] == category[wrong]).double().mean())
    chance = float((torch.bincount(category).double() / len(category)).square().sum())
    print(f"Of {len(wrong)} wrong answers {kin:.0%} are of the right category; a random pair of concepts shares one in "
          f"{chance:.0%} of cases.")


def explorer(test, learned: Tensor, pixels: Tensor) -> widgets.Explorer:
    """Two t-SNE maps of all test drawings, of what was learned and of their pixels; neighbours in what was learned."""
    from sklearn.manifold import TSNE

    maps = {name: TSNE(init="pca", perplexity=15, random_state=0).fit_transform(Z.flatten(0, 1).numpy())
            for name, Z in (("learned", learned), ("pixels", pixels))}
    return widgets.Explorer(test.images, test.categories, list(test.category_names), features=learned.flatten(0, 1),
                            maps=maps, start=3 * int(numbers(test, ["saxophone"])))
