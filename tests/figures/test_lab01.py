"""Lab 01's drawings and sentences, without a browser, on generated points."""

from __future__ import annotations

import math
import types

import numpy as np
import pytest
import torch

from sslcourse import methods, plots, results
from sslcourse.figures import lab01 as figures


def cloud(n, d=2, seed=0):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed))


def images(n=24, size=8, channels=1):
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (n, channels, size, size), dtype=torch.uint8, generator=generator)
    return types.SimpleNamespace(images=pixels, labels=torch.arange(n) % 3, classes=["zero", "one", "two"])


def drawn(panel):
    assert len(plots.to_png(panel.figure, dpi=20)) > 500
    return panel.alt


def test_examples_name_their_set(shown):
    figures.examples({"mnist": images()})
    assert "mnist" in shown[0]


def test_scree_counts_the_directions_for_ninety_per_cent(shown):
    share = {"mnist": torch.tensor([0.5, 0.89, 0.9, 1.0]), "cifar10": torch.tensor([0.95, 1.0])}
    assert figures.scree(share) == {"mnist": 3, "cifar10": 1} and "3 for mnist" in shown[0]


def test_copies_say_what_is_kept():
    part = images()
    panel = figures.copies({"mnist": part}, lambda name, k: (part.images.flatten(1).float() / 255, k / 400))
    panel.set(k=200)
    assert "rebuilt from 200 numbers" in drawn(panel) and "mnist 50%" in panel.alt


def test_felt_goes_from_few_to_many(shown):
    figures.felt(torch.linspace(1, 3, 5), torch.tensor([1.0, 3, 9, 30, 80]), 99)
    assert "from about 1 to about 80" in shown[0]


def test_divergence_is_that_of_a_plain_loop():
    P = methods.joint_probabilities(torch.cdist(cloud(9, 4), cloud(9, 4)).square().double(), 3.0)
    Q = methods.student_t(cloud(9, seed=1).double())
    wanted = sum(float(p) * math.log(float(p) / float(q)) for p, q in zip(P.flatten(), Q.flatten()) if p > 0)
    assert figures.divergence(P, Q) == pytest.approx(wanted)
    assert figures.divergence(P, P) == pytest.approx(0)


def test_same_digit_looks_at_the_nearest_other_dots():
    places = torch.cat([cloud(12), cloud(12, seed=1) + 100])
    labels = torch.arange(24) // 12
    assert figures.same_digit(places, labels) == 1
    assert figures.same_digit(places, torch.arange(24)) == 0, "a dot is no neighbor of itself"


def test_own_tsne_is_played_from_the_first_step_to_the_last():
    part = images()
    labels = torch.arange(24) // 12
    seen = {0: (cloud(24), 3.0), 10: (torch.cat([cloud(12), cloud(12, seed=1) + 100]), 1.25)}
    panel = figures.own_tsne(seen, labels, part.classes)
    assert panel.play == "step" and panel.live is False
    assert "after 10 steps: the divergence is 1.25" in drawn(panel) and "100%" in panel.alt
    panel.set(step=0)
    assert "after 0 steps: the divergence is 3.00" in drawn(panel)


def test_a_panel_of_maps_has_one_for_each_position():
    part = images()
    panel = figures.panel_of_maps("Maps", {"width": [1, 5]}, lambda width: [width * cloud(24)], part, lambda fit: fit[0])
    panel.set(width=5)
    assert torch.equal(panel.data[0], 5 * cloud(24)) and "24 images" in drawn(panel) and "width 5" in panel.alt


def test_known_clouds_and_how_wide_they_come_out():
    panel = figures.clouds(lambda points, method, neighbors: np.asarray(points)[:, :2] * 3)
    wider, farther = figures.truth_sizes(panel)
    assert wider["data"] > 5 and wider["map"] == pytest.approx(wider["data"], rel=0.4), "a map that keeps all distances"
    assert farther["data"] > 2 and farther["map"] > 2
    assert panel.state["cloud"] == "two widths" and "two widths" in drawn(panel)


def test_newcomers_get_a_star_on_each_map():
    part = images()
    panel = figures.newcomers({"a new digit": part.images[:1], "upside down": part.images[:1].flip(2)},
                              lambda image: {"PCA": torch.zeros(1, 2), "UMAP": np.ones((1, 2))},
                              {"PCA": cloud(24), "UMAP": cloud(24, seed=1)}, part)
    panel.set(newcomer="upside down")
    assert drawn(panel).startswith("upside down") and "PCA and UMAP" in panel.alt


def test_a_turned_map_has_not_moved(shown, capsys):
    first = cloud(24).double().numpy()
    turn = np.array([[0.0, -1.0], [1.0, 0.0]])
    others = {"turned": 3 * first @ turn + 5, "another": cloud(24, seed=9).double().numpy()}
    moved = figures.moved_dots(first, others, images())
    assert moved["turned"] == pytest.approx(0, abs=1e-9) and moved["another"] > 0.1
    assert "turned: half of the old dots moved by more than 0%" in capsys.readouterr().out and "turned 0%" in shown[0]


def test_what_is_kept_and_printed(shown, monkeypatch, capsys):
    kept = []
    monkeypatch.setattr(results, "record", lambda **row: kept.append(row))
    found = {"accuracy": np.float64(0.5), "trustworthiness": 0.9, "neighbours kept": 0.25}
    figures.measured("mnist", "PCA, 2-D", found, 9)
    assert [(row["metric"], row["value"], row["size"]) for row in kept] == [
        ("accuracy", 0.5, 9), ("trustworthiness", 0.9, 9), ("neighbours kept", 0.25, 9)]
    figures.table({"mnist": {"PCA, 2-D": found}})
    figures.maps_of_photos({"PCA": cloud(24)}, images())
    assert "50.0%" in capsys.readouterr().out and "PCA: maps of CIFAR-10" in shown[0]
