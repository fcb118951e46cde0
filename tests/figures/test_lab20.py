"""Lab 20's drawings, sentences and panel, driven without a browser; and a step that two processes really share."""

from __future__ import annotations

import inspect
import math

import pytest
import torch

from sslcourse import processes, results, training
from sslcourse.evaluation import isoflop_optimum
from sslcourse.figures import lab20 as figures
from sslcourse.figures import lab20_afford, lab20_measured, lab20_processes
from sslcourse.results.row import Row
from sslcourse.results.rules.scaling import Runs
from sslcourse.training import parallel

BUDGETS = (6e10, 1.8e11)


def caught(monkeypatch):
    found = []
    monkeypatch.setattr(figures.plots, "show", lambda figure, alt: found.append((figure, alt)))
    return found


def runs(a=0.5, bend=0.06, seeds=(0, 1)):
    rows = []
    for C in BUDGETS:
        best = 2e4 * (C / BUDGETS[0]) ** a
        for seed in seeds:
            rows += [(C, round(best * f), round(C / 6 / best / f), 2.5 + bend * math.log(f) ** 2 + 0.001 * seed, seed)
                     for f in (0.3, 0.6, 1.1, 2.0, 4.0)]
    return Runs(*(torch.tensor(column, dtype=torch.float64) for column in zip(*rows)))


def optima(found):
    return {C: tuple(float(x) for x in isoflop_optimum(found.N[found.C == C], found.loss[found.C == C])) for C in BUDGETS}


def test_the_cost_says_the_ratio_of_each_size(monkeypatch):
    found = caught(monkeypatch)
    figures.cost({6000: 1.3, 60_000: 1.1})
    assert "1.30 with 6,000 weights, 1.10 with 60,000 weights" in found[0][1]


def test_schedules_say_how_high_the_rate_is_at_the_end(monkeypatch):
    found = caught(monkeypatch)
    figures.schedules(training.warmup_cosine)
    assert "down to 0% at its end, the one for 4 budgets still at 86%" in found[0][1]


def test_valleys_have_a_star_where_a_floor_lies_inside(monkeypatch):
    found, every = caught(monkeypatch), runs()
    figures.valleys(every, optima(every), own=[(6e10, 20_000, 5e5, 2.5, 0)])
    axis = found[0][0].axes[0]
    stars = [line for line in axis.lines if line.get_marker() == "*"]
    assert [float(star.get_xdata()[0]) for star in stars] == pytest.approx([2e4, 2e4 * 3**0.5], rel=0.01)
    assert "60 billion operations: 2.59 with 6,000" in found[0][1] and "lowest near 20,000" in found[0][1]
    assert "this run" in [text.get_text() for text in axis.get_legend().get_texts()]


def test_valleys_without_a_floor_say_so(monkeypatch):
    found, hill = caught(monkeypatch), runs(bend=-0.06)
    figures.valleys(hill, optima(hill))
    assert found[0][1].count("no valley") == 2
    assert not [line for line in found[0][0].axes[0].lines if line.get_marker() == "*"]


def test_exponents_stand_beside_the_papers(monkeypatch):
    found = caught(monkeypatch)
    figures.exponents(runs(), isoflop_optimum, torch.tensor([[0.45, 0.55], [0.55, 0.45]]))
    assert "here: a = 0.50, b = 0.50" in found[0][1]
    assert "Kaplan et al.: a = 0.73, b = 0.27" in found[0][1] and "Hoffmann et al., 2: a = 0.49, b = 0.51" in found[0][1]
    figures.exponents(runs(bend=-0.06), isoflop_optimum, torch.full((1, 2), math.nan))
    found[1][0].canvas.draw()  # where a logarithmic axis without a point would fail
    assert "here: a = nan" in found[1][1] and found[1][0].axes[0].get_title("left") == "size, N_opt: no valley"


@pytest.mark.parametrize("exponents, said", [
    ([[0.49, 0.52], [0.51, 0.48], [0.50, 0.50]], "not ruled out"),
    ([[0.70, 0.30], [0.71, 0.29], [0.72, 0.28]], "into the size than into the data"),
    ([[0.30, 0.70], [0.31, 0.71], [0.29, 0.72]], "into the data than into the size"),
    ([[0.30, 0.70]], "one seed"),
    ([[math.nan, math.nan]], "no exponents to speak of"),
])
def test_the_sentence_on_exponents_is_chosen_by_them(exponents, said):
    assert said in figures.say_exponents(torch.tensor(exponents))


@pytest.mark.parametrize("ratios, said", [
    ({6000: 1.3, 400_000: 1.05}, "gets better as the network grows"),
    ({6000: 1.1, 400_000: 1.3}, "does not get better"),
    ({6000: 1.01, 400_000: 0.98}, "within 2% of the count"),
])
def test_the_sentence_on_the_rule_is_chosen_by_the_count(ratios, said):
    assert said in figures.say_rule(ratios)


def test_the_sentence_on_valleys_knows_what_lies_outside():
    every = runs()
    said = figures.say_valleys(every, {6e10: (2e4, 2.5), 1.8e11: (9e9, 2.1)}, on_file=True)
    assert "60 billion operations: 20,000 weights, 2.50 bits" in said and "180 billion operations: outside" in said
    assert "not on file yet" in figures.say_valleys(every, {6e10: (math.nan, math.nan)}, on_file=False)


def test_runs_of_this_session_count_until_the_course_has_some(monkeypatch):
    monkeypatch.setattr(results, "committed", list)
    found, on_file = figures.known([(6e10, 20_000, 500_000, 2.5, 0)])
    assert not on_file and found.N.tolist() == [20_000.0]
    row = Row("20_scaling", "GPT with 31,616 weights", "gutenberg", "6.0e+10 FLOPs", "bits per character", 2.4, 1, 300_000,
              None, "cpu", "a CPU", {})
    monkeypatch.setattr(results, "committed", lambda: [row])
    found, on_file = figures.known([])
    assert on_file and [float(column[0]) for column in found] == [6e10, 31_616, 300_000, 2.4, 1]


def test_sizes_are_compared_by_seeds_or_by_the_pages_of_one():
    by_seed = figures.sizes_compared(runs(), {}, 6e10)
    assert list(by_seed) == [figures.size(N) for N in (6000, 12000, 22000, 40000, 80000)]
    assert by_seed["6,000 weights"][0] > by_seed["6,000 weights"][1], "seed 0 has the lower loss, so the higher score"
    pages = {(6e10, 20_000, 0): torch.tensor([2.0, 3.0]), (1.8e11, 20_000, 0): torch.tensor([1.0, 1.0])}
    assert figures.sizes_compared(runs(seeds=(0,)), pages, 6e10) == {"20,000 weights": [-2.0, -3.0]}


def test_schedules_are_compared_by_seeds_on_file_or_by_pages(monkeypatch):
    monkeypatch.setattr(results, "committed", list)
    scores = figures.compared(torch.tensor([2.0, 2.2]), torch.tensor([2.5, 2.3]))
    assert scores[figures.ENDS] == pytest.approx([-2.0, -2.2]) and "2.100 bits" in figures.say_cosine(scores)
    assert "2 unread pages" in figures.say_cosine(scores)
    plain = [Row("20_scaling", "GPT with 9 weights", "gutenberg", protocol, "bits per character", value, seed, 5, None, "cpu",
                 "a CPU", {}) for seed in (0, 1)
             for protocol, value in (("1.8e+11 FLOPs", 2.0), ("1.8e+11 FLOPs, a cosine 4 times as long", 2.5))]
    monkeypatch.setattr(results, "committed", lambda: plain)
    scores = figures.compared(None, None)
    assert scores[figures.PLANNED] == [-2.5, -2.5] and "2 seeds" in figures.say_cosine(scores)


def test_the_calculator_knows_every_state_and_says_it():
    panel = figures.afford(rate=2e10)
    assert len(panel.states()) <= 80, "the page holds every state, so that it needs no kernel"
    panel.set(machine="a thousand", time="three months")
    C, N, D = panel.data
    assert pytest.approx(6 * N * D) == C and D == pytest.approx(20 * N) and C == pytest.approx(1e17 * 7_889_400)
    assert "trillion tokens" in panel.alt and panel.figure.axes[0].get_title("left").startswith("81 bill")
    panel.set(machine="this machine", time="an hour")
    assert panel.data[0] == pytest.approx(2e10 * 3600)
    assert lab20_afford.split(120.0) == (1.0, 20.0)


def test_gradients_that_agree_and_that_do_not(monkeypatch):
    found, gradient = caught(monkeypatch), torch.tensor([3.0, 4.0])
    one = {"agrees": (1.0, gradient), "differs": (1.0, gradient)}
    two = {"agrees": (1.0, gradient + 1e-6), "differs": (1.0, gradient.flip(0))}
    assert figures.same(one["agrees"], two["agrees"]) and not figures.same(one["differs"], two["differs"])
    assert not figures.same((1.0, gradient), (2.0, gradient)), "another loss"
    figures.gradients(one, two)
    assert "differs 0.3" in found[0][1]


def test_digits_are_lost_in_one_message(monkeypatch):
    found = caught(monkeypatch)

    def in_one(shares):
        x = torch.cat(shares)
        return x.mean(dim=0), x.square().mean(dim=0) - x.mean(dim=0) ** 2

    figures.digits(in_one, training.moments_of_shares, means=(0, 10_000))
    lines = {line.get_label(): line.get_ydata() for line in found[0][0].axes[0].lines}
    assert lines["two messages"][1] == pytest.approx(lines["two messages"][0], rel=0.05)
    assert abs(lines["one message"][1] - lines["one message"][0]) > 0.03


def share_of_the_rows(rows):
    share = parallel.my_share(torch.arange(rows))
    return processes.gather_rows(share).tolist(), len(share)


@pytest.mark.slow
def test_torchrun_starts_two_processes_with_the_function_s_own_source():
    assert figures.torchrun(share_of_the_rows, [4, 8]) == {4: ([0, 1, 2, 3], 2), 8: (list(range(8)), 4)}


@pytest.mark.slow
def test_a_process_that_fails_is_told_of(monkeypatch):
    monkeypatch.setattr(lab20_processes, "BEFORE", "import sys\nimport torch\n")
    with pytest.raises(RuntimeError, match="torchrun: .*"):
        figures.torchrun(share_of_the_rows, [4])


def test_every_public_drawing_is_documented():
    assert all(inspect.getdoc(getattr(figures, name)) for name in figures.__all__ if callable(getattr(figures, name)))
    assert lab20_measured.rounded(950) == "950"
