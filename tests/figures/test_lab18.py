"""Lab 18's drawings, driven without a browser, on small things."""

from __future__ import annotations

import pytest
import torch

from sslcourse import data, methods, results
from sslcourse.figures import lab18 as figures
from sslcourse.figures import lab18_browser, lab18_measured, lab18_steering, lab18_toy


@pytest.fixture(scope="module")
def shown():
    return data.shapes(240, size=16, seed=0)


def caught(monkeypatch):
    found = []
    monkeypatch.setattr(figures.plots, "show", lambda figure, alt: found.append((figure, alt)))
    return found


def code(n, k, seed=0):
    return torch.randn(n, k, generator=torch.Generator().manual_seed(seed)).relu()


def looks(images, j):
    return torch.ones(len(images), 4, 4) * (j + 1)


def test_atoms_and_top_images_say_what_they_show(monkeypatch, shown):
    found = caught(monkeypatch)
    figures.atoms(methods.PatchDictionary(16, patch_size=4).fit(shown.images))
    assert "16 small patches of 4 × 4" in found[0][1]
    figures.top_images(shown, {"class two": (shown.labels == 2).float()}, count=3)
    assert f"class two: 3 {shown.classes[2]}" in found[1][1]


def test_dead_units_say_how_many_are_left(monkeypatch):
    found = caught(monkeypatch)
    figures.dead_units({"alone": [{"step": 1, "dead": 9.0}, {"step": 2, "dead": 7.0}]}, 64)
    assert "alone: 7 at the end" in found[0][1] and "of 64" in found[0][1]


def test_the_curve_is_drawn_from_what_was_measured_or_from_the_file(monkeypatch):
    found, points = caught(monkeypatch), {kind: [(8.0, 0.4), (32.0, 0.2)] for kind in lab18_measured.KINDS}
    monkeypatch.setattr(figures, "on_file", dict)
    figures.pareto(points, [(4, 0.5), (64, 0.1)])
    assert "TopK: 40% with 8, 20% with 32" in found[0][1] and "PCA: 50% with 4" in found[0][1]
    monkeypatch.setattr(figures, "on_file", lambda: {kind: [(8.0, 0.3)] for kind in points})
    figures.pareto(points, [(4, 0.5), (64, 0.1)])
    assert "TopK: 30% with 8" in found[1][1]


def test_pca_s_line_is_its_reconstruction_error():
    X = torch.randn(200, 10, generator=torch.Generator().manual_seed(0)) * torch.arange(1, 11)
    X = X - X.mean(dim=0)
    mean, components, _ = methods.pca(X, 3)
    wanted = (X - methods.reconstruct(X, mean, components)).square().sum() / X.square().sum()
    (n, left), = figures.pca_line(X, X, sizes=[3])
    assert n == 3 and left == pytest.approx(float(wanted), abs=1e-5)


@pytest.mark.parametrize("l1, nested, said", [
    (0.30, 0.21, ("TopK is ahead of L1", "nested dictionary costs 2.0 points beside BatchTopK", "nested k costs nothing")),
    (0.10, 0.19, ("L1 is ahead", "costs nothing")),
    (0.20, 0.19, ("no difference", "costs nothing")),
])
def test_the_sentence_on_the_curves_is_chosen_by_the_numbers(monkeypatch, l1, nested, said):
    monkeypatch.setattr(lab18_measured, "on_file", dict)
    flat = {"L1": l1, "TopK": 0.20, "BatchTopK": 0.19, "nested k": 0.20, "nested dictionary": nested}
    text = figures.say_pareto({kind: [(8.0, left), (32.0, left)] for kind, left in flat.items()})
    assert all(part in text for part in said), text


def test_a_curve_is_read_between_its_points_and_not_outside():
    assert lab18_measured.at([(4, 0.4), (16, 0.2)], 8) == pytest.approx(0.3)
    assert lab18_measured.at([(4, 0.4), (16, 0.2)], 32) is None


@pytest.mark.parametrize("neuron, said", [(0.80, "nothing special"), (0.85, "best neuron is ahead"), (0.7, "best random")])
def test_the_sentence_on_neurons_is_chosen_by_the_numbers(neuron, said):
    scores = {"a random direction": torch.tensor([0.8, 0.8]), "a neuron": torch.tensor([neuron, neuron])}
    text = figures.say_purity(scores)
    assert said in text and f"a neuron {neuron:.3f}" in text


def test_what_is_recorded_comes_back(monkeypatch):
    rows = []
    monkeypatch.setattr(results, "record", lambda **row: rows.append(row))
    assert figures.recorded("L1", 8, 1, 100, 7.5, 0.4) == (7.5, 0.4)
    figures.recorded_purity("a neuron", torch.tensor([0.6, 0.8]), 100)
    figures.recorded_silence({"plain": 0.4})
    assert [row["value"] for row in rows] == pytest.approx([7.5, 0.4, 0.7, 0.4])


def test_the_best_unit_is_chosen_in_training_and_may_be_low_if_it_has_two_sides():
    train, test = torch.tensor([[0.7, 0.5], [0.1, 0.6]]), torch.tensor([[0.6, 0.5], [0.2, 0.9]])
    unit, score = figures.best_units(train, test, two_sided=False)
    assert unit.tolist() == [0, 1] and score.tolist() == pytest.approx([0.6, 0.9])
    unit, score = figures.best_units(train, test, two_sided=True)
    assert score.tolist() == pytest.approx([0.8, 0.9])                      # 1 − 0.2: the second one, upside down


def test_purity_says_the_means(monkeypatch):
    found = caught(monkeypatch)
    figures.purity({"a neuron": torch.tensor([0.6, 0.8]), "a latent": torch.tensor([0.9, 0.7])}, ["cat", "ship"])
    assert "a neuron: mean 0.700, best for ship" in found[0][1] and "a latent: mean 0.800, best for cat" in found[0][1]


def test_a_name_is_what_is_more_frequent_among_the_top_images(shown):
    words = figures.keywords(shown)
    assert words[shown.classes[0]].sum() == (shown.labels == 0).sum() and {"dark", "blue"} <= set(words)
    fires_for_one = (shown.labels == 1).float() + torch.linspace(0, 0.1, len(shown.labels))
    assert lab18_browser.name_of(fires_for_one, {"one": shown.labels == 1, "two": shown.labels == 2}) == "one 100%"
    assert lab18_browser.name_of(torch.rand(240), {"all": torch.ones(240)}) == "no word for it"


def test_where_a_latent_looks_stays_bright_and_the_rest_gets_dark():
    where = torch.zeros(1, 4, 4)
    where[0, 0, 0] = 2.0
    seen = figures.shown_where(torch.full((1, 3, 16, 16), 255, dtype=torch.uint8), where)
    assert float(seen[0, 0, 0, 0]) == pytest.approx(1.0) and float(seen[0, 0, -1, -1]) == pytest.approx(0.2)


def test_the_browser_turns_pages(shown):
    fires = code(240, 6)
    fires[:, 3] = (shown.labels == 1).float()                               # the purest
    panel = figures.browser(shown, {"TopK": (fires, looks)}, ranks=[1, 4, 50])
    assert panel.data["latent"] == 3 and shown.classes[1] in panel.data["name"]
    assert panel.data["classes"][1] == 1 and len(panel.figure.axes) == 2 and "100% of them" in panel.alt
    panel.set(rank=50)                                                      # there are six: the last one is shown
    assert panel.data["latent"] != 3 and panel.figure.axes


def test_steering_counts_what_changes(shown):
    before = shown.labels.clone()

    def steered(target, gain):
        return torch.where(before == 1, 2, before) if gain == 0 else before

    panel = figures.steering(shown, before, steered, {shown.classes[1]: 7}, gains=[0.0, 2.0])
    n = int((before == 1).sum())
    assert len(panel.data["changed"]) == n and f"{n} predictions change" in panel.alt and len(panel.figure.axes) == 2
    assert f"from {n} to 0" in panel.alt and f"gains most is {shown.classes[2]}" in panel.alt
    panel.set(gain=2.0)
    assert len(panel.data["changed"]) == 0 and panel.figure.axes
    assert lab18_steering.SHOWN == 8


def test_atoms_are_matched_one_to_one_and_the_picture_says_how_well(monkeypatch):
    true, order = torch.eye(6)[:4], torch.tensor([2, 0, 3, 1])
    learned = true[order]
    assert torch.equal(learned[figures.match(true, learned)], true)
    found = caught(monkeypatch)
    figures.toy_atoms(true, list("abcd"), {"right": learned, "wrong": learned + true.roll(1, 0)[order]})
    assert "right: cosines with the right direction from 1.00 to 1.00, the largest with another 0.00" in found[0][1]
    assert "wrong: cosines with the right direction from 0.71" in found[0][1]


def test_splitting_shows_the_nearest_of_the_large_dictionary(shown):
    atoms = torch.eye(5)
    panel = figures.split(shown, (code(240, 3), atoms[:3]), (code(240, 5, seed=1), atoms), parents=[1, 2])
    rows = list(panel.data)
    assert len(rows) == 5 and rows[0].startswith("3 latents") and "cosine 1.00" in rows[1] and "cosine 0.00" in rows[2]
    panel.set(parent="latent 2")
    assert "latent 2" in panel.alt and panel.figure.axes and lab18_toy.SHOWN == 12
