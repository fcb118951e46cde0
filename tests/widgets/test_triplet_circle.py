"""The triplet on the circle without a browser: loss, gradients, regions, descent, and the browser's arithmetic beside it."""

from __future__ import annotations

import itertools
import json
import math
import shutil
import subprocess
from pathlib import Path

import pytest
import torch

from sslcourse import methods, widgets

SCRIPT = Path(widgets.__file__).parent / "triplet_circle.js"
PLACES = [(90, 25, 140), (0, 350, 5), (200, 20, 190), (300, 100, 30), (10, 60, 250)]
STATES = [dict(anchor=a, positive=p, negative=n, margin=m) for (a, p, n), m in itertools.product(PLACES, (0.05, 0.5, 2))]


def on_the_circle(angle: torch.Tensor) -> torch.Tensor:
    return torch.stack([angle.cos(), angle.sin()])[None]


@pytest.mark.parametrize("state", STATES, ids=str)
def test_loss_and_gradients_are_autograd_s(state):
    circle = widgets.TripletCircle(**state)
    names = ("anchor", "positive", "negative")
    angles = [torch.tensor(math.radians(state[name]), dtype=torch.float64, requires_grad=True) for name in names]
    loss = methods.triplet_loss(*map(on_the_circle, angles), margin=state["margin"])
    loss.backward()
    assert circle.loss == pytest.approx(loss.item(), abs=1e-9)
    assert circle.gradients == pytest.approx({name: angle.grad.item() for name, angle in zip(names, angles)}, abs=1e-9)
    assert sum(circle.gradients.values()) == pytest.approx(0, abs=1e-9)  # turning all three together changes nothing


@pytest.mark.parametrize("negative, region", [
    (140, "hard"), (155, "hard"), (156, "semi-hard"), (170, "semi-hard"), (200, "easy"),
])
def test_the_three_regions(negative, region):
    circle = widgets.TripletCircle(anchor=90, positive=25, negative=negative, margin=0.5)
    assert circle.region == region
    assert (circle.loss == 0) == (region == "easy") and (circle.loss > circle.margin) <= (region == "hard")


@pytest.mark.parametrize("state", STATES, ids=str)
def test_the_limits_are_where_the_region_changes(state):
    hard, semi = widgets.TripletCircle(**state).limits
    for degrees in range(1, 180, 2):
        for side in (-1, 1):
            region = widgets.TripletCircle(**{**state, "negative": state["anchor"] + side * degrees}).region
            assert region == ("hard" if degrees <= hard else "semi-hard" if degrees < semi else "easy")


def test_with_a_margin_out_of_reach_nothing_is_easy():
    assert widgets.TripletCircle(anchor=0, positive=170, negative=180, margin=4).limits[1] == 180


def test_descent_ends_where_the_margin_is_kept():
    circle = widgets.TripletCircle(anchor=90, positive=25, negative=140, margin=0.5)
    losses = [circle.loss]
    for _ in range(30):
        circle.descend()
        losses.append(circle.loss)
    assert all(later <= earlier for earlier, later in itertools.pairwise(losses))
    assert losses[-1] == 0 and circle.region == "easy"
    before = dict(circle.angles)
    circle.descend(5)
    assert circle.angles == before  # no loss, no gradient


def test_three_points_in_one_place_have_loss_margin_and_no_gradient():
    circle = widgets.TripletCircle(anchor=40, positive=40, negative=40, margin=0.3)
    assert circle.loss == pytest.approx(0.3) and circle.region == "hard"
    assert circle.gradients == pytest.approx(dict.fromkeys(circle.angles, 0.0))


def test_angles_come_round():
    circle = widgets.TripletCircle()
    circle.set(anchor=-30, negative=725)
    assert circle.angles["anchor"] == 330 and circle.angles["negative"] == 5


def test_shown_in_two_cells_it_is_one(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda bundle, raw: shown.append(bundle))
    thing = widgets.TripletCircle()
    thing._ipython_display_(), thing._ipython_display_()
    view = "application/vnd.jupyter.widget-view+json"
    assert [bundle[view]["model_id"] for bundle in shown] == [thing._view.model_id] * 2
    assert len(shown[0]["text/plain"]) > 20 and shown[0]["text/plain"] in shown[0]["text/html"]  # without a widget


def test_code_and_browser_see_the_same_state():
    circle = widgets.TripletCircle(anchor=90, positive=25, negative=140, margin=0.5)
    circle._ipython_display_()
    circle.set(negative=200, margin=1)
    assert circle._view.angles == [90, 25, 200] and circle._view.margin == 1
    circle._view.angles, circle._view.margin = [80, 25, 200], 0.25  # what the browser sends
    assert circle.angles["anchor"] == 80 and circle.margin == 0.25
    assert circle._view.start == [90, 25, 140]


@pytest.mark.skipif(shutil.which("node") is None, reason="no node on this machine to run the browser's arithmetic with")
def test_the_browser_s_arithmetic_is_python_s(tmp_path):
    (tmp_path / "circle.mjs").write_text(SCRIPT.read_text(encoding="utf-8"), encoding="utf-8")
    asked = [[[s["anchor"], s["positive"], s["negative"]], s["margin"]] for s in STATES]
    (tmp_path / "ask.mjs").write_text(
        'import { geometry, descend } from "./circle.mjs";\n'
        f"const asked = {json.dumps(asked)};\n"
        "console.log(JSON.stringify(asked.map(([x, m]) => ({ ...geometry(x, m), moved: descend(x, m, 3) }))));\n",
        encoding="utf-8",
    )
    done = subprocess.run(["node", tmp_path / "ask.mjs"], capture_output=True, text=True, check=True)
    for state, theirs in zip(STATES, json.loads(done.stdout)):
        ours = widgets.TripletCircle(**state)
        assert [theirs["toPositive"], theirs["toNegative"]] == pytest.approx(ours.distances)
        assert theirs["loss"] == pytest.approx(ours.loss) and theirs["region"] == ours.region
        assert theirs["gradients"] == pytest.approx(list(ours.gradients.values()), abs=1e-12)
        assert theirs["limits"] == pytest.approx(ours.limits)
        ours.descend(3)
        assert theirs["moved"] == pytest.approx(list(ours.angles.values()))


@pytest.mark.parametrize("misuse, message", [
    (lambda c: c.set(negativ=3), "point: got 'negativ', wanted .*negative"),
    (lambda c: c.set(anchor="up"), "anchor: got 'up'"),
    (lambda c: c.set(margin=0), "margin: got 0"),
    (lambda c: c.set(margin=5), "margin: got 5"),
    (lambda c: c.descend(0), "steps: got 0"),
    (lambda c: c.descend(lr=-1), "lr: got -1"),
])
def test_what_does_not_fit_is_refused(misuse, message):
    with pytest.raises(ValueError, match=message):
        misuse(widgets.TripletCircle())
