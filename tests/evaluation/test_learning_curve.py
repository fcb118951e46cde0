"""steps_to_reach against a walk along the curve, and what holds for every curve."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from sslcourse.evaluation import steps_to_reach


def by_a_fine_grid(steps, accuracies, target):
    """Walk along the straight lines in tiny steps until the level is reached."""
    walked = np.linspace(steps[0], steps[-1], 400_001)
    there = np.interp(walked, steps, accuracies) >= target - 1e-12
    return walked[there.argmax()] if there.any() else math.inf


@pytest.mark.parametrize("seed", range(8))
def test_the_step_is_where_a_walk_along_the_curve_first_meets_the_level(seed):
    rng = np.random.default_rng(seed)
    steps = np.cumsum(rng.integers(1, 30, 12)).tolist()
    accuracies = (np.linspace(0.2, 0.8, 12) + rng.normal(0, 0.08, 12)).tolist()
    for target in (accuracies[0] - 0.1, 0.5, 0.75, 2.0):
        want = by_a_fine_grid(steps, accuracies, target)
        got = steps_to_reach(steps, accuracies, target)
        assert got == want == math.inf or abs(got - want) <= 2 * (steps[-1] - steps[0]) / 400_000


def test_a_higher_level_is_never_reached_sooner_and_what_follows_does_not_count():
    steps, accuracies = [10, 20, 40, 80], [0.3, 0.5, 0.4, 0.9]
    found = [steps_to_reach(steps, accuracies, level) for level in np.linspace(0, 1, 50)]
    assert found == sorted(found) and found[0] == 10 and found[-1] == math.inf
    assert steps_to_reach(steps, accuracies, 0.5) == steps_to_reach(steps[:2], accuracies[:2], 0.5) == 20
    assert steps_to_reach(torch.tensor(steps), np.array(accuracies), 0.4) == 15


def test_the_best_level_is_reached_at_the_end_of_the_rise():
    assert steps_to_reach([1, 2, 3], [0.1, 0.2, 0.3], 0.3) == pytest.approx(3)
    assert steps_to_reach([5], [0.7], 0.7) == 5


@pytest.mark.parametrize("arguments, message", [
    (([1, 2], [0.1], 0.5), "steps, accuracies: got 2 steps and 1 accuracies"),
    (([], [], 0.5), "steps, accuracies: got 0 steps"),
    (([2, 1], [0.1, 0.2], 0.5), "steps: got .*, wanted steps that increase"),
    (([1, 1], [0.1, 0.2], 0.5), "steps: got"),
    (([1, 2], [0.1, math.nan], 0.5), "accuracies: got"),
    (([1, 2], [0.1, 0.2], math.nan), "target: got nan"),
    (([1, 2], [0.1, 0.2], "high"), "target: got 'high'"),
])
def test_bad_curves_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        steps_to_reach(*arguments)
