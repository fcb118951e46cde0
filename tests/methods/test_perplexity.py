"""t-SNE's perplexity, against scikit-learn's search for it and plain loops."""

import math

import numpy as np
import pytest
import torch

from sslcourse.methods import perplexity

TOLERANCE = {torch.float32: 2e-5, torch.float64: 1e-11}


def cloud(n, d, dtype=torch.float64, seed=0):
    """Points whose directions have clearly different spreads, far from the origin."""
    generator = torch.Generator().manual_seed(seed)
    X = torch.randn(n, d, generator=generator, dtype=torch.float64) * 0.8 ** torch.arange(d)
    turn = torch.linalg.qr(torch.randn(d, d, generator=generator, dtype=torch.float64))[0]
    return (X @ turn + 3).to(dtype)


def by_loops(distances_sq, sigma):
    P, perplexities = [], []
    for row, width in zip(distances_sq.tolist(), sigma.tolist()):
        nearest = min(row)
        weights = [math.exp(-(d - nearest) / (2 * width**2)) for d in row]
        p = [w / sum(weights) for w in weights]
        P.append(p)
        perplexities.append(2 ** -sum(q * math.log2(q) for q in p if q > 0))
    return torch.tensor(P, dtype=torch.float64), torch.tensor(perplexities, dtype=torch.float64)


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("scale", [0.0, 1.0, 1e4])
def test_perplexity_equals_plain_loops(scale, dtype):
    generator = torch.Generator().manual_seed(0)
    distances_sq = (torch.rand(9, 14, generator=generator) * scale + scale).to(dtype)
    sigma = (torch.rand(9, generator=generator) * 3 + 0.3).to(dtype)
    for got, want in zip(perplexity(distances_sq, sigma), by_loops(distances_sq, sigma)):
        assert (got.double() - want).abs().max() <= (3e-4 if dtype == torch.float32 else 1e-9) * want.abs().max()


def test_perplexity_agrees_with_the_one_scikit_learn_searched_for():
    """Its t-SNE searches σ so that each row's perplexity is the one asked for; ours must then read that number off."""
    from sklearn.manifold._utils import _binary_search_perplexity

    X = cloud(60, 5)
    distances_sq = torch.cdist(X, X).square()
    theirs = torch.from_numpy(_binary_search_perplexity(distances_sq.numpy().astype(np.float32), 20.0, 0)).double()
    off = ~torch.eye(60, dtype=torch.bool)
    D, P = distances_sq[off].view(60, 59), theirs[off].view(60, 59)
    far, near_ = D.argmax(dim=1, keepdim=True), D.argmin(dim=1, keepdim=True)
    log_ratio = (P.gather(1, near_) / P.gather(1, far)).log()[:, 0]
    sigma = ((D.gather(1, far) - D.gather(1, near_))[:, 0] / (2 * log_ratio)).sqrt()
    ours, perp = perplexity(D, sigma)
    assert (ours - P).abs().max() < 1e-4
    assert (perp - 20).abs().max() < 0.01


def test_perplexity_stays_finite_and_between_one_and_m():
    D = torch.tensor([[1e30, 2e30, 3e30], [0.0, 0.0, 0.0], [0.0, 1e30, 1e30]])
    P, perp = perplexity(D, torch.ones(3))
    assert torch.allclose(P.sum(dim=1), torch.ones(3)) and torch.allclose(perp, torch.tensor([1.0, 3.0, 1.0]))


BAD_DISTANCES = [
    (perplexity, (torch.zeros(4), torch.ones(4)), "distances_sq"),
    (perplexity, (-torch.ones(2, 3), torch.ones(2)), "distances_sq"),
    (perplexity, (torch.full((2, 3), torch.nan), torch.ones(2)), "distances_sq"),
    (perplexity, (torch.ones(2, 3).long(), torch.ones(2)), "distances_sq"),
    (perplexity, (torch.ones(2, 3), torch.ones(3)), "sigma"), (perplexity, (torch.ones(2, 3), torch.zeros(2)), "sigma"),
    (perplexity, (torch.ones(2, 3), 1.0), "sigma"), (perplexity, (torch.ones(2, 3), torch.ones(2).double()), "sigma"),
]


@pytest.mark.parametrize("function, args, argument", BAD_DISTANCES)
def test_bad_distances_name_the_argument(function, args, argument):
    with pytest.raises(ValueError, match=rf"^{argument}: got .+, wanted .+"):
        function(*args)
