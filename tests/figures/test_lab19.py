"""Lab 19's drawings, driven without a browser, on a bench that was made up."""

from __future__ import annotations

import pytest
import torch

from sslcourse import evaluation, results
from sslcourse.bench import Cell
from sslcourse.figures import lab19 as figures
from sslcourse.figures import lab19_columns, lab19_live, lab19_winners
from sslcourse.results import cells

METHODS = ("untrained", "supervised", "SimCLR", "rotation", "BYOL", "MAE", "VICReg")


def number(method, network, task, seed):
    """SimCLR is best on all tasks but one, in both networks; rotation knows what was done."""
    rank = METHODS.index(method)
    base = 0.9 - 0.05 * rank if method != "untrained" else 0.2
    return (0.95 if (method, task) == ("rotation", "changes") else base) + 0.001 * seed - (0.1 if network == "ViT" else 0)


@pytest.fixture
def made_up(monkeypatch):
    def make(seeds=3, methods=METHODS):
        found = []
        for method in methods:
            for network in ("ResNet", "ViT"):
                for seed in range(seeds):
                    scores = {task: {**{ruler: number(method, network, task, seed) for ruler in figures.RULERS},
                                     "calibration, linear probe": 0.0004} for task in figures.TASKS}
                    scores["cifar10"] |= {"fine-tuned": 0.5, "RankMe": 9.0}
                    found.append(Cell("cifar10", "short", seed, method, network, 9, 9, 9, 1.0, scores, "a CPU", {}, ""))
        monkeypatch.setattr(cells, "rows", lambda machine=None: cells._rows_of(tuple(found), "cpu"))

    make()
    return make


@pytest.fixture
def caught(monkeypatch):
    found = []
    monkeypatch.setattr(lab19_winners.plots, "show", lambda figure, alt: found.append(alt))
    return found


def test_the_tasks_are_those_of_the_bench():
    assert set(figures.TASKS) == set(cells.TESTED)


def test_columns_stand_beside_each_other_by_method_and_seed(made_up):
    methods, (a, b) = figures.beside(figures.place(), figures.place("ViT"))
    assert set(methods) == set(METHODS) and a.shape == b.shape == (7, 3)
    row = methods.index("SimCLR")
    assert a[row].tolist() == pytest.approx([0.8, 0.801, 0.802]) and torch.allclose(a - b, torch.full_like(a, 0.1).double())
    assert figures.beside(figures.place(), figures.place(budget="long"))[0] == []


def test_a_network_is_compared_with_itself_where_two_seeds_are_on_file(made_up):
    found = figures.pairs()
    assert list(found)[0] == "a seed and the next" and "short and long budget" not in found
    assert found["a seed and the next"][1].shape == (7, 2)
    made_up(seeds=1)
    assert "a seed and the next" not in figures.pairs() and "ResNet and ViT" in figures.pairs()


def test_the_table_is_sorted_and_says_every_number(made_up):
    panel = figures.table()
    panel.set(sorted_by="what was done")
    methods, scores = panel.data
    assert methods[0] == "rotation" and scores[0, 4] == pytest.approx(0.951)
    said = panel._alt(panel.data, **panel.state)
    assert "rotation: 75.1%" in said and "sorted by what was done" in said
    assert panel._draw(panel.data).axes[0].get_yticklabels()[1].get_text() == "supervised *"
    panel.set(sorted_by=figures.table().controls["sorted_by"][0])
    assert panel.data[0][0] in ("supervised", "SimCLR") and panel.data[0][-1] == "untrained"


def test_an_empty_bench_is_said_to_be_empty(monkeypatch):
    monkeypatch.setattr(cells, "rows", lambda machine=None: [])
    panel = figures.table()
    assert "Nothing is on file yet" in panel._alt(panel.data, **panel.state) and panel._draw(panel.data).axes
    assert figures.pairs() == {}


def test_a_comparison_has_the_student_s_tau_above_it(made_up):
    panel = figures.scatter(lambda a, b: torch.tensor(0.25))
    panel.set(compare="ResNet and ViT")
    assert panel._draw(panel.data).axes[0].get_title(loc="left") == "ResNet and ViT: τ = 0.25"
    assert "Kendall's τ 0.25" in panel._alt(panel.data, **panel.state)


def test_orders_say_their_numbers_and_which_are_more_than_chance(monkeypatch, capsys):
    said = []
    monkeypatch.setattr(figures.plots, "show", lambda figure, alt: said.append(alt))
    found = {"one": (0.9, 0.95, (0.8, 1.0), 20), "two": (0.1, 0.1, (-0.3, 0.4), 18)}
    figures.orders(found)
    assert "one (20): τ 0.90, 95% 0.80 to 1.00, ρ 0.95" in said[0]
    figures.order_words(found)
    told = capsys.readouterr().out
    assert "more than by chance: one." in told and "intervals apart: two" in told and "needs two seeds" in told


def test_regret_is_drawn_and_told(made_up, caught, capsys):
    methods, scores = figures.stacked("ResNet")
    assert "supervised" not in methods and scores.shape == (5, 5)
    regret = evaluation.largest_regret(scores)
    figures.winners(methods, scores, regret)
    assert "SimCLR: CIFAR-10 0.0" in caught[0] and "what was done 15.0" in caught[0]
    assert figures.winner_words(methods, scores, regret) == 2
    assert "what was done rotation" in capsys.readouterr().out


def test_who_is_ahead_of_the_supervised_network_is_counted(made_up, caught, capsys):
    figures.supervised()
    told = capsys.readouterr().out
    assert "ResNet, CIFAR-10: 0 of 5 ahead, best SimCLR -5.0" in told
    assert "ViT, what was done: 1 of 5 ahead, best rotation +10.0" in told and "ViT, what was done" in caught[0]


def test_calibration_is_the_root_of_the_squared_error(made_up, caught):
    figures.calibration()
    assert "ResNet, supervised: 2.0 points" in caught[0] and "ViT, self-supervised: 2.0 points" in caught[0]


def test_what_this_run_measured_is_recorded_and_shown(made_up, monkeypatch):
    kept = []
    monkeypatch.setattr(results, "record", lambda **row: kept.append(row))
    scores = {task: {"linear probe": 0.5, "RankMe": 3.0} for task in figures.TASKS} | {
        "cifar10": {"linear probe": 0.25, "fine-tuned": 0.5}}
    cell = figures.recorded(Cell("cifar10", "live", 0, "mine", "ResNet", 7, 896, 5, 1.0, scores), "live")
    assert len(kept) == 6 and kept[0]["protocol"] == "linear probe, ResNet, live" and cell.steps == 7
    shown = lab19_live.live_table([cell])
    assert shown.rows == [["mine", "ResNet", "7", "25.0%", "50.0%", "50.0%", "50.0%", "50.0%", "50.0%"]]
    assert lab19_columns.NETWORKS == figures.NETWORKS
