"""The panels and sentences of lab 02, driven by numbers made here: no network, no browser."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from sslcourse.figures import lab02 as figures


def some(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def test_the_noise_panel_shows_the_error_of_what_each_network_gives_back():
    photographs = some(3, 3, 8, 8)
    panel = figures.noise(photographs, {"perfect": lambda x: photographs, "nothing": lambda x: x})
    panel.set(noise="masking", amount=0.5)
    errors = {name: off for name, (_, off) in panel.data.items()}
    assert errors["perfect"] == 0 and errors["nothing"] == errors["what they see"] > 0
    assert "perfect 0" in panel.alt and "masking noise of 0.5" in panel.alt
    before = errors["nothing"]
    panel.set(noise="Gaussian", amount=0.8)
    assert panel.data["nothing"][1] != before and panel.figure.axes


def test_more_draws_are_nearer_and_the_panel_says_by_how_much():
    exact = some(6) + 1
    noise = torch.randn(64, 6, generator=torch.Generator().manual_seed(1))
    estimates = exact * (1 + 0.5 * noise)
    assert figures.off_by(estimates, exact, 64) < figures.off_by(estimates, exact, 1)
    panel = figures.draws(estimates, exact)
    assert [state["draws"] for state in panel.states()] == [1, 4, 16, 64]
    for state in panel.states():
        panel.set(**state)
        assert f"off by {figures.off_by(estimates, exact, state['draws']):.0%}" in panel.alt
        assert f"{figures.off_by(estimates, exact, state['draws']):.0%}" in panel.figure.axes[0].get_title(loc="left")


class Photographs(SimpleNamespace):
    def __len__(self):
        return len(self.labels)


def test_the_neighbours_panel_counts_those_of_the_own_class():
    queries = Photographs(images=some(4, 3, 8, 8), labels=torch.tensor([0, 1, 0, 1]), classes=("cat", "dog"))
    bank = Photographs(images=some(5, 3, 8, 8), labels=torch.tensor([0, 0, 1, 1, 1]), classes=("cat", "dog"))
    panel = figures.neighbours(queries, bank, {"pixels": torch.tensor([[0, 2], [2, 3], [0, 1], [0, 4]])})
    told = []
    for state in panel.states():
        panel.set(**state)
        told.append(panel.alt)
        assert panel.figure.axes
    assert ["pixels 1." in told[0], "pixels 2." in told[1], "pixels 2." in told[2], "pixels 1." in told[3]] == [True] * 4
    assert "(cat)" in told[0] and "(dog)" in told[1]


@pytest.mark.parametrize("accuracy, said", [
    ({"PCA": 0.4, "a": 0.3, "b": 0.2}, "yes"), ({"PCA": 0.4, "a": 0.2, "b": 0.3}, "no"),
    ({"PCA": 0.2, "a": 0.4, "b": 0.1}, "no"),
])
def test_what_is_said_of_copies_and_scores_follows_from_the_numbers(accuracy, said):
    sentence = figures.steadily({"b": 90.0, "PCA": 50.0, "a": 70.0}, accuracy, "kNN")
    assert sentence.startswith(f"kNN: {said}")
    assert said == "yes" or max(accuracy, key=accuracy.get) in sentence


def test_a_difference_of_less_than_a_point_is_none():
    accuracy = {"autoencoder": 0.44, "untrained encoder": 0.38, "PCA, 128-D": 0.436, "raw pixels": 0.30, "contractive": 0.37}
    plain, contractive = figures.compared(accuracy, ["autoencoder", "contractive"])
    assert "6.0 points above untrained encoder" in plain and "no difference to PCA, 128-D" in plain
    assert "7.0 points below autoencoder" in contractive and "7.0 points above raw pixels" in contractive
    assert "points above autoencoder" not in plain


def test_drawings_are_shown_with_a_text_that_holds_their_numbers(capsys, monkeypatch):
    texts = []
    monkeypatch.setattr(figures.plots, "show", lambda figure, alt: texts.append(alt))
    evaluations = [{"step": s, "angle 1": 80 / s, "angle 2": 90 / s, "error": 50 / s} for s in (1, 2, 4)]
    figures.angles(evaluations, 2, 9.0)
    figures.directions({"one": some(784, 2), "other": some(784, 2)}, 0.4)
    figures.copies(some(2, 3, 8, 8), {"PCA": lambda x: x}, {"PCA": 41.0}, 200.0)
    figures.over_noise([0.0, 0.5], {"plain": [1.0, 7.0]})
    figures.movement({"brighter": {"plain": 0.25, "contractive": 0.5}})
    score = {name: {"kNN": 0.3, "linear probe": 0.4} for name in ("raw pixels", "PCA", "plain")}
    figures.copies_and_scores({"PCA": 40.0, "plain": 60.0}, score)
    for text, words in zip(texts, ("22.5 degrees", "0.40", "PCA 41", "plain 7", "contractive 50%", "error 60"), strict=True):
        assert words in text
    assert capsys.readouterr().out.count("\n") == 2
