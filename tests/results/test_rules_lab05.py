"""The rule of the claim transfer-speed, on fabricated rows."""

import pytest

from sslcourse.results import claims
from sslcourse.results.lookup import NotMeasured
from sslcourse.results.row import Row
from sslcourse.results.rules import RULES

LAB = "05_transfer_learning"
NEAR, FAR = "near", "far"


def row(method, data, size, metric, value, seed=0):
    return Row(LAB, method, data, "fine-tuning", metric, value, seed, size, None, "cpu", "a CPU", {})


def rows(speed_up=3.0, gain=0.01, *, data=NEAR, size=500, scratch=0.7):
    return [
        row("from scratch", data, size, "accuracy", scratch), row("fine-tuned", data, size, "accuracy", scratch + gain),
        row("from scratch", data, size, "steps to 95%", 300.0), row("fine-tuned", data, size, "steps to 95%", 300 / speed_up),
    ]


def test_the_claim_has_this_rule():
    assert claims.RULES["transfer-speed"] is RULES["transfer-speed"]
    assert claims.CLAIMS["transfer-speed"].labs == (LAB,)


@pytest.mark.parametrize("speed_up, gain, expected", [
    (3.0, 0.01, "holds here"), (1.3, 0.029, "holds here"), (3.0, -0.2, "holds here"),
    (1.1, 0.01, "not decidable at this scale"), (3.0, 0.04, "not decidable at this scale"),
    (0.9, 0.01, "does not hold here"), (3.0, 0.06, "does not hold here"), (1.0, 0.01, "does not hold here"),
])
def test_the_verdict_follows_from_speed_and_gain(speed_up, gain, expected):
    verdict = RULES["transfer-speed"](rows() + rows(speed_up, gain, data=FAR))
    assert verdict == expected
    assert verdict.numbers["smallest_speed_up"] == pytest.approx(min(3.0, speed_up))
    assert verdict.numbers["largest_gain"] == pytest.approx(max(0.01, gain))


def test_one_setting_is_enough_to_break_it_and_the_gain_with_most_labels_is_told_apart():
    found = rows(4.0, 0.15, size=100) + rows(3.0, 0.02, size=2500) + rows(3.0, 0.01, size=2500, data=FAR)
    verdict = RULES["transfer-speed"](found)
    assert verdict == "does not hold here"
    assert verdict.numbers["gain_with_most_labels"] == pytest.approx(0.02)
    assert verdict.numbers["largest_gain"] == pytest.approx(0.15)


def test_seeds_are_averaged_and_the_frozen_rows_do_not_count():
    found = rows(3.0, 0.01)
    found += [row("fine-tuned", NEAR, 500, "accuracy", 0.73, seed=1), row("frozen", NEAR, 500, "accuracy", 0.2)]
    assert RULES["transfer-speed"](found).numbers["largest_gain"] == pytest.approx(0.02)


@pytest.mark.parametrize("missing", range(4))
def test_a_missing_number_decides_nothing(missing):
    found = [one for i, one in enumerate(rows()) if i != missing]
    with pytest.raises(NotMeasured):
        RULES["transfer-speed"](found)


def test_no_row_at_all_decides_nothing():
    with pytest.raises(NotMeasured):
        RULES["transfer-speed"]([])
