"""What an arm is given, and how long it may train."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor, nn

from .. import augment, evaluation, expect, methods, models, runtime, training

HELD_OUT = 1_000  # training images that no arm trains on: they choose the number of steps
LR = 3e-3


@dataclass(frozen=True)
class Task:
    """One cell of a table: everything that an arm may use.

    pool             (N, 3, 32, 32), uint8, without labels
    images, labels   the few that have one; None where no arm may see any
    steps            of `batch_size` images, all parts of an arm together
    seed             of networks, batches and views
    folder           where an interrupted arm finds its own checkpoints again; None: it starts anew
    """

    pool: Tensor
    images: Tensor | None
    labels: Tensor | None
    steps: int
    seed: int = 0
    batch_size: int = 128
    folder: Path | None = None

    def network(self, width: int = 32) -> nn.Module:
        """The ResNet of all arms of Table 3."""
        with runtime.seeded(self.seed):
            return models.ResNet(width, (1, 1, 1), stem="half")

    def classifier(self, width: int = 32) -> nn.Module:
        """It, under a linear layer for the ten classes."""
        with runtime.seeded(self.seed):
            return methods.Classifier(models.ResNet(width, (1, 1, 1), stem="half"), 10)

    def train(self, method: nn.Module, data: object, *, share: float = 1.0, part: str = "", lr: float = LR) -> nn.Module:
        """`method`, trained for this share of the steps on tensors (or a tuple of them); it goes on from its checkpoint."""
        size = min(self.batch_size, len(data if isinstance(data, Tensor) else data[0]))
        training.train(
            method, data, steps=max(1, round(share * self.steps)), batch_size=size, lr=lr, seed=self.seed, desc=part or
            type(method).__name__, checkpoint=self.folder and self.folder / f"{part or 'whole'}.safetensors",
        )
        return method.eval()

    def fine_tune(self, encoder: nn.Module, *, share: float = 1.0, part: str = "fine-tuned") -> nn.Module:
        """A classifier from `encoder` and the few labels."""
        return evaluation.fine_tune(
            encoder, self.images, self.labels, augment=augment.weak_views(32), epochs=None, lr=LR / 3, seed=self.seed,
            batch_size=self.batch_size, steps=max(1, round(share * self.steps)),
            checkpoint=self.folder and self.folder / f"{part}.safetensors",
        )


def schedule(score: Callable[[int], float], first: int, most: int, gain: float = 0.01) -> int:
    """How many steps all arms get: doubled from `first` on, until twice as many bring less than `gain` more accuracy.

    score   steps -> accuracy on held-out training images, of one arm
    first   the fewest steps, and `most` the most
    gain    what a doubling must bring, as a share

    Raises ValueError for fewer than one step, and `most` below `first`.

    >>> schedule({100: 0.4, 200: 0.5, 400: 0.505}.get, first=100, most=1000)
    200
    """
    expect.integer(first, "first", at_least=1)
    expect.integer(most, "most", at_least=first)
    steps, before = first, score(first)
    while 2 * steps <= most:
        after = score(2 * steps)
        if after - before < gain:
            return steps
        steps, before = 2 * steps, after
    return steps
