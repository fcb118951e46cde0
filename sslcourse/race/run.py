"""Racing: the clock around an entry's `learn`, and the same protocol for all who come in."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .. import evaluation, expect, runtime
from ..data import ImageSet
from .entry import Entry

GRACE = 1.02  # the last step, or the last block of a matrix, may reach a little beyond the end


@dataclass(frozen=True)
class Lap:
    """One seed of one entry: accuracies as shares, the seconds of training and of taking features, and the allowance."""

    seed: int
    kNN: float
    probe: float
    trained: float
    features: float
    seconds: float

    @property
    def in_time(self) -> bool:
        """Whether it kept to the allowance."""
        return self.trained <= self.seconds * GRACE


def run(
    entry: Entry, train: ImageSet, test: ImageSet, *, seconds: float = 120.0, seeds: Sequence[int] = (0, 1, 2),
) -> Iterator[Lap]:
    """Let `entry` race on `train`, seed by seed, and give each lap as it ends.

    The entry sees a copy of the images and no labels. Raises ValueError where it returns something that gives no features,
    or not one row of finite numbers for each image; what the entry itself raises passes through.
    """
    expect.positive(seconds, "seconds")
    for seed in seeds:
        runtime.seed_everything(seed)
        start = time.perf_counter()
        encoder = entry.learn(train.images.clone(), seconds, seed)
        trained = time.perf_counter() - start
        expect.that(callable(encoder) or hasattr(encoder, "encode"), "learn", encoder, "an encoder to come back")
        start = time.perf_counter()
        Z, Z_test = (evaluation.extract_features(encoder, part.images) for part in (train, test))
        taken = time.perf_counter() - start
        kNN, probe = (classifier.fit(Z, train.labels).score(Z_test, test.labels)
                      for classifier in (evaluation.KNNClassifier(), evaluation.LinearProbe()))
        yield Lap(seed, kNN, probe, trained, taken, seconds)
