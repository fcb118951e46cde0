"""Contrasts and what follows from them: intervals by hand, every verdict, and how often a verdict is wrong."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest
from scipy import stats

from sslcourse.results import deciding
from sslcourse.results.deciding import Contrast, decide, half_width, judge, over_images, seeds_needed
from sslcourse.results.verdicts import DEPENDS, FAILS, HOLDS, UNDECIDED

ABOVE, BELOW, AROUND = (0.05, 0.051, 0.049, 0.05), (0.001, 0.0, 0.002, 0.001), (0.0, 0.02, -0.01, 0.04)


def contrast(effects, setting="", what="a over b", margin=0.01, **rest):
    return Contrast(setting, what, tuple(effects), margin, **rest)


def test_the_interval_is_student_s_over_seeds_and_the_images_error_is_added_in_quadrature():
    low, high = stats.t.interval(0.95, 3, statistics.mean(AROUND), statistics.stdev(AROUND) / 2)
    assert 2 * half_width(AROUND) == pytest.approx(high - low)
    assert half_width(AROUND, noise=0.01) == pytest.approx(math.hypot((high - low) / 2, 0.01 * stats.norm.ppf(0.975)))
    assert half_width([0.1]) == math.inf


def test_the_images_error_of_a_difference_is_that_of_a_plain_simulation():
    rng = np.random.default_rng(0)
    right = rng.random((4000, 2000)) < 0.6
    other = np.where(rng.random(right.shape) < 0.2, rng.random(right.shape) < 0.5, right)
    differences = right.mean(1) - other.mean(1)
    apart = float((right != other).mean())
    means = right.mean(), other.mean()
    assert over_images(*means, images=2000, disagreement=apart) == pytest.approx(differences.std(), rel=0.05)
    assert over_images(*means, images=2000) > differences.std(), "counted apart, it is too wide, not too narrow"


@pytest.mark.parametrize("effects, margin, below, wanted", [
    (ABOVE, 0.01, False, HOLDS), (BELOW, 0.01, False, FAILS), (AROUND, 0.01, False, UNDECIDED),
    (ABOVE, 0.01, True, FAILS), (BELOW, 0.01, True, HOLDS), (AROUND, 0.01, True, UNDECIDED),
    ((0.5,), 0.01, False, UNDECIDED)])
def test_an_interval_beyond_the_margin_settles_a_contrast(effects, margin, below, wanted):
    assert judge(contrast(effects, margin=margin, below=below)).verdict == wanted


def test_within_a_setting_all_is_asked_and_between_settings_it_depends():
    yes, no, open = (contrast(effects, setting)
                     for setting, effects in (("kNN", ABOVE), ("probe", BELOW), ("few labels", AROUND)))
    assert decide([yes]) == HOLDS and decide([no]) == FAILS
    assert decide([yes, contrast(BELOW, "kNN")]).verdict == FAILS, "one thing that is asked of kNN does not hold"
    found = decide([yes, no], on="the protocol")
    assert found == "depends on the protocol: holds for kNN, not for probe" and found.verdict == DEPENDS
    assert decide([yes, open]).verdict == UNDECIDED, "a claim about all settings needs all of them"
    assert decide([no, open]) == "does not hold here for probe; undecided for few labels", "one that fails refutes it"
    assert decide([yes, no, open], on="the ruler") == (
        "depends on the ruler: holds for kNN, not for probe; undecided for few labels")
    assert found.settings == {"kNN": HOLDS, "probe": FAILS} and found.numbers == {
        "a over b, kNN": pytest.approx(0.05), "a over b, probe": pytest.approx(0.001)}


def test_undecided_says_what_would_decide():
    assert seeds_needed(contrast((0.0, 0.02))) is None, "its mean is the margin"
    wide = contrast((0.0, 0.03, 0.06, 0.05))
    needed = seeds_needed(wide)
    s, t = statistics.stdev(wide.effects), stats.t.ppf(0.975, needed - 1)
    assert t * s / needed ** 0.5 < wide.mean - 0.01 <= stats.t.ppf(0.975, needed - 2) * s / (needed - 1) ** 0.5
    assert decide([wide]) == f"undecided: about {needed} seeds would settle it"
    assert decide([contrast(ABOVE, noise=0.1)]) == "undecided: it would take more test images"
    assert decide([contrast((0.0, 0.021))]) == "undecided: too near the margin for more seeds to settle it"
    assert decide([contrast((0.5,))]) == "undecided: a single seed cannot tell"


@pytest.mark.slow
@pytest.mark.parametrize("settings", [1, 3])
@pytest.mark.parametrize("seeds", [3, 5])
@pytest.mark.parametrize("true", [0.0, 0.01, 0.02])
def test_a_wrong_verdict_comes_in_at_most_one_claim_of_twenty(true, seeds, settings):
    """By simulation, 1,000 claims: seeds scatter, images add an error that is common to all of them, and δ is 0.01."""
    rng, rounds, noise, wrong = np.random.default_rng(seeds), 1000, 0.003, 0
    for _ in range(rounds):
        drawn = true + 0.004 * rng.standard_normal((settings, seeds)) + noise * rng.standard_normal((settings, 1))
        said = decide([contrast(effects, str(i), noise=noise) for i, effects in enumerate(drawn)]).verdict
        allowed = {0.0: (FAILS, UNDECIDED), 0.01: (UNDECIDED,), 0.02: (HOLDS, UNDECIDED)}[true]
        wrong += said not in allowed
    assert wrong <= 0.05 * rounds


def test_more_seeds_settle_a_true_effect_more_often():
    rng, found = np.random.default_rng(1), {}
    for seeds in (2, 5, 20):
        drawn = 0.02 + 0.01 * rng.standard_normal((500, seeds))
        found[seeds] = sum(decide([contrast(effects)]) == HOLDS for effects in drawn)
    assert found[2] < found[5] < found[20] and found[20] > 450


def test_factors_are_told_as_factors_and_what_has_no_unit_as_it_is():
    twice = judge(contrast([math.log(2)] * 3, unit="times", margin=math.log(1.25)))
    assert str(twice) == "a over b: 2 times (2 to 2, 3 seeds)" and twice.verdict == HOLDS
    assert str(judge(contrast((0.31, 0.32), unit=""))) == "a over b: 0.32 (0.25 to 0.38, 2 seeds)"
    assert str(judge(contrast((0.5,), "kNN"))) == "a over b, kNN: +50.0 points (one seed)"


def test_what_cannot_be_decided_about_is_refused():
    with pytest.raises(ValueError, match="contrasts: got"):
        decide([])
    with pytest.raises(ValueError, match="effects"):
        contrast(())
    with pytest.raises(ValueError, match="effects"):
        contrast((math.nan,))
    with pytest.raises(ValueError, match="noise"):
        contrast(ABOVE, noise=-1.0)
    with pytest.raises(ValueError, match="unit"):
        contrast(ABOVE, unit="metres")
    with pytest.raises(ValueError, match="images"):
        over_images(0.5, 0.5, images=0)
    assert deciding.LEVEL == 0.95
