"""The verdict on `pretext-depth`, from fabricated rows."""

from __future__ import annotations

import pytest

from sslcourse.results import rules
from sslcourse.results.lookup import NotMeasured
from sslcourse.results.row import Row

POOLINGS = ("512 numbers", "one a channel")


def rows(curves, pooling):
    return [Row("08_rotation", task, "cifar10", f"linear probe, block {b}, {pooling}", "accuracy", number, 0, 5000, None,
                "cpu", "a CPU", {}) for task, curve in curves.items() for b, number in enumerate(curve, start=1)]


def verdict(first, second=None):
    return rules.RULES["pretext-depth"](rows(first, POOLINGS[0]) + rows(second or first, POOLINGS[1]))


EARLY, LATE = (0.40, 0.48, 0.45, 0.30), (0.40, 0.42, 0.45, 0.50)


def test_two_tasks_whose_best_blocks_differ_clearly_make_it_hold():
    found = verdict({"rotation": EARLY, "SimCLR": LATE})
    assert found == "holds here"
    assert found.numbers["rotation best block, 512 numbers"] == 2 and found.numbers["SimCLR best block, one a channel"] == 4
    assert found.numbers["disagreement, 512 numbers"] == pytest.approx(0.08)


def test_a_difference_within_a_point_decides_nothing():
    found = verdict({"rotation": (0.40, 0.455, 0.45, 0.30), "SimCLR": (0.40, 0.42, 0.45, 0.44)})
    assert found == "not decidable at this scale"


def test_one_best_block_for_all_clearly_ahead_makes_it_fail():
    assert verdict({"rotation": EARLY, "SimCLR": (0.1, 0.3, 0.2, 0.2)}) == "does not hold here"


def test_two_poolings_that_contradict_each_other_decide_nothing():
    apart, together = {"rotation": EARLY, "SimCLR": LATE}, {"rotation": LATE, "SimCLR": LATE}
    assert verdict(apart, together) == verdict(together, apart) == "not decidable at this scale"


def test_a_third_task_may_be_the_one_that_differs():
    assert verdict({"rotation": LATE, "SimCLR": LATE, "jigsaw": EARLY}) == "holds here"


def test_without_one_of_the_two_nothing_is_measured():
    with pytest.raises(NotMeasured, match="SimCLR"):
        verdict({"rotation": EARLY})
    with pytest.raises(NotMeasured):
        rules.RULES["pretext-depth"](rows({"rotation": EARLY, "SimCLR": LATE}, POOLINGS[0]))
