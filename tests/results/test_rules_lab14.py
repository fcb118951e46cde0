"""The verdict on `probes-disagree`, from fabricated rows."""

from __future__ import annotations

import pytest

from sslcourse.results import rules
from sslcourse.results.lookup import NotMeasured
from sslcourse.results.row import Row

WHERE = {"MAE": "14_masked_autoencoders", "DINO, ViT": "15_dino"}


def rows(**accuracies):
    return [Row(WHERE[method], method, "cifar10", protocol, "accuracy", number, 0, 20_000, None, "cpu", "a CPU", {})
            for method, pair in accuracies.items() for protocol, number in zip(("kNN", "linear probe"), pair)]


def verdict(mae, dino):
    return rules.RULES["probes-disagree"](rows(MAE=mae, **{"DINO, ViT": dino}))


def test_far_apart_for_one_and_close_for_the_other_holds():
    found = verdict((0.40, 0.52), (0.50, 0.52))
    assert found == "holds here"
    assert found.numbers["MAE gap"] == pytest.approx(0.12) and found.numbers["DINO, ViT gap"] == pytest.approx(0.02)


def test_the_papers_own_numbers_hold():
    assert verdict((0.494, 0.766), (0.786, 0.792)) == "holds here"


@pytest.mark.parametrize("mae, dino", [((0.50, 0.51), (0.50, 0.50)), ((0.40, 0.45), (0.40, 0.46)), ((0.5, 0.4), (0.5, 0.3))])
def test_close_for_mae_or_no_closer_for_dino_does_not(mae, dino):
    assert verdict(mae, dino) == "does not hold here"


@pytest.mark.parametrize("mae, dino", [((0.40, 0.45), (0.50, 0.51)), ((0.40, 0.52), (0.40, 0.46)), ((0.4, 0.5), (0.5, 0.44))])
def test_in_between_nothing_is_decided(mae, dino):
    assert verdict(mae, dino) == "not decidable at this scale"


def test_without_one_of_the_two_nothing_is_measured():
    with pytest.raises(NotMeasured, match="DINO, ViT"):
        rules.RULES["probes-disagree"](rows(MAE=(0.4, 0.5)))
    with pytest.raises(NotMeasured, match="MAE"):
        rules.RULES["probes-disagree"](rows(**{"DINO, ViT": (0.4, 0.5)}))
