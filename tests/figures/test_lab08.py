"""Lab 08's drawings and panels: every state is drawn, and its text says what was measured."""

from __future__ import annotations

import torch

from sslcourse import results
from sslcourse.figures import lab08 as figures

GENERATOR = torch.Generator().manual_seed(0)
PHOTOGRAPHS = torch.randint(0, 256, (6, 3, 16, 16), generator=GENERATOR, dtype=torch.uint8)


def drawn(panel):
    return {tuple(state.values()): text for state, figure, text in panel.drawn()}


def test_the_quiz_turns_each_photograph_as_it_was_told_and_back():
    panel = figures.quiz(PHOTOGRAPHS, [0, 1, 2, 3, 1, 0])
    assert torch.equal(panel.data[1], torch.rot90(PHOTOGRAPHS[1], 1, dims=(1, 2)))
    panel.set(shown="upright")
    assert torch.equal(panel.data, PHOTOGRAPHS) and "upright" in panel.alt and len(drawn(panel)) == 2


def test_the_figures_say_what_was_measured(shown):
    labels = torch.arange(4).repeat_interleave(3)
    figures.all_copies(PHOTOGRAPHS.repeat(2, 1, 1, 1), labels)
    figures.training([1.4, 1.2, 1.0], labels < 2, labels)
    bits = torch.tensor([0.1, 2, 1, 1, 0.5, 1.5])
    figures.ends(PHOTOGRAPHS, torch.tensor([0, 1, 0, 1, 0, 1]), ["cat", "ship"], bits, count=2)
    figures.by_class({"cat": 0.5, "ship": 1.5}, {"cat": 0.9, "ship": 0.4})
    figures.few_labels({"from scratch": {200: 0.3, 4000: 0.5}}, 0.6, 20_000)
    copies, training, most, least, classes, few = shown
    assert "4 rows" in copies and "0° 100%" in training and "270° 0%" in training
    assert most.endswith("most decided: cat, cat.") and least.endswith("least decided: ship, ship.")
    assert "ship 1.50 bits and 40% right, cat" in classes and "30% with 200, 50% with 4,000" in few


def test_the_slider_reads_the_answer_at_its_angle():
    answers = torch.eye(4)
    panel = figures.turning({"horse": PHOTOGRAPHS[:4]}, {"horse": answers}, [0, 90, 180, 270])
    texts = drawn(panel)
    assert all(f"says {degrees}°" in texts["horse", degrees] for degrees in (0, 90, 180, 270))


def test_curves_that_were_not_measured_come_from_the_file_or_stay_out(monkeypatch):
    def value(method, **where):
        if method == "jigsaw":
            return 0.25
        raise results.NotMeasured

    monkeypatch.setattr(results, "value", value)
    measured = {"rotation": {"512 numbers": [0.4, 0.5, 0.45, 0.3], "one a channel": [0.2, 0.3, 0.4, 0.5]}}
    texts = drawn(figures.depth(measured, ["rotation", "jigsaw", "SimCLR"]))
    assert "rotation 40%, 50%, 45%, 30%; jigsaw 25%" in texts["512 numbers",]
    assert all("SimCLR" not in text for text in texts.values()) and len(texts) == 2


def test_photographs_are_lit_where_they_count():
    heat = {way: {"rotation": torch.rand(6, 4, 4, generator=GENERATOR)} for way in ("block 1", "hidden squares")}
    heat["block 1"]["rotation"][:] = 0
    panel = figures.look(PHOTOGRAPHS, heat)
    assert len(drawn(panel)) == 2
    panel.set(way="block 1")
    assert torch.allclose(panel.data["rotation"], PHOTOGRAPHS / 255 * 0.2)


def test_bars_of_this_run_stand_for_those_on_file(monkeypatch):
    monkeypatch.setattr(results, "select", lambda rows, **where: [])
    scores = {"rotation": {"kNN": 0.3, "linear probe": 0.4}, "rotation, ViT": {"kNN": 0.2, "linear probe": 0.3}}
    texts = drawn(figures.side_by_side(scores, ["rotation"]))
    assert "ResNet: rotation 40%; ViT: rotation 30%" in texts["linear probe",] and "rotation 20%" in texts["kNN",]
