"""The numbers that `train` is given: checked, and NumPy's turned into Python's own."""

from __future__ import annotations

import numpy as np

from .. import expect


def length(steps: int | None, epochs: float | None, seconds: float | None, per_epoch: int) -> int | None:
    """The run's length in steps, None if it is counted in seconds."""
    given = {"steps": steps, "epochs": epochs, "seconds": seconds}
    given = {name: value for name, value in given.items() if value is not None}
    expect.that(len(given) == 1, "steps, epochs, seconds", given, "exactly one of the three")
    if seconds is not None:
        expect.positive(seconds, "seconds")
        return None
    if epochs is not None:
        expect.positive(epochs, "epochs")
        return max(1, round(epochs * per_epoch))
    expect.integer(steps, "steps", at_least=1)
    return steps


def plain(value: object) -> object:
    """A NumPy number as Python's own; anything else as it is."""
    return value.item() if isinstance(value, np.generic) else value


def check_numbers(*, lr, weight_decay, momentum, warmup, clip, every) -> None:
    expect.positive(lr, "lr")
    expect.number(weight_decay, "weight_decay", at_least=0)
    expect.number(momentum, "momentum", at_least=0, at_most=0.9999)
    expect.number(warmup, "warmup", at_least=0, at_most=0.99)
    expect.integer(every, "every", at_least=1)
    if clip is not None:
        expect.positive(clip, "clip")
