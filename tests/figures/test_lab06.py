"""Lab 06's drawings and sentences: every state of a panel is drawn, and what is said is what was measured."""

from __future__ import annotations

import re

import pytest
import torch

from sslcourse import data, methods
from sslcourse.figures import lab06 as figures
from sslcourse.figures.lab06 import swatch, undecided_place

BINS = methods.ab_bins(20)


@pytest.fixture(scope="module")
def photos():
    return data.shapes(2, seed=0).images


def some_ab(n, seed=0):
    return torch.randn(n, 2, 16, 16, generator=torch.Generator().manual_seed(seed)) * 20


def test_a_swatch_shows_the_color_that_was_asked_for():
    ab = torch.tensor([[0.0, 0.0], [40.0, 20.0]])
    back = methods.rgb_to_lab(torch.tensor(swatch(ab, 60)).reshape(-1, 3, 1, 1))[:, :, 0, 0]
    torch.testing.assert_close(back, torch.tensor([[60.0, 0, 0], [60, 40, 20]]), atol=0.5, rtol=0)


@pytest.mark.slow
def test_each_figure_is_shown_with_its_text(photos, shown, capsys):
    ab = some_ab(2)
    figures.taken_apart(photos, ab)
    figures.bins_in_use(BINS, torch.full((len(BINS),), 1 / len(BINS)), near_gray=0.25)
    figures.there_and_back(photos, ab, {"moved": ab + torch.tensor([3.0, 4.0])[:, None, None], "the same": ab})
    assert capsys.readouterr().out == "moved: colors move by 5.0 on average, the same: colors move by 0.0 on average\n"
    figures.annealing(BINS[:2], torch.tensor([0.6, 0.4]), {1.0: BINS[0], 0.1: BINS[1]})
    figures.failures(photos, ab, far=31.2, usual=12.0)
    figures.explained_by_class({"ship": 0.1, "frog": 0.4})
    figures.features({"a": {"kNN": 0.4, "linear probe": 0.5}, "b": {"kNN": 0.3, "linear probe": 0.2}})
    assert len(shown) == 7 and all(len(text) > 40 for text in shown)
    assert "25%" in shown[1] and "31 from gray" in shown[4]
    assert shown[5].index("frog 40%") < shown[5].index("ship 10%")


def test_the_gallery_hands_on_temperature_and_balance_and_paints_every_state(photos):
    asked = []

    def colors_of(temperature, lam):
        asked.append((temperature, lam))
        return some_ab(2) * temperature

    panel = figures.gallery(photos, some_ab(2, 1), colors_of, {"no rebalancing": None, "λ = 0.5": 0.5}, (0.5, 0.6))
    for temperature in (0.5, 0.6):
        for rare in ("no rebalancing", "λ = 0.5"):
            panel.set(temperature=temperature, rare=rare)
            assert panel.figure is not None and f"T = {temperature}, {rare}" in panel.alt
    assert set(asked) >= {(0.5, None), (0.5, 0.5), (0.6, None), (0.6, 0.5)}


def test_the_panel_of_one_pixel_opens_where_blue_and_yellow_are_both_likely(photos):
    chances = torch.full((2, len(BINS), 16, 16), 1e-4)
    blue, yellow = int(BINS[:, 1].argmin()), int(BINS[:, 1].argmax())
    chances[1, [blue, yellow], 3, 5] = 0.4
    assert undecided_place(chances, BINS) == (1, 3, 5)
    panel = figures.one_pixel(photos, ["a", "b"], BINS, chances, {"the truth": some_ab(2), "squared error": some_ab(2, 1)})
    assert panel.state == {"photo": "1: b", "across": 5, "down": 3}
    assert "likeliest bin has 40%" in panel.alt and "1 answers" in panel.alt
    panel.set(photo="0: a", across=0, down=15)
    assert "(0, 15)" in panel.alt and panel.figure is not None


def measured(**changed):
    ways = ["grey", "constant colour", "squared error"]
    ways += [f"bins, T = {T:g}{lam}" for T in (0.05, 0.38, 1.0) for lam in ("", ", λ = 0.5")]
    colors = {way: {"chroma error": 15.0, "vividness": 0.5} for way in ways}
    for way, found in changed.items():
        colors[way.replace("_", " ")] = found
    return colors


def test_the_tradeoff_is_drawn_over_the_temperature(shown):
    colors = measured() | {"bins, T = 0.05": {"chroma error": 17.0, "vividness": 0.25}}
    figures.tradeoff(colors, [0.05, 0.38, 1.0])
    assert "25% at T = 0.05" in shown[0] and "50% at T = 1" in shown[0]


@pytest.mark.parametrize("share, option", [
    (0.2, "less than a third"), (0.5, "a third to two thirds"), (0.9, "more than two thirds")])
def test_how_vivid_is_decided_by_the_share(share, option):
    came, because = figures.vivid(measured(squared_error={"chroma error": 15.0, "vividness": share}))
    assert came == option and f"It painted {share:.0%}" in because


def test_the_smallest_error_is_decided_image_by_image():
    noise = torch.randn(200, generator=torch.Generator().manual_seed(0)).square()
    squares = {"grey": noise + 2, "squared error": noise, "bins, T = 0.38": noise + 1, "bins, T = 0.05": noise + 3}
    assert figures.smallest_error(measured(), squares)[0] == "squared error"
    squares["bins, T = 0.38"] = noise.flip(0)
    assert figures.smallest_error(measured(), squares)[0] == "no difference that this can see"


def test_the_price_of_balance_is_said_as_it_is():
    gray = {"grey": {"chroma error": 19.3, "vividness": 0.0}}
    bold = {"bins, T = 0.38, λ = 0.5": {"chroma error": 21.6, "vividness": 1.2}}
    text = figures.price_of_balance(measured() | gray | bold)
    assert "That is more than" in text and "overshoot" in text and "19.3" in text
    mild = {"bins, T = 0.38, λ = 0.5": {"chroma error": 16.0, "vividness": 0.8}}
    text = figures.price_of_balance(measured() | gray | mild)
    assert "That is less than" in text and "overshoot" not in text


@pytest.mark.parametrize("gray, color, option", [
    (0.30, 0.35, "both"), (0.30, 0.409, "only the one that is fed grey"), (0.408, 0.41, "neither")])
def test_a_random_network_is_beaten_only_by_more_than_chance(gray, color, option):
    knn = {"colorization, bins": 0.41, "colorization, squared error": 0.38, "supervised, grey": 0.5,
           "random network, grey": gray, "random network, colour": color}
    assert figures.beats_random(knn, 10_000)[0].startswith(option)


@pytest.mark.parametrize("squared, words", [
    (0.38, "of bins are 3.0"), (0.44, "of squared error are 3.0"), (0.405, "tell them")])
def test_which_features_are_better_is_chosen_by_the_numbers(squared, words):
    text = figures.bins_or_squares({"colorization, bins": 0.41, "colorization, squared error": squared})
    assert words in text and re.match(r"\*\*Bins against squared error\.\*\* ", text)
