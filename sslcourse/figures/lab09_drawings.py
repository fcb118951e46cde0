"""Lab 09: the emoji themselves, by concept and by hand."""

from __future__ import annotations

import torch
from torch import Tensor

from .. import plots

SHOWN = ["smiling face with tear", "ok hand", "woman rowing boat", "deer", "cockroach", "french fries", "hut", "satellite",
         "six thirty", "saxophone", "up left arrow", "flag bhutan"]
DOING = ["curly hair", "tipping hand", "bowing", "facepalming", "shrugging", "student", "teacher", "juggling"]


def pictures(pairs) -> Tensor:
    """The drawings at full size, a row for each concept: (concepts, 3, 3, 64, 64)."""
    return pairs.images.unflatten(0, (-1, len(pairs.designer_names)))


def names(pairs) -> list[str]:
    """What the concepts are called."""
    return list(pairs.texts[::len(pairs.designer_names)])


def numbers(pairs, wanted: list[str] = SHOWN) -> Tensor:
    """Where the concepts `wanted` stand."""
    place = {name: i for i, name in enumerate(names(pairs))}
    return torch.tensor([place[name] for name in wanted])


def probe(pairs, count: int = 64) -> Tensor:
    """`count` concepts to look at: the twelve that the lab shows, and others from all over the set."""
    shown = numbers(pairs)
    others = [i for i in range(0, len(names(pairs)), max(1, len(names(pairs)) // count)) if i not in shown.tolist()]
    return torch.cat([shown, torch.tensor(others, dtype=torch.long)])[:count]


def by_three_hands(test) -> None:
    """Twelve concepts, a row for each designer."""
    rows = {designer: pictures(test)[numbers(test), d] for d, designer in enumerate(test.designer_names)}
    plots.show(plots.image_rows(rows, cell=0.72), alt=(
        f"Twelve concepts of the test set in three rows, one for each designer: {', '.join(SHOWN)}."))


def twins(test) -> None:
    """Different concepts that look alike, all by one hand."""
    listed = names(test)
    wanted = {
        "faces": [name for name in listed if name.endswith("face")][:8],
        "women": [f"woman {what}" for what in DOING], "men": [f"man {what}" for what in DOING],
        "flags": [name for name in listed if name.startswith("flag ")][-8:],
    }
    rows = {row: pictures(test)[numbers(test, those), 0] for row, those in wanted.items()}
    said = f"Eight different concepts a row, all by {test.designer_names[0]}. "
    plots.show(plots.image_rows(rows, cell=0.72), alt=said + " ".join(
        f"{row.capitalize()}: {', '.join(those)}." for row, those in wanted.items()))
