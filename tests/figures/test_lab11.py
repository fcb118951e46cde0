"""Lab 11's drawings and panels, driven without a browser, on a handful of noise images."""

from __future__ import annotations

import pytest
import torch

from sslcourse import data, plots, results
from sslcourse.figures import lab11 as figures
from sslcourse.figures import lab11_table
from sslcourse.results.row import Row

LAB = "11_simclr_v2"
PROTOCOLS = {500: "500 labels, equal steps", 5000: "5,000 labels, equal steps"}
CLASSES = ["airplane", "automobile", "bird"]


def photographs(n=30):
    images = torch.randint(0, 256, (n, 3, 16, 16), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    return data.ImageSet(images=images, labels=torch.arange(n) % 3, classes=CLASSES, name="noise")


def drawn(panel, **state):
    panel.set(**state)
    assert len(plots.to_png(panel.figure, dpi=20)) > 500
    return panel.alt


def test_the_three_steps_and_the_labelled_are_drawn(shown):
    figures.three_steps()
    figures.labelled(photographs(), n=4)
    figures.views({"the photograph": photographs().images[:3], "weak": photographs().images[:3]})
    assert "teacher" in shown[0] and "4 of the 30 labelled" in shown[1] and "weak" in shown[2]


def test_soft_labels_find_who_is_torn_and_who_is_sure():
    logits = torch.tensor([[9.0, 0.0, 0.0], [1.0, 0.4, -9.0], [-9.0, 0.4, 1.0]]).repeat(10, 1)
    names = figures.ambiguous(logits, CLASSES)
    assert {"airplane or automobile?", "automobile or bird?", "surely airplane"} <= set(names)
    assert names["surely airplane"] % 3 == 0 and names["airplane or automobile?"] % 3 == 1
    panel = figures.soft_labels(photographs(), logits)
    panel.set(photograph="surely airplane", tau=0.1)
    assert "airplane 100%" in drawn(panel)
    panel.set(photograph="airplane or automobile?")
    sharp, flat = (drawn(panel, tau=tau) for tau in (0.1, 8))
    assert sharp != flat and "τ = 8" in flat


def test_what_a_student_corrects_is_shown_and_counted(shown, capsys):
    truth = photographs().labels
    teacher, student = truth.clone(), truth.clone()
    teacher[:3], student[5] = (truth[:3] + 1) % 3, (truth[5] + 1) % 3
    figures.corrected(photographs(), teacher, student)
    assert "corrects its teacher on 3, and spoils 1" in capsys.readouterr().out
    assert shown[0].startswith("3 photographs") and "automobile → airplane" in shown[0]


def test_a_student_that_corrects_nothing_has_no_figure(shown, capsys):
    """After a rehearsal both may say one class of everything: the lab must reach its end all the same."""
    same = torch.zeros(30, dtype=torch.int64)
    figures.corrected(photographs(), same, same)
    assert shown == [] and "on 0, and spoils 0" in capsys.readouterr().out


def test_a_higher_threshold_accepts_fewer():
    p = torch.tensor([[0.96, 0.04, 0.0], [0.4, 0.6, 0.0], [0.7, 0.3, 0.0]])
    truth = torch.tensor([0, 0, 0])
    assert figures.accepted(p, truth, 0.5) == (1.0, pytest.approx(2 / 3))
    assert figures.accepted(p, truth, 0.95) == (pytest.approx(1 / 3), 1.0)
    assert figures.accepted(p, truth, 0.99) == (0.0, None)


@pytest.mark.slow
def test_thresholds_show_who_passes_and_who_waits():
    p = torch.tensor([[0.96, 0.04, 0.0], [0.4, 0.6, 0.0], [0.0, 0.3, 0.7]]).repeat(10, 1)
    panel = figures.thresholds(photographs(), {"fine-tuned": p, "unsure": torch.full((30, 3), 1 / 3)})
    panel.set(threshold=0.7)
    assert panel.data[3]["accepted"].tolist()[:2] == [0, 2] and panel.data[3]["waiting"].tolist()[0] == 1
    assert "67% are accepted" in drawn(panel)
    assert "none is accepted" in drawn(panel, network="unsure", threshold=0.95)


def on_file(monkeypatch, numbers):
    rows = [Row(LAB, arm, "cifar10", PROTOCOLS[n], "accuracy", value, seed, n, None, "cpu", "a CPU", {})
            for (arm, n), values in numbers.items() for seed, value in enumerate(values)]
    monkeypatch.setattr(results, "committed", lambda machine=None: rows)


def test_the_file_comes_before_this_run(monkeypatch):
    on_file(monkeypatch, {("fine-tuned", 500): [0.4, 0.5]})
    mine = {("fine-tuned", 500, 0): 0.1, ("distilled", 500, 0): 0.45}
    found = lab11_table.collected(LAB, mine, PROTOCOLS)
    assert found == {"fine-tuned": {PROTOCOLS[500]: [40.0, 50.0]}, "distilled": {PROTOCOLS[500]: [45.0]}}


def test_the_table_stands_beside_the_paper_s(shown, monkeypatch):
    on_file(monkeypatch, {("fine-tuned", 500): [0.4, 0.5], ("fine-tuned", 5000): [0.6, 0.62]})
    figures.beside_the_paper(LAB, {}, PROTOCOLS)
    assert "fine-tuned 45.0 and 61.0" in shown[0] and "ResNet-152" in shown[0]


def test_a_loss_has_its_number_clear_of_the_zero_line(monkeypatch):
    figures_shown = []
    monkeypatch.setattr(plots, "show", lambda figure, alt: figures_shown.append(figure))
    on_file(monkeypatch, {("fine-tuned", 500): [0.4, 0.5], ("distilled", 500): [0.39, 0.49]})
    figures.gains(LAB, {}, PROTOCOLS)
    number = next(text for text in figures_shown[0].axes[0].texts if "-1.0" in text.get_text())
    assert number.get_ha() == "right"


def test_gains_are_drawn_where_both_arms_are_known(shown, monkeypatch, capsys):
    on_file(monkeypatch, {})
    figures.gains(LAB, {("fine-tuned", 500, 0): 0.4}, PROTOCOLS)
    assert shown == [] and "No step" in capsys.readouterr().out
    figures.gains(LAB, {("fine-tuned", 500, 0): 0.4, ("distilled", 500, 0): 0.45}, PROTOCOLS)
    assert "+5.0 with 500 labels" in shown[0]


@pytest.mark.parametrize("student, word", [
    ([0.55, 0.56, 0.57], "ahead"), ([0.41, 0.42, 0.43], "behind"), ([0.4, 0.5, 0.6], "no difference that this can see"),
])
def test_how_students_stand_to_their_teachers_is_chosen_by_the_numbers(monkeypatch, capsys, student, word):
    on_file(monkeypatch, {("distilled", 500): student, ("big, mid-head", 500): [0.5, 0.51, 0.52]})
    figures.students(LAB, PROTOCOLS)
    said = capsys.readouterr().out
    assert said.split(";")[0].endswith(word) and said.count("not measured yet") == 2
    assert "**5,000 labels.** No student is on file yet" in said
