"""The drawings, panels and sentences of lab 03, driven by small things made here: no training, no browser."""

from __future__ import annotations

import pytest
import torch

from sslcourse import methods, models, results, runtime
from sslcourse.data import ImageSet
from sslcourse.figures import lab03 as figures

generator = torch.Generator().manual_seed(0)
TEST = ImageSet(torch.randint(256, (40, 1, 28, 28), dtype=torch.uint8, generator=generator), torch.arange(40) % 4,
                ["0", "1", "2", "3"], name="digits")
Z = torch.randn(40, 2, generator=generator)


def halves(J, out):
    with runtime.seeded(0):
        return models.MLPEncoder(out, 1, 28, hidden_dims=(8,)), models.MLPDecoder(J, 1, 28, hidden_dims=(8,))


def spaces(*names):
    method = methods.VAE(*halves(2, 4))
    return {name: figures.Space(method, Z + i) for i, name in enumerate(names)}


@pytest.fixture
def shown(monkeypatch):
    found = []
    monkeypatch.setattr(figures.plots, "show", lambda figure, alt: found.append((figure, alt)))
    return found


def test_points_of_a_bell_have_its_mean_and_covariance():
    far = torch.randn(4000, 2, generator=torch.Generator().manual_seed(1)) @ torch.tensor([[2.0, 0.5], [0.0, 1.0]]) + 7
    e = torch.randn(20_000, 2, generator=torch.Generator().manual_seed(2))
    drawn = figures.bell_of(far).at(e)
    torch.testing.assert_close(drawn.mean(0), far.mean(0), atol=0.06, rtol=0)
    torch.testing.assert_close(torch.cov(drawn.T), torch.cov(far.T), atol=0.15, rtol=0)
    torch.testing.assert_close(figures.PRIOR.at(e), e)


def test_the_square_begins_at_the_top_left_and_leaves_equal_shares():
    points = figures.square(figures.Bell(torch.tensor([5.0, 0.0]), torch.eye(2)), n=5).reshape(5, 5, 2)
    assert points[0, 0, 0] < points[0, 4, 0] and points[0, 0, 1] > points[4, 0, 1]
    shares = torch.distributions.Normal(0.0, 1.0).cdf(points[0, :, 0] - 5)
    torch.testing.assert_close(shares.diff(), torch.full((4,), 0.24))


def test_decoding_gives_images_and_tiles_lie_row_by_row():
    images = figures.decoded(methods.VAE(*halves(2, 4)), Z[:6])
    assert images.shape == (6, 1, 28, 28) and 0 <= images.min() and images.max() <= 1
    _, axis = figures.plots.new_figure()
    figures.tiles(axis, torch.arange(6.0)[:, None, None, None].expand(6, 1, 28, 28) / 6, 3)
    large = axis.images[0].get_array()
    assert large.shape == (56, 84) and [float(large[0, 0]), float(large[0, 83]), float(large[55, 83])] == pytest.approx(
        [0, 2 / 6, 5 / 6])


def test_figures_say_what_was_measured(shown):
    two = spaces("autoencoder", "VAE")
    points = {name: Z for name in two} | {"VAE": torch.cat([Z, Z])}
    figures.place("VAE", two, points, {"VAE": 0.021}, TEST)
    figures.ten_clouds(two["VAE"].method, TEST, methods.reparametrize)
    figures.manifolds(two)
    figures.game(methods.adversary_losses)
    doubled = {name: torch.cat([Z, Z]) for name in two}
    figures.beside(two, doubled, {"autoencoder": 0.1, "VAE": 0.02}, {"autoencoder": 2.0, "VAE": 0.09}, TEST)
    texts = [alt for _, alt in shown]
    for text, words in zip(texts, ("2.1% of all drawn", "three draws", "autoencoder, VAE", "from 0.0 to 6.0", "VAE 0.090"),
                           strict=True):
        assert words in text
    assert len(shown[1][0].axes[0].texts) == 4, "each cloud is named"


def test_the_walk_decodes_where_the_star_stands():
    panel = figures.walk(spaces("autoencoder", "VAE"), TEST)
    assert panel.data[0] == "VAE" and panel.data[1].tolist() == [[0.0, 0.0]] and len(panel.states()) == 2 * 21 * 21
    panel.set(model="autoencoder", z1=-2.5, z2=1.0)
    assert panel.data[1].tolist() == [[-2.5, 1.0]] and "z1 = -2.5" in panel.alt and panel.figure.axes
    nearest = TEST.labels[(Z - torch.tensor([-2.5, 1.0])).norm(dim=1).argmin()]
    assert f"nearest test digit is a {nearest}" in panel.alt


def priced():
    method = methods.VAE(*halves(3, 6))
    kl = torch.tensor([3.0, 1.0, 0.0])
    return {beta: figures.Price(method, torch.tensor([True, beta < 5, False]), kl / beta, 90.0 + beta) for beta in (1, 10)}


@pytest.mark.slow
def test_each_price_shows_its_active_numbers_and_the_bound_is_the_sum(shown, monkeypatch):
    panel, told = figures.prices(priced(), TEST), {}
    for state in panel.states():
        panel.set(**state)
        told[state["beta"]] = panel.alt
        assert panel.figure.axes[0].get_title(loc="left") == {1: "2 of 3 active", 10: "1 of 3 active"}[state["beta"]]
    assert "4.0 nats" in told[1] and "0.4 nats" in told[10] and priced()[1].bound == 95.0
    figures.rate_distortion(priced())
    assert "95 nats at beta 1, 100 nats at beta 10" in shown[0][1]
    kept = []
    monkeypatch.setattr(results, "record", lambda **row: kept.append((row["method"], row["metric"], row["value"])))
    figures.record_prices(priced(), 100)
    assert ("VAE, beta = 10", "active numbers", 1) in kept and ("VAE, beta = 1", "-ELBO", 95.0) in kept


def test_the_adversary_is_played_step_by_step():
    seen = {step: Z / (1 + step) for step in (0, 40, 60, 80)}
    panel = figures.adversary(seen, {step: 1 / (1 + step) for step in seen}, TEST)
    assert panel.controls["step"] == [0, 40, 80] and panel.play == "step" and "is 1.000" in panel.alt
    panel.set(step=80)
    assert "after 80 steps" in panel.alt and "is 0.012" in panel.alt and panel.figure.axes


def test_parts_of_codes_that_follow_the_prior_lie_around_zero_and_others_do_not():
    prior = torch.randn(1600, 2, generator=torch.Generator().manual_seed(3))
    codes = torch.randn(1600, 2, generator=torch.Generator().manual_seed(4))
    near, far = figures.parts(codes, prior), figures.parts(codes + 1, prior)
    assert len(near) == 8 and abs(sum(near) / 8) < 0.02 < min(far)


def test_the_sentence_about_a_vote_follows_from_the_numbers(capsys, monkeypatch):
    rows = {"a": [0.92, 0.91, 0.92], "b": [0.88, 0.86, 0.87], "c": [0.92, 0.92, 0.91]}

    class Row:
        def __init__(self, seed, value):
            self.seed, self.value = seed, value

    monkeypatch.setattr(results, "select", lambda rows_, **where: [Row(i, v) for i, v in enumerate(rows[where["method"]])])
    figures.compared("03", {"a": 0.92, "b": 0.87, "c": 0.921, "pixels": 0.95}, ["a", "b", "c"], ["a", "pixels"])
    said = capsys.readouterr().out
    assert "b: 5.0 points below a, 8.0 points below pixels." in said
    assert "c: no difference to a that this can see (+0.1 points)" in said
    assert "b -4.7 points, a difference that holds; c +0.0 points, which may be chance" in said
    rows["b"] = rows["b"][:2]
    assert "Not enough seeds" in figures.over_seeds("03", ["a", "b"])
