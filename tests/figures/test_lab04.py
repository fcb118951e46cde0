"""The drawings, panels and sentences of lab 04, driven by small things made here: no training, no browser."""

from __future__ import annotations

import pytest
import torch

from sslcourse import evaluation, results
from sslcourse.data import ImageSet
from sslcourse.figures import lab04 as figures
from sslcourse.figures import lab04_calibration as calibration

generator = torch.Generator().manual_seed(0)


def photographs(n):
    return ImageSet(torch.randint(256, (n, 3, 32, 32), dtype=torch.uint8, generator=generator), torch.arange(n) % 3,
                    ["cat", "dog", "ship"], name="photographs")


TRAIN, TEST = photographs(30), photographs(12)


@pytest.fixture
def shown(monkeypatch):
    found = []
    monkeypatch.setattr(figures.plots, "show", lambda figure, alt: found.append((figure, alt)))
    return found


@pytest.fixture
def kept(monkeypatch):
    rows = []
    monkeypatch.setattr(results, "record", lambda **row: rows.append(row))
    return rows


def test_neighbours_are_counted_by_class_in_every_space():
    perfect = torch.eye(3)
    panel = figures.neighbours({"by class": (perfect[TEST.labels], perfect[TRAIN.labels]),
                                "by another": (perfect[(TEST.labels + 1) % 3], perfect[TRAIN.labels])}, TRAIN, TEST)
    assert [state["photograph"] for state in panel.states()] == list(range(1, 13))
    for photograph in (1, 2):
        panel.set(photograph=photograph)
        assert "8 by by class, 0 by by another" in panel.alt and TEST.classes[photograph - 1] in panel.alt
        assert panel.figure.axes


def test_figures_say_what_was_measured(shown):
    figures.spread_over_k({"SimCLR": {1: 0.4, 20: 0.47, 500: 0.3}, "SimCLR, equal weights": {1: 0.4, 20: 0.46, 500: 0.1}})
    figures.two_rulers({"raw pixels": {"kNN": 0.34, "linear probe": 0.327}}, 10_000)
    few = {name: {1: [0.1, 0.2, 0.3], 20: [0.4, 0.4, 0.4]} for name in ("SimCLR", "supervised")}
    figures.few_labels(few)
    wanted = ("47% at k = 20, 30% with all", "34.0% and 32.7%", "SimCLR: from 20% to 40%")
    for (_, text), words in zip(shown, wanted, strict=True):
        assert words in text
    styles = [line.get_linestyle() for line in shown[0][0].axes[0].lines]
    assert styles == ["-", "--"], "equal weights are dashed"


def test_numbers_are_kept_under_the_lab_s_name(kept):
    assert figures.measured("SimCLR", "kNN", 0.5, 1, 20) == 0.5
    figures.record_few({"SimCLR": {5: [0.1, 0.2]}})
    assert kept[0]["lab"] == figures.LAB and kept[0]["seed"] == 1
    assert [(row["protocol"], row["seed"], row["value"]) for row in kept[1:]] == [
        ("linear probe, 50 labels", 0, 0.1), ("linear probe, 50 labels", 1, 0.2)]


def test_a_number_is_quoted_for_a_student_and_measured_in_a_full_run(monkeypatch):
    monkeypatch.setattr(results, "value", lambda **where: 0.327)
    assert figures.quoted("raw pixels", "linear probe") == {"linear probe": 0.327}
    monkeypatch.setattr(results, "live", lambda live, full: full)
    assert figures.quoted("raw pixels", "linear probe") == {}

    def missing(**where):
        raise results.NotMeasured("nothing")

    monkeypatch.setattr(results, "value", missing)
    assert figures.quoted("raw pixels", "linear probe") == {}


def test_a_slip_stands_beside_the_honest_score(capsys):
    said = {slip: {"SimCLR": {"honest": 0.47, slip: wrong}} for slip, wrong in (("trained on", 1.0), ("dropout", 0.4))}
    panel = figures.pitfalls(said)
    told = capsys.readouterr().out
    assert "47.0% → 100.0%" in told and "47.0% →  40.0%" in told
    panel.set(slip="dropout")
    assert "SimCLR 47% and 40%" in panel.alt and panel.figure.axes


def logits(sharpness):
    z = 2 * torch.randn(800, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    y = z.softmax(dim=1).multinomial(1, generator=torch.Generator().manual_seed(2)).flatten()
    return sharpness * z, y


def test_the_diagram_shows_the_error_of_the_function_that_it_is_given():
    z, y = logits(2.0)
    panel = figures.reliability({"bold": z, "honest": z / 2}, y, {"bold": 2.0, "honest": 1.0},
                                evaluation.expected_calibration_error)
    errors = {}
    for name in ("bold", "honest"):
        panel.set(classifier=name, T=1.0)
        errors[name] = panel.data["ECE"]
        assert f"ECE {errors[name]:.1%}" in panel.alt and panel.figure.axes
    assert errors["bold"] > 2 * errors["honest"]
    panel.set(classifier="bold", T=2.0)
    assert panel.data["ECE"] == pytest.approx(errors["honest"]) and "fitted T = 2.00" in panel.alt
    assert figures.reliability({"a": z}, y, {"a": 1.0}, lambda proba, y, n_bins: 0.25).data["ECE"] == 0.25
    assert len(calibration.errors_at(z, y, evaluation.expected_calibration_error)) == len(calibration.TEMPERATURES)


def test_the_bootstrap_s_interval_holds_the_mean_and_shrinks_with_more_images():
    right = (torch.rand(4000, generator=generator) < 0.6).double()
    wide = figures.bootstrap(lambda rows: float(right[:400][rows].mean()), 400)
    narrow = figures.bootstrap(lambda rows: float(right[rows].mean()), 4000)
    assert narrow[0] < float(right.mean()) < narrow[1] and narrow[1] - narrow[0] < (wide[1] - wide[0]) / 2
    assert 0.02 < narrow[1] - narrow[0] < 0.04, "about 4 standard errors of 0.0077"
    assert figures.bootstrap(lambda rows: 1.0, 10) == (1.0, 1.0)


def test_how_far_the_images_move_a_difference_is_kept(monkeypatch):
    kept, (bold, y) = [], logits(1.0)
    monkeypatch.setattr(calibration.results, "record", lambda **row: kept.append(row))
    error = lambda proba, y, n_bins: 1 - float((proba.argmax(dim=1) == y).double().mean())  # noqa: E731
    figures.record_differences({"a": bold, "b": bold.flip(1), "c": bold * 2}, y, error,
                               {"far": ("a", "b"), "same": ("a", "c")})
    right = torch.stack([(z.argmax(dim=1) == y).double() for z in (bold, bold.flip(1))])
    assert [row["protocol"] for row in kept] == ["far", "same"] and kept[0]["method"] == "a minus b"
    assert kept[0]["value"] == pytest.approx(float((right[1] - right[0]).std()) / len(y) ** 0.5, rel=0.3)
    assert kept[1]["value"] == 0, "twice the logits, the same answers"


def test_the_floor_is_above_zero_and_falls_with_more_images():
    z, _ = logits(1.0)
    proba = z.softmax(dim=1)
    few, many = (figures.floor(part, evaluation.expected_calibration_error) for part in (proba[:100], proba))
    assert few > many > 0 and many < 0.06
