"""Lab 05's drawings and sentences: every state of a panel is drawn, and what is said is what was measured."""

from __future__ import annotations

import pytest
import torch

from sslcourse import evaluation, results
from sslcourse.figures import lab05 as figures
from sslcourse.figures import lab05_words as words
from sslcourse.results import Row

ARMS = ("from scratch", "fine-tuned", "frozen")


def drawn(panel):
    return {tuple(state.values()): text for state, figure, text in panel.drawn()}


def on_file(monkeypatch, rows):
    """The course's file holds {(task, labels, arm, metric): a value for each seed}."""
    found = [Row(words.LAB, arm, words.DATA[task], "fine-tuning", metric, value, seed, labels, None, "cpu", "a test", {})
             for (task, labels, arm, metric), values in rows.items() for seed, value in enumerate(values)]
    monkeypatch.setattr(results, "committed", lambda machine: found)
    monkeypatch.setattr("sslcourse.runtime.machine", lambda: "cpu")


def pair(task, labels, gain, times):
    """Three seeds of two arms: the old start ends `gain` above, and is `times` as fast, seed by seed."""
    rows = {}
    for metric, fresh, old in (("accuracy", [0.6, 0.61, 0.62], [0.6 + i / 100 + g for i, g in enumerate(gain)]),
                               ("steps to 95%", [60, 60, 60], [60 / t for t in times])):
        rows[task, labels, "from scratch", metric], rows[task, labels, "fine-tuned", metric] = fresh, old
    return rows


def test_the_curves_show_where_each_reaches_the_level():
    curves = {arm: ([10, 20, 30], [0.2 + i / 10, 0.5, 0.6 + i / 10]) for i, arm in enumerate(ARMS)}
    asked = []

    def reach(steps, accuracies, level):
        asked.append(level)
        return evaluation.steps_to_reach(steps, accuracies, level)

    texts = drawn(figures.curves({"near": (curves, 0.65), "far": (curves, 0.35)}, reach))
    assert set(asked) == {0.65, 0.35}
    assert "frozen at step 25" in texts["near",] and "from scratch at step" not in texts["near",]
    assert "from scratch at step 15" in texts["far",] and "frozen at step 10" in texts["far",]


def test_figures_say_what_was_measured(shown, monkeypatch):
    on_file(monkeypatch, pair("far", 100, [0.05, 0.06, 0.04], [2, 2, 2]))
    measured = {("near", 500, arm, seed): {"accuracy": 0.6 + 0.1 * (arm == "fine-tuned"), "steps to 95%": steps}
                for seed in (0, 1) for arm, steps in (("from scratch", 90), ("fine-tuned", 30), ("frozen", 10))}
    figures.tasks({"source": torch.rand(12, 3, 8, 8), "near target": torch.rand(12, 3, 8, 8)})
    figures.summary(measured)
    figures.heights({"0 of 4 blocks": ([1, 2], [0.2, 0.4]), "scale only": ([1, 2], [0.5, 0.7])}, title="t")
    figures.inside({"old": (torch.tensor([0.5, 1.0]), torch.tensor([0.9, 0.2]))})
    assert shown[1].endswith("near, 500 labels +10.0 points, 3.0 times; far, 100 labels +5.0 points, 2.0 times.")
    assert "0 of 4 blocks 30.0%, scale only 60.0%" in shown[2] and "moved 0.50, 1.00, CKA 0.90, 0.20" in shown[3]


def test_blocks_are_drawn_old_from_the_image_upwards():
    arms = [f"{k} of 2 blocks" for k in range(3)]
    transfused = {arm: ([1, 2], [0.1, 0.2 + k / 10]) for k, arm in enumerate([*arms, "scale only"])}
    panel = figures.blocks(transfused, arms, scale="scale only")
    texts = drawn(panel)
    assert len(texts) == 3 and "first 2 blocks old" in texts[2,] and texts[2,].endswith("ends at 40%.")
    panel.set(k=1)
    labels = [text.get_text() for text in panel.figure.axes[0].texts]
    assert labels[:4] == ["stem\nold", "layer1\nrandom", "classifier\nrandom", "image"]


@pytest.mark.parametrize("times, option", [
    ([3.0, 3.2, 2.9], "one and a half to six times as many"), ([1.2, 1.2, 1.21], "up to one and a half times as many"),
    ([0.8, 0.82, 0.79], "no more, or fewer"), ([9, 9.5, 9.2], "more than six times as many"),
    ([1.0, 3.0, 8.0], words.CANNOT)])
def test_the_speed_is_answered_where_its_whole_interval_lies_in_one_option(times, option):
    measured = {("near", 500, arm, seed): {"steps to 95%": 60 if arm == "from scratch" else 60 / factor}
                for seed, factor in enumerate(times) for arm in ("from scratch", "fine-tuned")}
    came, because = figures.faster(measured)
    assert came == option and "over 3 seeds" in because and "60 steps against" in because


def hits(share, n=1000):
    return torch.arange(n) < share * n


def test_answers_are_decided_image_by_image():
    right = {(labels, arm): hits(0.5) for labels in words.LABELS for arm in ARMS}
    assert figures.most_ahead(right)[0] == "no difference that this can see"
    right[100, "fine-tuned"] = hits(0.7)
    came, because = figures.most_ahead(right)
    assert came == "with 100" and "+20.0 with 100 labels, +0.0 with 500" in because
    for frozen, option in ((0.6, "above it"), (0.4, "below it"), (0.5, "no difference that this can see")):
        came, because = figures.higher({"from scratch": hits(0.5), "fine-tuned": hits(0.5), "frozen": hits(frozen)})
        assert came == option and f"frozen {frozen:.1%}" in because
    ends = {"0 of 4 blocks": hits(0.5), "2 of 4 blocks": hits(0.6), "4 of 4 blocks": hits(0.9), "scale only": hits(0.5)}
    came, because = figures.farther(ends, "first", "last")
    assert came == "last" and "first +10.0 points; last +30.0 points" in because and "alone: +0.0" in because


def test_what_pays_is_chosen_setting_by_setting_with_intervals(monkeypatch):
    rows = (pair("near", 100, [0.15, 0.16, 0.14], [9, 10, 9.5]) | pair("near", 500, [0.08, 0.07, 0.09], [3, 4, 3.5])
            | pair("far", 500, [0.01, -0.02, 0.0], [1.0, 1.1, 0.9])
            | pair("far", 2_500, [-0.03, -0.031, -0.029], [1, 0.9, 1.1]))
    on_file(monkeypatch, rows)
    said = figures.what_pays()
    assert "On file, 3 seeds" in said and "near, 100 labels (+15.0) and near, 500 labels (+8.0)" in said
    assert "behind: far, 2,500 labels (-3.0)" in said and "that these seeds can see: far, 500 labels" in said
    assert "*faster*: near, 100 labels and near, 500 labels." in said
    assert "can tell: far, 500 labels and far, 2,500 labels" in said
    on_file(monkeypatch, {})
    assert "has not measured" in figures.what_pays()


def test_what_was_carried_is_said_block_by_block(monkeypatch):
    metric = "accuracy, mean over the curve"
    heights = {"0 of 4 blocks": [0.40, 0.41, 0.42], "1 of 4 blocks": [0.40, 0.415, 0.413], "2 of 4 blocks": [0.5, 0.51, 0.52],
               "3 of 4 blocks": [0.56, 0.57, 0.58], "4 of 4 blocks": [0.6, 0.61, 0.62], "scale only": [0.43, 0.44, 0.45]}
    on_file(monkeypatch, {("near", 500, arm, metric): values for arm, values in heights.items()})
    said = figures.carried()
    assert "the stem -0.1 (no difference that they can see), layer1 +10.1, layer2 +6.0, layer3 +4.0" in said
    assert "the scale alone +3.0" in said and "3 seeds" in said
    on_file(monkeypatch, {})
    assert "has not measured" in figures.carried()


def test_two_lives_say_more_only_where_it_is_so():
    def lives(fresh_moved, fresh_same, stem):
        return {"old task": (torch.tensor([0.8, 1.2]), torch.tensor([0.5, 0.1])),
                "fine-tuned": (torch.tensor([0.1, 0.5]), torch.tensor([0.9, 0.8])),
                "from scratch": (torch.tensor([stem, fresh_moved]), torch.tensor([0.9, fresh_same]))}

    said = figures.two_lives(lives(0.3, 0.2, 0.1))
    assert "moved the stem by 80%" in said and "hardly redraws" in said and "distance is not meaning" in said
    said = figures.two_lives(lives(0.6, 0.2, 0.5))
    assert "hardly redraws" not in said and "distance is not meaning" not in said
