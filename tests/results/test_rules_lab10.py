"""The verdict on `views-matter`, from fabricated rows."""

from __future__ import annotations

import pytest

from sslcourse.results.lookup import NotMeasured
from sslcourse.results.row import Row
from sslcourse.results.rules import RULES
from sslcourse.results.verdicts import FAILS, HOLDS, UNDECIDABLE

PROTOCOLS = ("kNN", "linear probe")


def row(method, protocol, number, seed=0, lab="10_simclr"):
    return Row(lab, method, "cifar10", protocol, "accuracy", number, seed, 20_000, None, "cpu", "a CPU", {})


def rows(both=(0.45, 0.47), crop=(0.37, 0.43), colour=(0.28, 0.35), network=(0.34, 0.40), seed=0):
    given = {"SimCLR, crop and colour": both, "SimCLR, crop alone": crop, "SimCLR, colour alone": colour,
             "random network": network}
    return [row(method, protocol, number, seed) for method, pair in given.items()
            for protocol, number in zip(PROTOCOLS, pair)]


def verdict(given):
    return RULES["views-matter"](given)


@pytest.mark.parametrize("given, wanted", [
    (rows(), HOLDS),
    (rows() + rows(seed=1), HOLDS),
    (rows(crop=(0.37, 0.465)), UNDECIDABLE),                            # less than a point under one protocol
    (rows() + rows(crop=(0.5, 0.5), seed=1), UNDECIDABLE),              # the seeds disagree
    (rows(crop=(0.5, 0.4)), UNDECIDABLE),                               # the protocols disagree
    (rows(crop=(0.5, 0.5)), FAILS),                                     # one alone is ahead
    (rows(crop=(0.5, 0.4), colour=(0.3, 0.6)), FAILS),                  # not the same one under both, but always one
    (rows(network=(0.44, 0.465)), UNDECIDABLE),                         # hardly better than no training
    (rows(network=(0.5, 0.5)), FAILS),                                  # agreement has taught nothing
])
def test_views_matter(given, wanted):
    assert verdict(given) == wanted


def test_it_tells_the_smallest_leads():
    found = verdict(rows() + rows(both=(0.40, 0.50), seed=1)).numbers
    assert found["lead over the better alone, kNN"] == pytest.approx(0.03)
    assert found["lead over the better alone, linear probe"] == pytest.approx(0.04)
    assert found["lead over the random network, kNN"] == pytest.approx(0.40 - 0.34)


def test_a_seed_that_one_of_them_lacks_does_not_count():
    lone = [row("SimCLR, crop alone", protocol, 0.9, seed=1) for protocol in PROTOCOLS]
    assert verdict(rows() + lone).numbers == verdict(rows()).numbers


def test_other_labs_do_not_count():
    others = [row(r.method, r.protocol, 0.9, lab="04_evaluating_representations") for r in rows()]
    assert verdict(rows() + others).numbers == verdict(rows()).numbers


def test_any_missing_row_is_not_measured():
    given = rows()
    for i in range(len(given)):
        with pytest.raises(NotMeasured):
            verdict(given[:i] + given[i + 1:])
