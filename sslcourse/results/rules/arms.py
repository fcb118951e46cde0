"""Taking a contrast from rows: one arm's number minus the other's, seed by seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..deciding import Contrast, over_images
from ..lookup import NotMeasured, select, value
from ..protocol import IMAGES_ERROR
from ..row import Row

IMAGES = 10_000  # test images of CIFAR-10


def arm(rows: Sequence[Row], **where: object) -> dict[int, float]:
    """{seed: value} of one arm; raises NotMeasured where it has no row, ValueError where `where` means more than one arm."""
    value(rows=rows, **where)
    return {row.seed: row.value for row in select(rows, **where)}


def shared(*arms: Mapping[int, float]) -> list[int]:
    """The seeds that all arms have; raises NotMeasured where there is none."""
    seeds = sorted(set.intersection(*map(set, arms)))
    if not seeds:
        raise NotMeasured("the arms have no seed in common")
    return seeds


def accuracy_over(
    rows: Sequence[Row], setting: str, what: str, *, this: Mapping, that: Mapping, margin: float = 0.01, below: bool = False,
    images: int = IMAGES, fixed: bool = False, **common: object,
) -> Contrast:
    """The contrast of two arms' accuracies; `this` and `that` are what tells their rows apart, `common` what they share.

    fixed   `that` is one and the same for every seed, as raw pixels are: the mean of its rows is taken
    """
    one, other = (arm(rows, metric="accuracy", **{**common, **where}) for where in (this, that))
    if fixed:
        mean = sum(other.values()) / len(other)
        other = {seed: mean for seed in one}
    seeds = shared(one, other)
    effects = tuple(one[seed] - other[seed] for seed in seeds)
    means = (sum(found[seed] for seed in seeds) / len(seeds) for found in (one, other))
    return Contrast(setting, what, effects, margin, below=below, noise=over_images(*means, images=images))


def images_error(rows: Sequence[Row], otherwise: float, **where: object) -> float:
    """The error that the test images add, as it was measured, image by image; `otherwise` where nobody did."""
    found = [row.value for row in select(rows, metric=IMAGES_ERROR, **where)]
    return sum(found) / len(found) if found else otherwise
