"""Colors as choices among bins, and the way back, against plain loops and closed forms."""

from __future__ import annotations

import math

import pytest
import torch

from sslcourse import methods

DTYPES = pytest.mark.parametrize("dtype", [torch.float32, torch.float64])


def colours(n=4, size=16, seed=0, dtype=torch.float32):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(n, 3, size, size, generator=generator, dtype=torch.float64).to(dtype)


def some_ab(n=40, spread=30.0, seed=0, dtype=torch.float32):
    generator = torch.Generator().manual_seed(seed)
    return (torch.randn(n, 2, generator=generator, dtype=torch.float64) * spread).to(dtype)


@pytest.mark.slow
@pytest.mark.parametrize("step", [5, 10, 20, 35.0])
def test_bins_are_the_nearest_points_of_exactly_the_colours_that_a_screen_shows(step):
    bins = methods.ab_bins(step)
    ab = methods.rgb_to_lab(colours(1, 300, dtype=torch.float64))[0, 1:].flatten(1).T
    needed = {tuple(row) for row in ((ab / step).round() + 0.0).long().tolist()}
    kept = {tuple(row) for row in (bins / step).round().long().tolist()}
    assert needed <= kept and len(kept) == len(bins)
    assert len(kept - needed) <= 0.2 * len(kept)  # at the rim, where 90,000 colours at random do not reach


@pytest.mark.parametrize("step", [10, 20, 50])
def test_inverse_of_encoding_is_the_identity_on_the_bins(step):
    bins = methods.ab_bins(step)
    encoded = methods.encode_ab(bins, bins, k=1)
    assert torch.equal(encoded, torch.eye(len(bins)))
    back = methods.annealed_mean(encoded.clamp(min=1e-12).log(), bins, 1.0)
    torch.testing.assert_close(back, bins, atol=1e-3, rtol=0)
    soft = methods.encode_ab(bins, bins, k=5, sigma=step / 2)
    assert torch.equal(soft.argmax(dim=1), torch.arange(len(bins)))


def test_a_photograph_s_colours_survive_soft_bins_to_within_a_fraction_of_a_step():
    bins, ab = methods.ab_bins(10), some_ab(300, 20)
    back = methods.encode_ab(ab, bins) @ bins
    assert (back - ab).norm(dim=1).mean() < 4


@DTYPES
@pytest.mark.parametrize("k, sigma", [(1, 5.0), (3, 12.0), (5, 5.0)])
def test_encoding_equals_a_plain_loop(k, sigma, dtype):
    bins, ab = methods.ab_bins(20).to(dtype), some_ab(dtype=dtype)
    got = methods.encode_ab(ab, bins, k, sigma)
    assert got.dtype == dtype
    for row, colour in zip(got.tolist(), ab.tolist()):
        distance = [math.dist(colour, b) ** 2 for b in bins.tolist()]
        near = sorted(range(len(bins)), key=distance.__getitem__)[:k]
        weight = {q: math.exp((min(distance) - distance[q]) / (2 * sigma**2)) for q in near}
        want = [weight.get(q, 0.0) / sum(weight.values()) for q in range(len(bins))]
        assert row == pytest.approx(want, abs=1e-4 if dtype == torch.float32 else 1e-9)


@DTYPES
@pytest.mark.parametrize("temperature", [0.05, 0.38, 1.0, 3.0])
def test_annealed_mean_equals_equation_5_by_a_plain_loop(temperature, dtype):
    bins = methods.ab_bins(50).to(dtype)
    logits = torch.randn(6, len(bins), generator=torch.Generator().manual_seed(0), dtype=torch.float64).to(dtype)
    got = methods.annealed_mean(logits, bins, temperature)
    for row, colour in zip(logits.double().softmax(1).tolist(), got.tolist()):
        sharp = [z ** (1 / temperature) for z in row]
        want = [sum(s * b[c] for s, b in zip(sharp, bins.tolist())) / sum(sharp) for c in (0, 1)]
        assert colour == pytest.approx(want, abs=1e-3)


def test_annealed_mean_goes_from_the_mean_to_the_mode():
    bins = methods.ab_bins(20)
    logits = torch.randn(5, len(bins), generator=torch.Generator().manual_seed(1)) * 2
    torch.testing.assert_close(methods.annealed_mean(logits, bins, 1.0), logits.softmax(1) @ bins)
    torch.testing.assert_close(methods.annealed_mean(logits, bins, 1e-4), bins[logits.argmax(1)])


def test_weights_average_one_over_the_pixels_and_rare_colours_count_more():
    p = torch.tensor([0.7, 0.2, 0.1, 0.0])
    w = methods.rebalancing_weights(p, 0.5)
    mixed = [0.5 * share + 0.125 for share in p.tolist()]
    scale = sum(share / m for share, m in zip(p.tolist(), mixed))
    assert w.tolist() == pytest.approx([1 / m / scale for m in mixed], rel=1e-6)
    assert (p * w).sum() == pytest.approx(1) and (w.diff() > 0).all()
    torch.testing.assert_close(methods.rebalancing_weights(p, 1.0), torch.ones(4))


GOOD = torch.zeros(3, 2)
BINS = methods.ab_bins(50)
P = torch.full((4,), 0.25)


@pytest.mark.parametrize("call, message", [
    (lambda: methods.ab_bins(0), "step: got 0"),
    (lambda: methods.ab_bins(101), "step: got 101"),
    (lambda: methods.encode_ab(torch.zeros(3), BINS), "ab: got"),
    (lambda: methods.encode_ab(GOOD * float("nan"), BINS), "ab: got NaN"),
    (lambda: methods.encode_ab(GOOD, BINS.T), "bins: got"),
    (lambda: methods.encode_ab(GOOD, BINS, k=0), "k: got 0"),
    (lambda: methods.encode_ab(GOOD, BINS, k=len(BINS) + 1), f"k: got {len(BINS) + 1}"),
    (lambda: methods.encode_ab(GOOD, BINS, sigma=0), "sigma: got 0"),
    (lambda: methods.annealed_mean(torch.zeros(3, 5), BINS), "logits: got"),
    (lambda: methods.annealed_mean(torch.zeros(3, len(BINS)), BINS, 0), "temperature: got 0"),
    (lambda: methods.rebalancing_weights(torch.ones(4)), "p: got"),
    (lambda: methods.rebalancing_weights(torch.tensor([1.5, -0.5])), "p: got"),
    (lambda: methods.rebalancing_weights(P, 1.5), "lam: got 1.5"),
    (lambda: methods.rebalancing_weights(torch.tensor([1.0, 0.0]), 0), "lam: got 0"),
])
def test_bad_input_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@DTYPES
@pytest.mark.parametrize("weighed", [False, True])
def test_the_loss_of_a_few_pixels_by_a_plain_loop(weighed, dtype):
    generator = torch.Generator().manual_seed(0)
    bins = methods.ab_bins(50).to(dtype)
    out = torch.randn(3, len(bins), 4, generator=generator, dtype=torch.float64).to(dtype)
    ab = (torch.randn(3, 2, 4, generator=generator, dtype=torch.float64) * 40).to(dtype)
    weights = torch.linspace(0.5, 2, len(bins)).to(dtype) if weighed else None
    want = []
    for i in range(3):
        for j in range(4):
            target = methods.encode_ab(ab[i, :, j][None], bins)[0]
            p = out[i, :, j].softmax(0)
            nearest = (bins - ab[i, :, j]).norm(dim=1).argmin()
            own = 1.0 if weights is None else float(weights[nearest])
            want.append(-own * sum(float(t) * math.log(float(q)) for t, q in zip(target, p)))
    got = methods.colorization_loss(out, ab, bins, weights)
    assert got.dtype == dtype
    torch.testing.assert_close(float(got), sum(want) / len(want), rtol=1e-5, atol=1e-5)
