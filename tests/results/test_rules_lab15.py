"""The verdicts on `center-sharpen` and `teacher-leads`, from fabricated rows."""

from __future__ import annotations

import pytest

from sslcourse.results import rules
from sslcourse.results.lookup import NotMeasured
from sslcourse.results.row import Row

ARMS = ("centring and sharpening", "centring alone", "sharpening alone")
HOLDS, FAILS, UNDECIDABLE = "holds here", "does not hold here", "not decidable at this scale"


def row(method, protocol, metric, value, seed):
    return Row("15_dino", method, "cifar10", protocol, metric, value, seed, 20_000, None, "cpu", "a CPU", {})


def collapses(both=(0.4, 0.9), centred=(0.99, 1.0), sharp=(0.01, 0.01), seed=0):
    """Rows of one seed: (entropy, entropy of the mean) of each arm, as shares of ln K."""
    return [row(arm, "last step", f"{of} / ln K", share, seed) for arm, shares in zip(ARMS, (both, centred, sharp))
            for of, share in zip(("entropy", "entropy of the mean"), shares)]


def leads(teacher, student, seed=0):
    return [row(f"DINO, {who}", f"kNN after {100 * i} steps", "accuracy", value, seed)
            for who, curve in (("teacher", teacher), ("student", student)) for i, value in enumerate(curve, start=1)]


center_sharpen, teacher_leads = rules.RULES["center-sharpen"], rules.RULES["teacher-leads"]


def test_each_alone_collapses_its_own_way_and_both_to_neither():
    found = center_sharpen(collapses() + collapses(both=(0.5, 0.8), seed=1))
    assert found == HOLDS
    assert found.numbers["centring and sharpening, entropy / ln K"] == pytest.approx(0.45)
    assert found.numbers["sharpening alone, entropy of the mean / ln K"] == pytest.approx(0.01)


@pytest.mark.parametrize("changed, wanted", [
    (dict(both=(0.97, 0.98)), FAILS),                    # both together: uniform
    (dict(both=(0.01, 0.03)), FAILS),                    # both together: one dimension
    (dict(both=(0.60, 0.62)), UNDECIDABLE),              # neither, but the outputs tell nothing about the image
    (dict(both=(0.93, 0.99)), UNDECIDABLE),
    (dict(centred=(0.80, 0.95)), FAILS),                 # centring alone does not become uniform
    (dict(centred=(0.93, 0.95)), UNDECIDABLE),
    (dict(sharp=(0.01, 0.70)), FAILS),                   # sharp, but each image has its own output: no collapse
    (dict(sharp=(0.05, 0.08)), UNDECIDABLE),
])
def test_what_is_missing_decides(changed, wanted):
    assert center_sharpen(collapses(**changed)) == wanted
    assert center_sharpen(collapses(**changed) + collapses(seed=1)) == UNDECIDABLE     # not in every seed


def test_a_seed_that_not_all_arms_have_is_left_out():
    extra = [row("centring alone", "last step", "entropy / ln K", 0.1, seed=5)]
    assert center_sharpen(collapses() + extra) == HOLDS
    with pytest.raises(NotMeasured, match="no seed in common"):
        center_sharpen(extra)


def test_a_teacher_ahead_everywhere_leads():
    found = teacher_leads(leads((0.30, 0.33, 0.35, 0.36), (0.29, 0.31, 0.33, 0.35)) + leads([0.4] * 4, [0.38] * 4, seed=1))
    assert found == HOLDS
    assert found.numbers["smallest_lead"] == pytest.approx(0.01) and found.numbers["mean_lead"] == pytest.approx(0.0175)


@pytest.mark.parametrize("teacher, wanted", [
    ((0.29, 0.36, 0.36, 0.36), FAILS),                   # behind at first, by a point: not throughout
    ((0.298, 0.36, 0.36, 0.36), UNDECIDABLE),            # behind by less than half a point
    ((0.302, 0.302, 0.302, 0.302), UNDECIDABLE),         # ahead, but by next to nothing
    ((0.298, 0.298, 0.299, 0.300), FAILS),               # not ahead at all
])
def test_throughout_means_throughout(teacher, wanted):
    assert teacher_leads(leads(teacher, [0.30] * 4)) == wanted


def test_two_seeds_that_contradict_each_other_decide_nothing():
    assert teacher_leads(leads([0.28] * 4, [0.3] * 4) + leads([0.32] * 4, [0.3] * 4, seed=1)) == UNDECIDABLE


def test_too_few_checkpoints_or_one_network_alone_are_not_measured():
    with pytest.raises(NotMeasured):
        teacher_leads(leads([0.3] * 3, [0.2] * 3))
    with pytest.raises(NotMeasured):
        teacher_leads([row("DINO, teacher", "kNN after 100 steps", "accuracy", 0.3, 0)])
