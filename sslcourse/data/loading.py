"""From a name to a data set: fetched when it is not cached, then read, all of it or the rows that were asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import expect
from .rows import draw
from .sets import ImageSet, PairSet, TextSet

if TYPE_CHECKING:
    from .catalogue import Entry


def names() -> list[str]:
    """The names that `load` knows."""
    from . import catalogue

    return catalogue.names()


def load(name: str, split: str = "train", size: int | None = None, seed: int = 0) -> ImageSet | TextSet | PairSet:
    """The data set `name`: an ImageSet, a TextSet or a PairSet, fetched first where it is not cached yet.

        load("cifar10")                             all 50,000 training images
        load("cifar10", split="test", size=2_000)   2,000 test images, drawn by seed 0

    `size` rows are drawn by a seeded permutation, so a smaller size is a prefix of a larger one with the same seed.
    They are not balanced by class beyond what chance does. Without `size` the rows come in the set's own order.

    ValueError for an unknown name (the near ones are named), an unknown split (the splits are named) or a size larger
    than the split (how many there are); NoSource when the set is not cached and no source is in reach.
    """
    from . import cache, catalogue, fetch

    entry = catalogue.entry(name)
    expect.one_of(split, "split", entry.splits)
    rows = None
    if size is not None:  # refused before anything is downloaded
        rows = draw(size, entry.splits[split], seed, f"{name}'s {split} split")
    fetch.ensure(entry)
    return _assembled(entry, cache.read(entry, split, rows))


def _assembled(entry: Entry, columns: dict) -> ImageSet | TextSet | PairSet:
    """The data set of the entry's kind that these columns make up."""
    if entry.kind == "pairs":
        columns["keywords"] = [tuple(words.split("\n")) if words else () for words in columns["keywords"]]
        for key in ("concept_names", "designer_names", "category_names"):
            columns[key] = tuple(columns[key])
        return PairSet(name=entry.name, **columns)
    classes = tuple(columns.pop("classes", entry.classes))
    highest = int(columns["labels"].max())
    if highest >= len(classes):
        raise RuntimeError(
            f"{entry.name}: its labels go from 0 to {highest}, and {len(classes) or 'no'} classes are named. "
            f"Write `classes = [...]` under [{entry.name}] in datasets/catalogue.toml."
        )
    kind = {"images": ImageSet, "texts": TextSet}[entry.kind]
    return kind(name=entry.name, classes=classes, **columns)
