"""Learning curves: how fast does one rise?

Definition: the time to a level is the first point at which the curve, straight between its evaluations, is not below it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from .. import expect
from .arrays import prepared


def _prepare(steps, accuracies, target):
    steps, accuracies = [float(step) for step in steps], [float(accuracy) for accuracy in accuracies]
    came = expect.Words(f"{len(steps)} steps and {len(accuracies)} accuracies")
    expect.that(len(steps) == len(accuracies) > 0, "steps, accuracies", came, "as many of each, one or more")
    rising = all(before < after for before, after in zip(steps, steps[1:]))
    expect.that(rising, "steps", steps, "steps that increase")
    expect.that(all(map(math.isfinite, accuracies)), "accuracies", accuracies, "finite numbers")
    expect.number(target, "target")
    return {"steps": steps, "accuracies": accuracies}


@prepared(_prepare)
def steps_to_reach(steps: Sequence[int], accuracies: Sequence[float], target: float) -> float:
    """The training step at which a curve first reaches `target`, on straight lines between its evaluations; else inf.

    steps       after which the accuracy was measured, increasing
    accuracies  one for each of them
    target      the level to reach: an accuracy, like the others

    A curve that is at `target` or above at its first evaluation gets that first step: it may have been there earlier,
    nobody looked. What a curve does after it has reached the level does not count. ValueError: no evaluation,
    another number of accuracies than of steps, steps that do not increase, NaN.

    >>> steps_to_reach([10, 20, 30], [0.2, 0.4, 0.8], target=0.5)
    22.5
    >>> steps_to_reach([10, 20, 30], [0.2, 0.4, 0.8], target=0.9)
    inf
    """
    for i, accuracy in enumerate(accuracies):
        if accuracy >= target:
            if i == 0:
                return steps[0]
            rise = (target - accuracies[i - 1]) / (accuracy - accuracies[i - 1])       # share of the way, in (0, 1]
            return steps[i - 1] + rise * (steps[i] - steps[i - 1])
    return math.inf
