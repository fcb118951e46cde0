"""Lab 12's drawings and panels, driven without a browser, on small things."""

from __future__ import annotations

import pytest
import torch

from sslcourse import evaluation, methods, plots, results, widgets
from sslcourse.figures import lab12 as figures
from sslcourse.figures import lab12_museum as museum

PAIR = ["SimSiam", "SimSiam, no stop-gradient"]


def drawn(panel, **state):
    panel.set(**state)
    assert len(plots.to_png(panel._draw(panel.data), dpi=20)) > 500
    return panel.alt


def seen(run, step, deviation=0.5):
    z = torch.randn(12, 8, generator=torch.Generator().manual_seed(step))
    kept = {"z": z, "feature deviation": deviation, "effective rank": 3.0}
    return widgets.Seen(run, step, [-0.1 * i for i in range(step)], kept)


def looks(run, deviation=0.5):
    return {step: seen(run, step, deviation) for step in (0, 2, 4)}


def walks(**of):
    return {name: {4: dict(zip((*figures.READ, museum.VOTE), values))} for name, values in of.items()}


def test_a_point_lowers_both_instruments_and_a_line_the_rank_alone():
    panel = figures.clouds(evaluation.feature_deviation)
    read = {}
    for towards in ("a point", "a line"):
        assert f"100% of the way to {towards}" in drawn(panel, towards=towards, by=100)
        read[towards] = panel.data[1]
    assert read["a point"]["feature deviation"] < 0.01 and read["a line"]["feature deviation"] > 0.8
    assert all(found["effective rank"] == pytest.approx(1 / 8, abs=0.01) for found in read.values())


def test_the_cloud_uses_the_students_function():
    asked = []
    panel = figures.clouds(lambda z: asked.append(z.shape) or 0.5)
    assert panel.data[1]["feature deviation"] == 0.5 and asked == [(300, 8)]


def test_a_network_at_work_before_its_first_step_and_after():
    for step, loss in ((0, "untrained"), (4, "loss -0.15")):
        one = seen("SimSiam", step)
        assert len(plots.to_png(figures.at_work(one), dpi=20)) > 500
        assert f"after {step} steps" in figures.said(one) and loss in figures.said(one)
        assert "deviation 0.50, effective rank 3.0" in figures.said(one)


def test_the_pair_is_played_step_by_step():
    panel = figures.pair({name: looks(name) for name in PAIR}, PAIR, ["with", "without"])
    assert panel.play == "step" and panel.state == {"step": 4}
    for step in (0, 2, 4):
        assert drawn(panel, step=step).count(f"after {step} steps") == 2
    curves = [line.get_label() for line in panel.figure.axes[2].lines]
    assert "with" in curves and "without" in curves


def test_a_course_has_as_many_points_as_were_drawn():
    seen = {step: widgets.Seen("run", step, [], {"rank": float(step)}) for step in (0, 20, 40, 60, 80, 100)}
    assert figures.course(seen, "rank", 6) == [0, 20, 40, 60, 80, 100] and figures.course(seen, "rank", 3) == [0, 40, 100]
    assert figures.course({0: seen[0], 20: seen[20]}, "rank", 4) == [0, 0, 20, 20], "a rehearsal has fewer looks"


def test_a_walk_is_what_was_read_and_is_recorded(monkeypatch):
    kept = []
    monkeypatch.setattr(results, "record", lambda **row: kept.append(row))
    found = figures.walk(looks("VICReg"), 2, 100, 0.25)
    assert list(found) == [2, 4] and found[4]["loss"] == pytest.approx(-0.25), "the mean of the last two"
    assert found[2]["feature deviation"] == 0.5 and len(kept) == 7 and museum.VOTE not in found[2]
    assert kept[-1] == {"lab": museum.LAB, "method": "VICReg", "data": "cifar10", "protocol": "step 4", "seed": 0,
                        "metric": "kNN accuracy", "value": 0.25, "size": 100}


def test_a_museum_of_what_was_measured_and_what_was_not(monkeypatch):
    monkeypatch.setattr(results, "committed", lambda machine: [])
    held = walks(SimSiam=(-0.6, 0.9, 10.0, 0.3), **{PAIR[1]: (-0.9, 0.2, 3.0, 0.2)})
    panel = figures.museum([PAIR[1], "BYOL, no predictor"], held, untrained=0.28)
    assert "no stop-gradient: loss -0.90" in drawn(panel, exhibit=PAIR[1], step=4)
    assert "kNN at the end 20.0%" in panel.alt and len(panel._draw(panel.data).axes[3].patches) == 2
    assert "not measured yet" in drawn(panel, exhibit="BYOL, no predictor")


@pytest.mark.parametrize("ill, said", [
    ((0.9, 9.0), "no collapse"), ((0.9, 3.0), "dimensional collapse"), ((0.2, 9.0), "crowd together"),
    ((0.2, 3.0), "complete collapse"),
])
def test_the_diagnosis_follows_its_rule(ill, said, capsys):
    held = walks(SimSiam=(-0.6, 0.9, 10.0, 0.3), **{PAIR[1]: (-0.9, *ill, 0.2)})
    figures.diagnoses([PAIR[1]], held)
    assert said in capsys.readouterr().out and "kNN -10.0 points" in museum.diagnosis(PAIR[1], held)


def test_numbers_of_the_course_fill_in(monkeypatch):
    monkeypatch.setattr(museum.runtime, "machine", lambda: "cpu")
    assert list(figures.walk_of("VICReg", {})) == [20, 40, 60, 80, 100]


def test_correlations_and_the_queue_say_their_numbers(shown, capsys):
    C = torch.eye(4) + 0.1 * (1 - torch.eye(4))
    figures.correlations({"untrained": torch.ones(4, 4), "trained": C})
    assert "trained: mean of the diagonal 1.00, mean size of the rest 0.10" in shown[0]
    figures.queue(methods.enqueue, K=5, N=2, batches=3)
    assert "holds keys of the batches 3, 1, 2, 2, 3; its oldest key lies in place 1." in shown[1]
