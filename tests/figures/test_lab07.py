"""Lab 07's drawings and sentences: every state of a panel is drawn, and what is said is what was measured."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from sslcourse import methods, results
from sslcourse.figures import lab07 as figures
from sslcourse.figures import lab07_words
from sslcourse.results import Row

ORDERS = methods.greedy_permutations(9, 8)
PHOTOS = torch.randint(0, 256, (4, 3, 32, 32), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)


def drawn(panel):
    return {tuple(state.values()): text for state, figure, text in panel.drawn()}


def test_tiles_are_laid_row_by_row_with_white_lines():
    tiles = torch.arange(9.0).view(1, 9, 1, 1, 1).expand(1, 9, 1, 4, 4) / 10
    picture = figures.lay(tiles, line=2, margin=3)
    assert picture.shape == (1, 1, 22, 22)
    assert torch.allclose(picture[0, 0, 4::6, 4::6], torch.arange(9.0).view(3, 3) / 10)
    assert bool((picture[0, 0, :3] == 1).all() and (picture[0, 0, 7:9] == 1).all() and (picture[0, 0, :, -3:] == 1).all())


def test_distances_are_hamming_s_and_every_state_is_drawn():
    table = torch.tensor([[0, 1, 2], [0, 2, 1], [1, 2, 0]])
    assert sorted(figures.pairwise(table).tolist()) == [2, 2, 3]
    texts = drawn(figures.distances({"far": ORDERS, "near": ORDERS.flip(0)}, sizes=(4, 8)))
    assert len(texts) == 4 and "among 4 orders chosen far: from " in texts["far", 4]


def test_the_panel_of_defences_asks_for_the_puzzles_that_its_controls_say():
    asked = []

    def make(images, gap, jitter, normalize=None):
        tiles, index = methods.cut_tiles(images, gap, jitter), torch.arange(len(images))
        return methods.shuffle_tiles(normalize(tiles) if normalize else tiles, ORDERS, index), index

    def solve(gap, jitter, normalize=None):
        asked.append((gap, jitter, normalize))
        return 0.25 if normalize else 0.75

    panel = figures.defences(PHOTOS, ORDERS, make, solve, methods.normalize_tiles)
    texts = drawn(panel)
    assert len(texts) == len(set(asked)) == 12 and (4, True, methods.normalize_tiles) in asked and (0, False, None) in asked
    assert "75% of the puzzles" in texts[0, "no jitter", "as they are"] and "25%" in texts[2, "jitter", "normalised"]
    panel.set(gap=0, jitter="no jitter", bright="as they are")
    straight = panel.data[1][0]
    assert torch.equal(straight, methods.cut_tiles(PHOTOS, 0, False)), "the tiles of the upper row lie in their places"


def test_figures_say_what_was_measured(shown):
    figures.puzzles(PHOTOS, methods.cut_tiles(PHOTOS, 0), methods.cut_tiles(PHOTOS, 0).flip(1))
    figures.borders({"tiles touch": 0.99, "and jitter": 0.5}, 64)
    figures.training({"jigsaw": [4.0, 3.0, 2.0], "jigsaw, shortcut open": [4.0, 2.0, 1.0]}, 64, window=1)
    figures.solved({"jigsaw": torch.tensor([True, False]), lab07_words.CLOSED_LATER: torch.tensor([False, False])}, 64)
    puzzles, borders, training, solved = shown
    assert puzzles.startswith("4 CIFAR-10 photographs") and "tiles touch: 99%. and jitter: 50%." in borders
    assert "with defences: from 4.00 to 2.00. shortcut open: from 4.00 to 1.00." in training
    assert "with defences: 50%. the same, its borders gone: 0%." in solved


def on_file(monkeypatch, **seeds):
    """The course's file holds these linear probes, {method: a value for each seed}."""
    some = Row("07_jigsaw", "some", "cifar10", "linear probe", "accuracy", 0.0, 0, 20_000, None, "cpu", "a test", {})
    rows = [dataclasses.replace(some, method=method, seed=seed, value=value)
            for method, values in seeds.items() for seed, value in enumerate(values)]
    monkeypatch.setattr(results, "committed", lambda machine: rows)
    monkeypatch.setattr("sslcourse.runtime.machine", lambda: "cpu")


NAMES = {"defences": "jigsaw", "normalised": "random, normalised", "halfway": "jigsaw, not normalised",
         "opened": "jigsaw, shortcut open", "random": "random network", "labels": "supervised"}


def file_of(monkeypatch, **changed):
    plain = dict(defences=[0.38, 0.37, 0.39], normalised=[0.33, 0.32, 0.33], halfway=[0.43, 0.44, 0.43],
                 opened=[0.40, 0.41, 0.40], random=[0.40, 0.39, 0.40], labels=[0.55, 0.56, 0.55])
    on_file(monkeypatch, **{NAMES[name]: values for name, values in (plain | changed).items()})


def test_gains_begin_at_a_network_s_own_untrained_self_and_take_what_is_missing_from_the_file(monkeypatch):
    file_of(monkeypatch)
    measured = {name: {"linear probe": value}
                for name, value in {"jigsaw": 0.50, "random, normalised": 0.25, "raw pixels": 0.3}.items()}
    texts = drawn(figures.gains(measured))
    probe = texts["a linear probe, all labels",]
    assert "with defences 25% and 50%" in probe and "gap and jitter alone 40% and 43%" in probe and "raw pixels 30%" in probe
    assert len(texts) == 4
    assert not any("with defences" in text for protocol, text in texts.items() if protocol != ("a linear probe, all labels",))


def test_what_training_is_worth_is_chosen_by_the_seeds_on_file(monkeypatch):
    file_of(monkeypatch)
    said = lab07_words.what_it_is_worth()
    assert "3 seeds" in said and "added +5.3 points to the network with defences" in said
    assert "without a shortcut have taught more" in said and "made better features" in said
    assert "a price of its own" in said and "The labels, in a few seconds, teach" in said
    file_of(monkeypatch, opened=[0.48, 0.47, 0.48], random=[0.33, 0.32, 0.34], labels=[0.30, 0.31, 0.30])
    said = lab07_words.what_it_is_worth()
    assert "with the shortcut have taught more" in said and "made worse features" in said
    assert "costs it nothing" in said and "The labels, in" not in said
    file_of(monkeypatch, opened=[0.40, 0.47, 0.42])
    assert "can't tell from none" in lab07_words.what_it_is_worth()
    on_file(monkeypatch, jigsaw=[0.4, 0.5])
    assert "has not measured" in lab07_words.what_it_is_worth()


@pytest.mark.parametrize("touch, option", [(0.1, "less than 20%"), (0.5, "20% to 70%"), (0.99, "more than 70%")])
def test_what_borders_give_away_is_answered_by_the_share(touch, option):
    shares = {"tiles touch": touch, "gap": touch - 0.02, "and jitter": touch - 0.05, "and normalised": 0.0, "a bug": 0.9}
    came, because = figures.edges(shares, 64)
    assert came == option and f"Measured: {touch:.0%}" in because and "defences 0%" in because
    assert ("“and normalised”" in because) == (touch > 0.07)


@pytest.mark.parametrize("own, option", [(1, "less than 10%"), (4, "10% to 25%"), (9, "more than 25%")])
def test_how_many_puzzles_are_solved_is_answered_by_the_share(own, option):
    def hits(count):
        return torch.arange(20) < count

    right = {"jigsaw": hits(own), "jigsaw, shortcut open": hits(16), lab07_words.CLOSED_LATER: hits(4)}
    came, because = figures.pretext(right, 0.99, 64)
    assert came == option and "80% of its own, and 20%" in because and "it loses 75%" in because
    right[lab07_words.CLOSED_LATER] = hits(18)
    assert "it loses nothing" in figures.pretext(right, 0.99, 64)[1]


def test_whose_features_are_better_is_decided_photograph_by_photograph():
    solved = {"jigsaw": torch.ones(4).bool(), "jigsaw, shortcut open": torch.zeros(4).bool()}
    some = torch.arange(400) % 3 == 0
    right = {name: {"linear probe": some} for name in NAMES.values()}
    right["raw pixels"] = {"linear probe, 100 labels": some}
    assert figures.better(right, solved)[0] == "no difference that this can see"
    right["jigsaw"] = {"linear probe": torch.arange(400) % 3 < 2}
    came, because = figures.better(right, solved)
    assert came == "the one with defences" and "solved 100% and 0%" in because
