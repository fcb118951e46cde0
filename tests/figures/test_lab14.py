"""Lab 14's drawings, driven without a browser, on small things."""

from __future__ import annotations

import types

import pytest
import torch

from sslcourse import methods, models, results
from sslcourse.figures import lab14 as figures

MASKS = {"random": models.random_token_mask, "grid": methods.grid_mask}


def images(n):
    return torch.randint(256, (n, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def shown(monkeypatch):
    found = []
    monkeypatch.setattr(figures.plots, "show", lambda figure, alt: found.append((figure, alt)))
    return found


def test_hidden_pixels_are_those_of_the_hidden_patches():
    where = figures.hidden_pixels(torch.tensor([[0, 9, 63]]))
    assert where.sum() == 3 * 16
    assert where[0, 0, :4, :4].all() and where[0, 0, 4:8, 4:8].all() and where[0, 0, -4:, -4:].all()


def test_hiding_shows_a_row_for_each_mask_and_says_the_share():
    panel = figures.hiding(images(3), MASKS, [0.5, 0.75])
    assert list(panel.data) == list(MASKS) and "75%" in panel.alt
    panel.set(hidden=0.5)
    gray = (panel.data["random"] == 0.8).all(dim=1).float().mean()
    assert float(gray) == pytest.approx(0.5, abs=0.01) and "50%" in panel.alt
    assert panel.figure.axes


def test_pieces_say_how_much_is_gray(monkeypatch):
    found = shown(monkeypatch)
    half = torch.rand(2, 3, 32, 32)
    half[:, :, :16] = 0.8
    figures.pieces(images(2), half)
    assert "50%" in found[0][1]


def test_curves_and_bars_say_their_numbers(monkeypatch):
    found = shown(monkeypatch)
    figures.training_curves({"from scratch": types.SimpleNamespace(loss=[2.0] * 10 + [1.0] * 10)}, silent=0.94)
    assert "from scratch: 2.00 to 1.00" in found[0][1] and "0.94" in found[0][1]
    figures.speed({"all": 50.4, "some": 20.2}, images=64)
    assert "all 50, some 20" in found[1][1]


def test_a_step_of_each_way_is_timed_in_turn():
    order = []

    class Way(torch.nn.Module):
        def __init__(self, name):
            super().__init__()
            self.name, self.weight = name, torch.nn.Parameter(torch.ones(()))

        def loss(self, batch):
            order.append(self.name)
            return self.weight * batch.float().mean()

    took = figures.milliseconds({"a": Way("a"), "b": Way("b")}, torch.ones(2), rounds=3)
    assert order == ["a", "b"] * 3 and min(took.values()) > 0


def test_painting_says_what_each_filling_explains():
    crowd = images(12)

    def paint(hidden, kind):
        return {"MAE": crowd.float() / 255}, {"MAE": torch.full((12,), hidden if kind == "random" else 0.1)}

    panel = figures.painting(crowd, MASKS, [0.5, 0.75], paint)
    assert panel.data[1]["MAE"] == pytest.approx(0.25) and "MAE 25%" in panel.alt
    panel.set(kind="grid", hidden=0.5)
    assert "MAE 90%" in panel.alt and list(panel.data[0]) == ["photograph", "seen", "MAE, 90%"]
    assert len(panel.data[0]["seen"]) == 10 and panel.figure.axes


def test_whitening_draws_the_spectrum_and_marks_the_vote():
    panel = figures.whitening({0.0: torch.tensor([3.0, 1.0]), 1.0: torch.ones(2)}, {0.0: 0.3, 1.0: 0.4}, probe=0.5)
    assert "75%" in panel.alt and "here 30.0%" in panel.alt and "50.0%" in panel.alt
    panel.set(p=1.0)
    assert "50%" in panel.alt and "here 40.0%" in panel.alt
    assert len(panel.figure.axes) == 2


@pytest.mark.parametrize("gain, said", [
    (0.15, "MAE gains most"), (0.07, "gains as much as MAE"), (0.01, "cannot be the reason"),
])
def test_the_sentence_on_whitening_is_chosen_by_the_numbers(monkeypatch, gain, said):
    on_file = {"MAE": (0.3, 0.3 + gain), "untrained": (0.2, 0.27), "supervised": (0.4, 0.46)}
    monkeypatch.setattr(results, "value", lambda lab, method, protocol: on_file[method]["whitened" in protocol])
    assert said in figures.gains("lab", "MAE", ["untrained", "supervised"])


def test_nothing_is_concluded_from_what_was_not_measured(monkeypatch):
    def value(lab, method, protocol):
        if method != "MAE":
            raise results.NotMeasured("no")
        return 0.3

    monkeypatch.setattr(results, "value", value)
    assert "nothing follows" in figures.gains("lab", "MAE", ["untrained", "supervised"])
