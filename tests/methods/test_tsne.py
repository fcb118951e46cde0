"""t-SNE's two tables of probabilities and its gradient, against scikit-learn's, autograd and plain loops."""

import numpy as np
import pytest
import torch

from sslcourse.methods import joint_probabilities, perplexity, student_t, tsne_gradient


def cloud(n, d, seed=0, dtype=torch.float64):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def kl(P, Y):
    """KL(P‖Q), written again: an autograd graph from Y to one number."""
    weights = 1 / (1 + torch.cdist(Y, Y, compute_mode="donot_use_mm_for_euclid_dist").square())
    weights = weights - torch.diag(weights.diagonal())
    Q = weights / weights.sum()
    off = ~torch.eye(len(Y), dtype=torch.bool)
    return (P[off] * (P[off] / Q[off]).log()).sum()


@pytest.mark.parametrize("d", [1, 2, 3])
def test_q_equals_a_plain_loop(d):
    Y = cloud(7, d)
    weights = [[0.0 if i == j else 1 / (1 + float((Y[i] - Y[j]).square().sum())) for j in range(7)] for i in range(7)]
    wanted = torch.tensor(weights, dtype=torch.float64) / sum(map(sum, weights))
    assert torch.allclose(student_t(Y), wanted, atol=1e-14)


@pytest.mark.parametrize("dtype, within", [(torch.float64, 1e-10), (torch.float32, 1e-5)])
def test_the_gradient_is_that_of_the_divergence(dtype, within):
    P = joint_probabilities(torch.cdist(cloud(12, 5), cloud(12, 5)).square(), 4.0).to(dtype)
    Y = cloud(12, 2, seed=1).to(dtype).requires_grad_()
    kl(P, Y).backward()
    assert (tsne_gradient(P, student_t(Y.detach()), Y.detach()) - Y.grad).abs().max() <= within


def test_joint_probabilities_are_scikit_learns():
    from scipy.spatial.distance import squareform
    from sklearn.manifold._t_sne import _joint_probabilities

    D = torch.cdist(cloud(50, 5), cloud(50, 5)).square()
    theirs = squareform(_joint_probabilities(D.numpy().astype(np.float32), desired_perplexity=12.0, verbose=0))
    assert np.abs(joint_probabilities(D, 12.0).numpy() - theirs).max() < 1e-6


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("target", [2.0, 15.0, 38.0])
def test_every_point_feels_as_many_as_wanted(dtype, target):
    X = torch.cat([cloud(20, 4), 30 * cloud(20, 4, seed=1) + 100])  # one dense cloud, one wide one
    D = torch.cdist(X, X).square().to(dtype)
    P = joint_probabilities(D, target)
    assert torch.allclose(P, P.T) and abs(float(P.sum()) - 1) < 1e-5 and not P.diagonal().any()
    assert bool((P.sum(dim=1) > 1 / (2 * len(X)) * 0.999).all()), "no point is left out: section 3.1"
    other = ~torch.eye(40, dtype=torch.bool)
    found = perplexity(D[other].view(40, 39), sigmas(D[other].view(40, 39), target))[1]
    assert (found - target).abs().max() < 1e-3 * target


def sigmas(d, target):
    """The widths by another search: Newton's steps are not needed, doubling and halving is."""
    sigma = torch.ones_like(d[:, 0]) * d.sqrt().mean()
    factor = 2.0
    for _ in range(400):
        few = perplexity(d, sigma)[1] < target
        sigma = torch.where(few, sigma * factor, sigma / factor)
        factor = 1 + (factor - 1) * 0.95
    return sigma


def test_steps_against_the_gradient_bring_the_divergence_down():
    X = torch.cat([cloud(15, 6), cloud(15, 6, seed=1) + 8])
    P = joint_probabilities(torch.cdist(X, X).square(), 6.0)
    Y = 1e-2 * cloud(30, 2, seed=2)
    before = float(kl(P, Y))
    for _ in range(200):
        Y = Y - 2.0 * tsne_gradient(P, student_t(Y), Y)
    assert float(kl(P, Y)) < 0.5 * before
    inside, across = torch.cdist(Y[:15], Y[:15]).mean(), torch.cdist(Y[:15], Y[15:]).mean()
    assert across > 3 * inside


SQUARE = torch.ones(4, 4)
BAD = [
    (student_t, (torch.zeros(4),), "Y"), (student_t, (torch.full((3, 2), torch.nan),), "Y"),
    (student_t, (torch.ones(1, 2),), "Y"),
    (student_t, (torch.ones(3, 2).long(),), "Y"),
    (tsne_gradient, (SQUARE[:3], SQUARE, torch.ones(4, 2)), "P"), (tsne_gradient, (SQUARE, SQUARE, torch.ones(4)), "Y"),
    (tsne_gradient, (SQUARE, SQUARE.double(), torch.ones(4, 2)), "Q"),
    (joint_probabilities, (SQUARE[:3], 2.0), "distances_sq"), (joint_probabilities, (-SQUARE, 2.0), "distances_sq"),
    (joint_probabilities, (SQUARE.long(), 2.0), "distances_sq"), (joint_probabilities, (SQUARE[:2, :2], 1.5), "distances_sq"),
    (joint_probabilities, (SQUARE, 1.0), "target"), (joint_probabilities, (SQUARE, 3.0), "target"),
]


@pytest.mark.parametrize("function, args, argument", BAD)
def test_bad_input_names_the_argument(function, args, argument):
    with pytest.raises(ValueError, match=rf"^{argument}: got .+, wanted .+"):
        function(*args)
