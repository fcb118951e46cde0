"""The verdicts `label-free` and `calibration`, from fabricated rows: each of the three, and what is missing."""

import pytest

from sslcourse.results.lookup import NotMeasured
from sslcourse.results.row import Row
from sslcourse.results.rules import RULES, calibration, label_free
from sslcourse.results.verdicts import FAILS, HOLDS, UNDECIDABLE

LAB = "04_evaluating_representations"


def row(method: str, protocol: str, number: float, metric: str = "accuracy", seed: int = 0, lab: str = LAB) -> Row:
    return Row(lab, method, "cifar10", protocol, metric, number, seed, 20_000, None, "cpu", "a CPU", {})


def accuracies(simclr=(0.5, 0.5), autoencoder=(0.5, 0.5), pixels=(0.4, 0.4), network=(0.3, 0.35)) -> list[Row]:
    given = {"SimCLR": simclr, "autoencoder": autoencoder, "raw pixels": pixels, "random network": network}
    return [row(method, protocol, number) for method, pair in given.items()
            for protocol, number in zip(("kNN", "linear probe"), pair)]


@pytest.mark.parametrize("rows, wanted", [
    (accuracies(), HOLDS),
    (accuracies(autoencoder=(0.35, 0.45)), UNDECIDABLE),                # one leads, the other by one protocol only
    (accuracies(simclr=(0.405, 0.5)), UNDECIDABLE),                     # less than a point
    (accuracies(simclr=(0.35, 0.5), autoencoder=(0.3, 0.3)), FAILS),    # neither is ahead by both protocols
    (accuracies(network=(0.55, 0.2)), FAILS),                           # the better baseline is the bar
    (accuracies(simclr=(0.395, 0.5), autoencoder=(0.3, 0.3)), UNDECIDABLE),
])
def test_label_free(rows, wanted):
    assert label_free(rows) == wanted


def test_label_free_tells_the_smaller_lead_of_each_method():
    numbers = label_free(accuracies(simclr=(0.6, 0.5), autoencoder=(0.35, 0.45))).numbers
    assert numbers == pytest.approx({"SimCLR lead": 0.1, "autoencoder lead": -0.05})


def test_label_free_is_a_mean_over_seeds_and_heeds_no_other_lab():
    rows = accuracies() + [row("SimCLR", "kNN", 0.3, seed=1)]                               # 0.4 on average: no lead
    rows += [row(r.method, r.protocol, 0.99, lab="05_transfer_learning") for r in rows]
    assert label_free(rows).numbers["SimCLR lead"] == pytest.approx(0.0)


def in_lab_10(simclr: tuple[float, float], baselines: float = 0.99) -> list[Row]:
    """Lab 10's SimCLR, and baselines of its own, which the rule does not look at."""
    given = {"SimCLR": simclr, "raw pixels": (baselines,) * 2, "random network": (baselines,) * 2}
    return [row(method, protocol, number, lab="10_simclr") for method, pair in given.items()
            for protocol, number in zip(("kNN", "linear probe"), pair)]


@pytest.mark.parametrize("rows, wanted", [
    (accuracies() + in_lab_10((0.6, 0.6)), HOLDS),
    (accuracies() + in_lab_10((0.6, 0.405)), UNDECIDABLE),              # it leads by one protocol only
    (accuracies(simclr=(0.3, 0.3), autoencoder=(0.3, 0.3)) + in_lab_10((0.3, 0.3)), FAILS),
    (accuracies(simclr=(0.3, 0.3), autoencoder=(0.3, 0.3)) + in_lab_10((0.6, 0.6)), UNDECIDABLE),
])
def test_label_free_with_lab_10s_simclr_against_lab_04s_baselines(rows, wanted):
    verdict = label_free(rows)
    assert verdict == wanted and "SimCLR of lab 10 lead" in verdict.numbers


def test_label_free_needs_both_protocols_of_lab_10_to_count_it():
    half = [r for r in in_lab_10((0.1, 0.1)) if r.protocol == "kNN"]
    assert label_free(accuracies() + half).numbers == label_free(accuracies()).numbers


def errors(probe=(0.03, 0.01), tuned=(0.3, 0.2), seed: int = 0) -> list[Row]:
    """(the other side, SimCLR) for both comparisons."""
    return [row("supervised", "linear probe", probe[0], "ECE", seed),
            row("SimCLR", "linear probe", probe[1], "ECE", seed),
            row("random network", "fine-tuned, 500 labels", tuned[0], "ECE", seed),
            row("SimCLR", "fine-tuned, 500 labels", tuned[1], "ECE", seed)]


@pytest.mark.parametrize("rows, wanted", [
    (errors(), HOLDS),
    (errors(probe=(0.01, 0.03), tuned=(0.2, 0.3)), FAILS),
    (errors(probe=(0.01, 0.03)), UNDECIDABLE),                          # the comparisons disagree
    (errors(probe=(0.03, 0.025)), UNDECIDABLE),                         # within the noise of an ECE
    (errors() + errors(probe=(0.012, 0.011), seed=1), UNDECIDABLE),     # the seeds disagree
    (errors() + errors(seed=1), HOLDS),
])
def test_calibration(rows, wanted):
    assert calibration(rows) == wanted


def test_calibration_tells_both_gaps():
    assert calibration(errors() + errors(probe=(0.05, 0.01), seed=1)).numbers == pytest.approx(
        {"probe gap": 0.03, "few labels gap": 0.1})


@pytest.mark.parametrize("id, rows", [("label-free", accuracies()), ("calibration", errors())])
def test_any_missing_row_is_not_measured(id, rows):
    for i in range(len(rows)):
        with pytest.raises(NotMeasured):
            RULES[id](rows[:i] + rows[i + 1:])
