"""PCA and its reconstruction, against scikit-learn and plain loops."""

import math

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from sslcourse import methods
from sslcourse.methods import pca, reconstruct

SHAPES = [(40, 6, 3), (7, 12, 4), (30, 30, 5), (2, 5, 1), (50, 1, 1), (12, 4, 4)]
TOLERANCE = {torch.float32: 2e-5, torch.float64: 1e-11}


def cloud(n, d, dtype=torch.float64, seed=0):
    """Points whose directions have clearly different spreads, far from the origin."""
    generator = torch.Generator().manual_seed(seed)
    X = torch.randn(n, d, generator=generator, dtype=torch.float64) * 0.8 ** torch.arange(d)
    turn = torch.linalg.qr(torch.randn(d, d, generator=generator, dtype=torch.float64))[0]
    return (X @ turn + 3).to(dtype)


def near(got, want, dtype):
    want = torch.as_tensor(want, dtype=torch.float64)
    scale = want.abs().max().item()
    assert got.dtype == dtype and got.shape == want.shape
    assert (got.double() - want).abs().max().item() <= TOLERANCE[dtype] * max(scale, 1.0)


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("n, d, k", SHAPES)
def test_pca_equals_scikit_learn(n, d, k, dtype):
    X = cloud(n, d, dtype)
    mean, components, variances = pca(X, k)
    theirs = PCA(n_components=k, svd_solver="full").fit(X.double().numpy())
    signs = np.sign((theirs.components_ * components.double().numpy()).sum(1, keepdims=True))
    near(mean, theirs.mean_, dtype)
    near(components, theirs.components_ * signs, dtype)
    near(variances, theirs.explained_variance_, dtype)


@pytest.mark.parametrize("n, d, k", SHAPES)
def test_variances_are_the_spread_along_each_direction_by_a_plain_loop(n, d, k):
    X = cloud(n, d)
    mean, components, variances = pca(X, k)
    for j in range(k):
        along = [sum((X[i, m] - mean[m]).item() * components[j, m].item() for m in range(d)) for i in range(n)]
        centre = sum(along) / n
        assert math.isclose(sum((a - centre) ** 2 for a in along) / (n - 1), variances[j].item(), rel_tol=1e-9)


def test_components_are_orthonormal_largest_first_and_of_the_documented_sign():
    _, components, variances = pca(cloud(40, 8), 6)
    assert torch.allclose(components @ components.T, torch.eye(6, dtype=torch.float64), atol=1e-12)
    assert torch.equal(variances, variances.sort(descending=True).values)
    assert all(row[row.abs().argmax()] > 0 for row in components)


def test_the_sign_is_the_same_whatever_sign_the_decomposition_chose(monkeypatch):
    X, svd = cloud(20, 5), torch.linalg.svd
    want = pca(X, 3)[1]
    monkeypatch.setattr(torch.linalg, "svd", lambda *args, **kw: [f * s for f, s in zip(svd(*args, **kw), (-1, 1, -1))])
    assert torch.equal(pca(X, 3)[1], want)


def test_pca_leaves_its_input_alone():
    X = cloud(10, 4)
    before = X.clone()
    reconstruct(X, *pca(X, 2)[:2])
    assert torch.equal(X, before)


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("n, d, k", SHAPES)
def test_reconstruct_equals_scikit_learn_also_on_new_points(n, d, k, dtype):
    X, new = cloud(n, d, dtype), cloud(3, d, dtype, seed=1)
    theirs = PCA(n_components=k, svd_solver="full").fit(X.double().numpy())
    mean, components, _ = pca(X, k)
    for points in (X, new):
        want = theirs.inverse_transform(theirs.transform(points.double().numpy()))
        near(reconstruct(points, mean, components), want, dtype)


def test_reconstruction_error_is_the_variance_left_out():
    """Eckart & Young: what k components miss is exactly the sum of the other variances."""
    X = cloud(40, 6)
    variances = pca(X, 6)[2]
    for k in range(1, 7):
        mean, components, _ = pca(X, k)
        lost = (X - reconstruct(X, mean, components)).square().sum() / (len(X) - 1)
        assert math.isclose(lost.item(), variances[k:].sum().item(), rel_tol=1e-9, abs_tol=1e-12)


BAD = [
    (pca, (torch.zeros(4), 1), "X"), (pca, (torch.zeros(4, 3, dtype=torch.uint8), 1), "X"),
    (pca, (np.zeros((4, 3)), 1), "X"), (pca, (torch.full((4, 3), torch.nan), 1), "X"),
    (pca, (torch.zeros(1, 3), 1), "X"), (pca, (torch.zeros(4, 3).half(), 1), "X"),
    (pca, (torch.zeros(4, 3), 0), "k"), (pca, (torch.zeros(4, 3), 4), "k"), (pca, (torch.zeros(4, 3), 1.0), "k"),
    (reconstruct, (torch.zeros(4, 3), torch.zeros(2), torch.zeros(1, 3)), "mean"),
    (reconstruct, (torch.zeros(4, 3), torch.zeros(3), torch.zeros(3, 2)), "components"),
    (reconstruct, (torch.zeros(4, 3), torch.zeros(3).double(), torch.zeros(1, 3)), "mean"),
    (reconstruct, (torch.zeros(4, 3), torch.zeros(3), torch.zeros(1, 3).double()), "components"),
    (reconstruct, (torch.zeros(3), torch.zeros(3), torch.zeros(1, 3)), "X"),
    (reconstruct, (torch.zeros(4, 3).long(), torch.zeros(3), torch.zeros(1, 3)), "X"),
]


@pytest.mark.parametrize("function, args, argument", BAD)
def test_bad_input_names_the_argument(function, args, argument):
    with pytest.raises(ValueError, match=rf"^{argument}: got .+, wanted .+"):
        function(*args)


def test_the_functions_are_exported_and_not_hidden_by_the_files_of_the_same_name():
    import sslcourse.methods.maps.pca  # noqa: F401  (must not replace the function by the file)

    assert callable(methods.pca) and callable(methods.perplexity) and callable(methods.reconstruct)
