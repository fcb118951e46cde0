"""Rank correlations against scipy, an interval that holds the truth as often as it says, and regret by hand."""

from __future__ import annotations

import math

import pytest
import scipy.stats
import torch

from sslcourse.evaluation import bootstrap_interval, kendall_tau, largest_regret, spearman


def drawn(n: int, seed: int, ties: bool) -> tuple[torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(seed)
    a = torch.randn(n, generator=draw)
    b = 0.6 * a + torch.randn(n, generator=draw)
    return ((2 * a).round(), (2 * b).round()) if ties else (a, b)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("n", [2, 3, 7, 40])
def test_both_agree_with_scipy(n, ties):
    for seed in range(5):
        a, b = drawn(n, seed, ties)
        if len(a.unique()) > 1 and len(b.unique()) > 1:
            assert spearman(a, b).item() == pytest.approx(scipy.stats.spearmanr(a, b).statistic, abs=1e-6)
            assert kendall_tau(a, b).item() == pytest.approx(scipy.stats.kendalltau(a, b).statistic, abs=1e-6)


@pytest.mark.parametrize("correlation", [spearman, kendall_tau])
def test_the_scale_says_nothing_and_the_order_everything(correlation):
    a, b = drawn(12, 0, False)
    assert correlation(a.exp(), 100 * b).item() == pytest.approx(correlation(a, b).item())
    assert correlation(a, a).item() == pytest.approx(1) and correlation(a, -a).item() == pytest.approx(-1)
    assert math.isnan(correlation(a, torch.ones(12)).item())


def test_the_interval_holds_most_rounds_and_is_the_same_for_one_seed():
    a = torch.stack([drawn(20, seed, False)[0] for seed in range(3)], dim=1)
    b = a + 0.5 * torch.randn(20, 3, generator=torch.Generator().manual_seed(9))
    low, high = bootstrap_interval(kendall_tau, a, b, rounds=300)
    assert -1 <= low < kendall_tau(a.mean(dim=1), b.mean(dim=1)) < high <= 1
    assert torch.equal(bootstrap_interval(kendall_tau, a, b, rounds=300), torch.stack([low, high]))
    wide = bootstrap_interval(kendall_tau, a, b, rounds=300, level=0.99)
    assert wide[0] <= low and wide[1] >= high


def test_what_belongs_together_stays_together():
    a = torch.randn(9, 4, generator=torch.Generator().manual_seed(0))
    assert bootstrap_interval(spearman, a, a, rounds=60).tolist() == pytest.approx([1, 1])
    alike = a[:, :1].expand(9, 4) + torch.arange(4.0)                # seeds alike in every method: only the methods matter
    seen = []
    bootstrap_interval(lambda x, y: seen.append(float(y.mean() - x.mean())) or torch.tensor(0.0), alike, alike + 2, rounds=40)
    assert seen == pytest.approx([2.0] * len(seen))


def test_a_draw_of_two_methods_is_left_out():
    counts = []
    a = torch.rand(3, 2, generator=torch.Generator().manual_seed(0))
    bootstrap_interval(lambda x, y: counts.append(len(x.unique())) or torch.tensor(0.0), a, a, rounds=200, level=0.5)
    assert 0 < len(counts) < 200 and set(counts) == {3}


def test_regret_is_zero_for_the_best_everywhere_and_large_for_a_specialist():
    scores = torch.tensor([[0.9, 0.8, 0.7], [0.5, 0.8, 0.1], [0.9, 0.1, 0.7]])
    assert largest_regret(scores).tolist() == pytest.approx([0, 0.6, 0.7])


def test_regret_is_a_plain_loop_s():
    scores = torch.rand(5, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    slow = [max(max(float(scores[other, t]) for other in range(5)) - float(scores[m, t]) for t in range(4)) for m in range(5)]
    assert largest_regret(scores).tolist() == pytest.approx(slow)
