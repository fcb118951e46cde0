"""The verdict on `bigger-and-distilled`, from fabricated rows."""

from __future__ import annotations

import dataclasses

import pytest

from sslcourse.results import rules
from sslcourse.results.lookup import NotMeasured
from sslcourse.results.row import Row

ARMS = ("fine-tuned", "big, fine-tuned", "distilled")


def rows(few, many, seed):
    """Accuracies of the three arms with 500 and with 5,000 labels."""
    def row(arm, n, size, number):
        protocol = f"{n} labels, equal steps"
        return Row("11_simclr_v2", arm, "cifar10", protocol, "accuracy", number, seed, size, None, "cpu", "a CPU", {})

    return [row(arm, n, size, number)
            for n, size, cells in (("500", 500, few), ("5,000", 5_000, many)) for arm, number in zip(ARMS, cells)]


def verdict(*seeds):
    return rules.RULES["bigger-and-distilled"]([row for s, (few, many) in enumerate(seeds) for row in rows(few, many, s)])


CLEAR = ((0.46, 0.51, 0.52), (0.54, 0.56, 0.57))        # gains 5 and 6 points, then 2 and 3
REVERSED = ((0.46, 0.47, 0.52), (0.54, 0.58, 0.57))     # bigger: 1 point, then 4
LEVEL = ((0.46, 0.49, 0.52), (0.54, 0.565, 0.57))       # bigger: 3 points, then 2.5


def test_larger_gains_where_labels_are_few_in_every_seed_make_it_hold():
    found = verdict(CLEAR, CLEAR)
    assert found == "holds here"
    assert found.numbers["bigger gain, 500 labels"] == pytest.approx(0.05)
    assert found.numbers["distilled gain, 5,000 labels"] == pytest.approx(0.03)


def test_one_gain_that_is_clearly_smaller_where_labels_are_few_makes_it_fail():
    assert verdict(REVERSED, REVERSED) == "does not hold here"


def test_a_loss_where_labels_are_few_makes_it_fail_too():
    harmful = ((0.46, 0.51, 0.44), (0.54, 0.56, 0.50))
    assert verdict(harmful, harmful) == "does not hold here"


@pytest.mark.parametrize("other", [LEVEL, REVERSED])
def test_a_seed_that_does_not_agree_leaves_it_open(other):
    assert verdict(CLEAR, other) == verdict(other, CLEAR) == "not decidable at this scale"


def test_seeds_are_compared_within_themselves():
    lower = tuple(tuple(number - 0.2 for number in cells) for cells in CLEAR)
    assert verdict(CLEAR, lower) == "holds here"


def test_arms_of_unequal_length_do_not_count():
    old = [dataclasses.replace(row, protocol=row.protocol.removesuffix(", equal steps"))
           for seed in (0, 1) for row in rows(*CLEAR, seed)]
    with pytest.raises(NotMeasured):
        rules.RULES["bigger-and-distilled"](old)


def test_two_seeds_with_every_number_are_needed():
    with pytest.raises(NotMeasured, match="seeds in common"):
        verdict(CLEAR)
    with pytest.raises(NotMeasured):
        rules.RULES["bigger-and-distilled"](rows(*CLEAR, 0) + rows(*CLEAR, 1)[:-1])
