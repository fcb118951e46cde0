"""From a name to a data set: fetched when it is not cached, then read, all of it or the rows that were asked for."""

from __future__ import annotations

from .. import expect
from .rows import draw
from .sets import ImageSet, PairSet, TextSet

#: Class names of the sets whose files hold numbers only.
CLASSES = {
    "cifar10": ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
    "mnist": tuple("0123456789"),
    "fashion_mnist": (
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ),
}


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
    from . import catalogue, fetch, store

    splits = catalogue.entry(name).splits
    expect.one_of(split, "split", splits)
    rows = None if size is None else draw(size, splits[split], seed, f"{name}'s {split} split")  # refused undownloaded
    fetch.ensure(name)
    return _assembled(name, store.read(name, split, rows))


def _assembled(name: str, columns: dict) -> ImageSet | TextSet | PairSet:
    """The data set of the kind that these columns make up."""
    if "concepts" in columns:
        columns["keywords"] = [tuple(words.split("\n")) if words else () for words in columns["keywords"]]
        for key in ("concept_names", "designer_names", "category_names"):
            columns[key] = tuple(columns[key])
        return PairSet(name=name, **columns)
    classes = tuple(columns.pop("classes", None) or CLASSES[name])
    kind = ImageSet if "images" in columns else TextSet
    return kind(name=name, classes=classes, **columns)
