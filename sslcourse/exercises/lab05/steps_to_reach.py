"""Exercise `steps_to_reach`: when does a learning curve first reach a level?"""

from __future__ import annotations

import math

import numpy as np

from ... import evaluation
from ..compare import close
from ..engine import Exercise, catches


def curves() -> dict[str, tuple]:
    return {
        "a curve that rises": ([10, 20, 30, 40, 50], [0.20, 0.40, 0.50, 0.70, 0.75], 0.55),
        "a curve that dips and comes back": ([25, 50, 75, 100, 125, 150], [0.3, 0.5, 0.72, 0.61, 0.69, 0.8], 0.66),
        "steps that are not evenly spaced": ([5, 10, 20, 40, 80, 160], [0.31, 0.42, 0.51, 0.6, 0.81, 0.84], 0.7),
        "a level reached early": ([8, 16, 24, 32, 48], [0.15, 0.55, 0.63, 0.58, 0.66], 0.35),
        "a level reached at the very first evaluation": ([20, 40, 60], [0.8, 0.7, 0.9], 0.75),
        "a level that is never reached": ([10, 20, 30, 40], [0.25, 0.4, 0.52, 0.5], 0.9),
        "another one that is never reached": ([7, 14, 35], [0.3, 0.28, 0.41], 0.5),
        "a level that is already there": ([50, 60, 75, 90], [0.62, 0.66, 0.7, 0.71], 0.6),
        "a level that is met exactly": ([10, 20, 30], [0.25, 0.5, 0.5], 0.5),
        "a level that is met exactly, and passed later": ([5, 15, 35, 40], [0.25, 0.5, 0.375, 0.75], 0.5),
        "a level first reached at the last evaluation": ([10, 20, 30], [0.2, 0.4, 0.7], 0.6),
    }


def _above(accuracies, target) -> list[int]:
    return [i for i, accuracy in enumerate(accuracies) if accuracy >= target]


def _between(steps, accuracies, target, i) -> float:
    """Where the line from evaluation i - 1 to i crosses the level."""
    share = (target - accuracies[i - 1]) / (accuracies[i] - accuracies[i - 1])
    return steps[i - 1] + share * (steps[i] - steps[i - 1])


@catches("This is the number of the evaluation, counted from 0. Wanted is the training step after which it was made: "
         "`steps[i]` holds it.")
def index_instead_of_step(got, steps, accuracies, target):
    i = _above(accuracies, target)[0]
    if i == 0:
        return got == 0                     # some treat the first by itself
    share = (target - accuracies[i - 1]) / (accuracies[i] - accuracies[i - 1])
    return close(got, float(i)) or close(got, i - 1 + share)


@catches("This is the first evaluation at or above the level, rounded up to a step at which somebody looked. On the "
         "straight line from the evaluation before it, the level is crossed earlier.")
def rounded_up(got, steps, accuracies, target):
    return close(got, float(steps[_above(accuracies, target)[0]]))


@catches("This is the last evaluation below the level. On the straight line from there to the next one, the level is "
         "crossed a little later.")
def rounded_down(got, steps, accuracies, target):
    i = _above(accuracies, target)[0]
    return i > 0 and close(got, float(steps[i - 1]))


@catches("The share of the way is measured from the wrong end. At `accuracies[i - 1]` it is 0, at `accuracies[i]` it "
         "is 1.")
def share_from_the_wrong_end(got, steps, accuracies, target):
    i = _above(accuracies, target)[0]
    return i > 0 and close(got, steps[i] + steps[i - 1] - _between(steps, accuracies, target, i))


@catches("Where a curve dips and comes back, this finds the later crossing. Wanted is the first: what the curve does "
         "afterwards does not count.")
def last_crossing(got, steps, accuracies, target):
    below = [i for i in range(len(steps) - 1) if accuracies[i] < target]
    last = below[-1] + 1                                                # the curve comes up there for the last time
    return last != _above(accuracies, target)[0] and (
        close(got, _between(steps, accuracies, target, last)) or close(got, float(steps[last]))
    )


@catches("This looks from the end: it begins with the *last* evaluation at or above the level. The first is the one that "
         "counts.")
def from_the_end(got, steps, accuracies, target):
    i = _above(accuracies, target)[-1]
    return i > 0 and close(got, _between(steps, accuracies, target, i))


@catches("The share of the way is added to the step *after* the crossing. It begins at the one before, `steps[i - 1]`.")
def counted_from_the_later(got, steps, accuracies, target):
    i = _above(accuracies, target)[0]
    return i > 0 and close(got, _between(steps, accuracies, target, i) + steps[i] - steps[i - 1])


@catches("`np.interp` needs its second argument in increasing order, and a learning curve goes up and down; and beyond "
         "its ends it answers with an end. Look for the first crossing, and interpolate between its two neighbours alone.")
def np_interp_on_the_whole_curve(got, steps, accuracies, target):
    return (bool(_above(accuracies, target)) or got != math.inf) and close(got, float(np.interp(target, accuracies, steps)))


@catches("This is the step of the highest accuracy. Wanted is the first at which the curve reaches `target`, long "
         "before its best perhaps.")
def step_of_the_best(got, steps, accuracies, target):
    return bool(_above(accuracies, target)) and close(got, float(steps[int(np.argmax(accuracies))]))


@catches("The level is never reached, and something other than infinity comes back. (`argmax` over nothing but False is 0, "
         "and a loop that runs out leaves the last step.) Answer `math.inf` there, so that no one takes it for a speed.")
def a_step_though_never_reached(got, steps, accuracies, target):
    return not _above(accuracies, target) and isinstance(got, (int, float)) and got != math.inf


@catches("The level is there at the very first evaluation, and no evaluation comes before it to interpolate from (`i - 1` "
         "would be -1, which in Python is the last one). Return the first step as it is.")
def nothing_before_the_first(got, steps, accuracies, target):
    if accuracies[0] < target:
        return False
    return isinstance(got, ZeroDivisionError) or close(got, _between(steps, accuracies, target, 0)) or got < steps[0]


@catches("A curve that is exactly at the level has reached it: `>=`, and not `>`.")
def has_to_exceed_it(got, steps, accuracies, target):
    i = _above(accuracies, target)[0]
    if i == 0 or accuracies[i] > target:
        return False                        # no evaluation meets it exactly
    later = [j for j in range(len(steps)) if accuracies[j] > target]
    return close(got, _between(steps, accuracies, target, later[0])) if later else got == math.inf


@catches("This is half way between two evaluations, wherever the level lies between their accuracies. On a straight line "
         "the share of the way in accuracy is the share of the way in steps.")
def half_way(got, steps, accuracies, target):
    i = _above(accuracies, target)[0]
    return i > 0 and close(got, (steps[i - 1] + steps[i]) / 2)


@catches("The accuracy that is still missing is taken for the share of the way. Divide it by what the curve rises in all "
         "between the two evaluations, `accuracies[i] - accuracies[i - 1]`.")
def not_divided_by_the_rise(got, steps, accuracies, target):
    i = _above(accuracies, target)[0]
    return i > 0 and close(got, steps[i - 1] + (target - accuracies[i - 1]) * (steps[i] - steps[i - 1]))


@catches("This is the evaluation whose accuracy is nearest to the level. Wanted is where the line comes up to it for the "
         "first time.")
def nearest_accuracy(got, steps, accuracies, target):
    return bool(_above(accuracies, target)) and close(
        got, float(steps[int(np.argmin(np.abs(np.asarray(accuracies) - target)))]))


@catches("The place is right, and it is rounded to a whole step. Between two evaluations the line is crossed at a fraction.")
def whole_steps(got, steps, accuracies, target):
    i = _above(accuracies, target)[0]
    exact = _between(steps, accuracies, target, i) if i else float(steps[0])
    return abs(exact - round(exact)) > 1e-6 and any(
        close(got, float(whole)) for whole in (math.floor(exact), math.ceil(exact), round(exact)))


@catches("The curve gets there with its very last evaluation, and this never looks at it. `range(n)` ends at n − 1: leave "
         "nothing off.")
def last_not_looked_at(got, steps, accuracies, target):
    return _above(accuracies, target)[:1] == [len(steps) - 1] and got == math.inf


EXERCISE = Exercise(
    "steps_to_reach", "05_transfer_learning", "When does a curve reach a level?", minutes=10, difficulty=2, importance=4,
    reference=evaluation.steps_to_reach, returns=("step",), cases=curves,
    used_in="in the comparison of speeds below",
    mistakes=(index_instead_of_step, share_from_the_wrong_end, last_crossing, counted_from_the_later,
              a_step_though_never_reached,
              nothing_before_the_first, np_interp_on_the_whole_curve, step_of_the_best, rounded_up, rounded_down,
              has_to_exceed_it, half_way, not_divided_by_the_rise, nearest_accuracy, whole_steps, last_not_looked_at,
              from_the_end),
    hints=("Walk along the curve until it is at the level for the first time. Where between this evaluation and the one "
           "before did it cross?",
           "Three cases: never at the level, infinity; there at the first evaluation, its step; otherwise the share of "
           "the way from one accuracy to the next is also the share of the way from one step to the next.",
           "With `i` the first index where `accuracies[i] >= target`: `share = (target - accuracies[i - 1]) / "
           "(accuracies[i] - accuracies[i - 1])`, and then `steps[i - 1] + share * (steps[i] - steps[i - 1])`."),
)
