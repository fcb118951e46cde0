"""Networks that take longer to train than a lab may last: made once by a recipe here, kept small, loaded by the labs.

    RECIPES       every recipe, by name
    load          the method of a recipe, with its trained weights
    make          train it again, score it, and keep the weights
    scores        what it scored when its weights were made

The files lie in labs/weights, at most 3 MB each. `python -m sslcourse weights` lists them, and makes them again; a test
loads each one and finds the score that it was stored with.
"""

from __future__ import annotations

import time

import torch
from torch import nn

from .. import expect, runtime
from . import dino, dinov2, language, mae, simclr, weights
from .recipe import Recipe

#: name -> recipe
RECIPES: dict[str, Recipe] = {name: recipe for file in (simclr, mae, language, dino, dinov2)
                              for name, recipe in file.RECIPES.items()}


def load(name: str) -> nn.Module:
    """The method of the recipe called `name` with its trained weights, on this machine's device.

    Raises ValueError for an unknown name, FileNotFoundError where the weights have not been made.
    """
    expect.one_of(name, "name", RECIPES)
    method = RECIPES[name].build()
    weights.read(name, method)
    return method.to(runtime.device())


def make(name: str) -> dict[str, float]:
    """Train the recipe called `name`, score the weights as they will be loaded, and keep them; the scores.

    A run that was stopped goes on where it was: its checkpoint lies in `runtime.home()` until the weights are kept. The
    seconds that are written beside them are those of the last stretch.

    Raises ValueError for an unknown name, in a rehearsal, and where the weights are too large to keep.
    """
    expect.one_of(name, "name", RECIPES)
    expect.that(runtime.rehearsal() == 1, "name", name, "no rehearsal: its weights would be kept")
    recipe = RECIPES[name]
    checkpoint = runtime.home() / "recipes" / f"{name}.safetensors"
    method, start = recipe.build(), time.perf_counter()
    recipe.train(method, checkpoint)
    seconds = time.perf_counter() - start
    weights.write(name, method, {})
    found = recipe.score(load(name))
    about = {"about": recipe.about, "scores": found, "seconds": round(seconds), "torch": str(torch.__version__)}
    weights.write(name, method, about)
    checkpoint.unlink(missing_ok=True)
    return found


def scores(name: str) -> dict[str, float]:
    """What the recipe's network scored when its weights were made. Raises as `load` does."""
    expect.one_of(name, "name", RECIPES)
    return weights.about(name)["scores"]
