"""What stands beside the board and cannot race: who has labels, and the course's weights, which took longer.

All are scored as those who race, so that one table shows what two minutes are worth, what more time is, and what labels are.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from torch import Tensor, nn

from .. import augment, labs, methods, models, recipes, runtime, training
from ..data import ImageSet
from .board import Board
from .entry import Entry
from .run import Lap, run

#: the recipes whose network is given CIFAR-10's photographs: what the table calls each
WEIGHTS = {"simclr_big": "SimCLR, ResNet of width 64", "simclr_small": "SimCLR, ResNet of width 32",
           "dinov2_vit": "DINOv2, ViT", "mae": "MAE, ViT", "dino_vit": "DINO, ViT"}
SUPERVISED = "supervised"


def board() -> Board:
    """labs/results/beside_race.json."""
    return Board(labs.root() / "labs" / "results" / "beside_race.json")


def supervised(train: ImageSet) -> Entry:
    """The encoder and the optimizer of the entry `simclr`, taught by all labels."""
    def learn(images: Tensor, seconds: float, seed: int) -> Callable[[Tensor], Tensor]:
        start = time.perf_counter()
        with runtime.seeded(seed):
            views = augment.weak_views(tuple(images.shape[2:]))
            method = methods.Supervised(models.patch_resnet(images), len(train.classes), views=views)
        left = max(seconds - (time.perf_counter() - start), 0.1)  # the filters took some of it
        training.train(method, (images, train.labels), seconds=left, batch_size=256, lr=4e-3, optimizer="muon",
                       momentum=0.95, seed=seed, desc="supervised")
        return method.encoder

    return Entry(SUPERVISED, "All labels: the race's encoder, taught by cross-entropy.", learn)


def trained(name: str) -> Entry:
    """The network of a recipe, as it lies in labs/weights."""
    def learn(images: Tensor, seconds: float, seed: int) -> nn.Module:
        return recipes.load(name)

    return Entry(name, recipes.RECIPES[name].about, learn)


def measure(train: ImageSet, test: ImageSet, *, names: tuple[str, ...] = (), seconds: float = 120.0) -> Iterator[Lap]:
    """Score what is not on file, or what `names` say, and keep it; each lap as it ends.

    A recipe's seconds are those that its weights were trained for.
    """
    kept = board()
    for name in names or [name for name in (SUPERVISED, *WEIGHTS) if name not in kept.read() and _made(name)]:
        entry = supervised(train) if name == SUPERVISED else trained(name)
        laps = []
        for lap in run(entry, train, test, seconds=seconds, seeds=(0, 1, 2) if name == SUPERVISED else (0,)):
            if name != SUPERVISED:
                took = float(recipes.weights.about(name)["seconds"])
                lap = dataclasses.replace(lap, trained=took, seconds=took)
            laps.append(lap)
            yield lap
        kept.keep(entry, laps)


def _made(name: str) -> bool:
    return name == SUPERVISED or Path(recipes.weights.path(name)).exists()
