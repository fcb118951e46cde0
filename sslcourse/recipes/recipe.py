"""What a recipe is: how a network of the course is built, trained and scored, so that its weights can be made again."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

from torch import nn


@dataclasses.dataclass(frozen=True)
class Recipe:
    """A run that is too long for a lab, as three functions.

    about   one line: what is trained, on what, for how long
    build   () -> the method, freshly initialised, always with the same weights
    train   (method, checkpoint) -> None: the whole training, always with the same seed; `checkpoint` is the file from which
            a run that was stopped goes on, for `training.train`
    score   method -> {name of a score: value}: quick, and the same again from the stored weights
    """

    about: str
    build: Callable[[], nn.Module]
    train: Callable[[nn.Module, Path], object]
    score: Callable[[nn.Module], dict[str, float]]
