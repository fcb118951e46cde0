"""Patch dictionaries, k-means features and the Sparse Manifold Transform: against plain loops, scipy, their invariances."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.linalg
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from sslcourse import data, evaluation
from sslcourse.methods import (
    KMeansFeatures,
    PatchDictionary,
    SparseManifoldTransform,
    generalized_eigh,
    sparse_code,
    triangle_code,
)
from sslcourse.methods.maps import patch_dictionary
from sslcourse.methods.maps.patch_dictionary import centered_patches, spherical_kmeans, zca_whitening

IMAGES = data.shapes(60, size=14, seed=3).images
MAPS = {
    "k-means": lambda **kw: KMeansFeatures(**{**dict(n_atoms=12, patch_size=4, stride=3, grid=2), **kw}),
    "manifold": lambda **kw: SparseManifoldTransform(
        **{**dict(n_atoms=12, dim=5, patch_size=4, stride=3, grid=2, threshold=0.1), **kw}),
}


@pytest.fixture(scope="module", params=MAPS)
def fitted(request):
    return MAPS[request.param]().fit(IMAGES)


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


# --- the dictionary ---


def test_patches_by_a_plain_loop():
    image = draw(3, 7, 6).float()
    found = centered_patches(image[None], patch_size=3, stride=2)[0]
    places = [(i, j) for i in (0, 2, 4) for j in (0, 2)]                                     # j = 4 would reach beyond
    assert found.shape == (len(places), 27)
    for row, (i, j) in zip(found, places):
        wanted = [pixel - np.mean(color) for color in image[:, i:i + 3, j:j + 3].flatten(1).tolist() for pixel in color]
        assert row.tolist() == pytest.approx(wanted, abs=1e-6)


def test_whitening_makes_the_covariance_the_identity():
    X = draw(500, 6) @ draw(6, 6, seed=1)
    W = zca_whitening(X.float(), eps=1e-9)
    Y = X @ W.double()
    assert torch.allclose(Y.T @ Y / len(Y), torch.eye(6, dtype=torch.float64), atol=1e-3)
    assert torch.allclose(W, W.T, atol=1e-5), "zero-phase: of all whitening matrices the symmetric one"


def test_whitening_shrinks_what_has_little_variance_as_its_formula_says():
    X = torch.diag(torch.tensor([2.0, 1.0, 0.0])) * math.sqrt(3)                            # variances 4, 1, 0
    wanted = [1 / math.sqrt(variance + 0.1 * 4) for variance in (4, 1, 0)]
    assert zca_whitening(X, eps=0.1).diagonal().tolist() == pytest.approx(wanted, rel=1e-6)


def test_kmeans_by_a_plain_loop():
    X = torch.nn.functional.normalize(draw(80, 4), dim=1)
    found = spherical_kmeans(X, 5, 3, torch.Generator().manual_seed(4))
    centers = X[torch.randperm(80, generator=torch.Generator().manual_seed(4))[:5]].numpy()
    for _ in range(3):
        sums = np.zeros((5, 4))
        for x in X.numpy():
            sums[max(range(5), key=lambda k: sum(x * centers[k]))] += x
        centers = sums / np.linalg.norm(sums, axis=1, keepdims=True)
    assert found.numpy() == pytest.approx(centers, abs=1e-9)


def test_a_center_to_which_nothing_is_nearest_stays():
    X = torch.tensor([[1.0, 0.0]] * 9 + [[0.0, 1.0]])
    centers = spherical_kmeans(X, 10, 2, torch.Generator().manual_seed(0))
    assert torch.isfinite(centers).all() and torch.allclose(centers.norm(dim=1), torch.ones(10))


def test_patches_have_length_one_and_flat_ones_next_to_none():
    dictionary = PatchDictionary(8, 4).fit(IMAGES)
    lengths = dictionary.patches(torch.rand(2, 3, 14, 14)).norm(dim=2)
    assert torch.allclose(lengths, torch.ones(2, 121), atol=1e-5)
    assert dictionary.patches(torch.full((1, 3, 14, 14), 0.3)).norm(dim=2).max() < 0.05, "rounding must not become a pattern"
    assert torch.allclose(dictionary.atoms.norm(dim=1), torch.ones(8), atol=1e-5)


# --- the codes ---


def test_the_triangle_code_by_a_plain_loop():
    z = draw(4, 7).abs()
    for row, code in zip(z.tolist(), triangle_code(z).tolist()):
        assert code == pytest.approx([max(0.0, sum(row) / 7 - value) for value in row])


def test_the_sparse_code_by_a_plain_loop():
    patches, atoms = (torch.nn.functional.normalize(draw(n, 3), dim=1) for n in (6, 4))
    codes = sparse_code(patches.view(2, 3, 3), atoms, 0.2).view(6, 4)
    for patch, code in zip(patches.tolist(), codes.tolist()):
        cosines = [sum(p * a for p, a in zip(patch, atom)) for atom in atoms.tolist()]
        assert code == pytest.approx([cosine - 0.2 if cosine > 0.2 else 0.0 for cosine in cosines])


def cells(codes: np.ndarray) -> np.ndarray:
    """Means of the four quadrants of codes (4, 4, K): with 14 pixels, patches of 4 and stride 3, four places a side."""
    quadrants = [codes[i:i + 2, j:j + 2].reshape(4, -1).mean(axis=0) for i in (0, 2) for j in (0, 2)]
    return np.stack(quadrants)


def codes_by_loops(dictionary: PatchDictionary, image: torch.Tensor, code) -> np.ndarray:
    """(4, 4, K): `code(patch, atom)` for each patch and atom, one after the other."""
    codes = np.zeros((4, 4, dictionary.n_atoms))
    W = dictionary.whitening.double()
    for i in range(4):
        for j in range(4):
            patch = image[:, 3 * i:3 * i + 4, 3 * j:3 * j + 4].double()
            patch = (patch - patch.mean(dim=(1, 2), keepdim=True)).flatten() @ W
            patch = patch / max(patch.norm().item(), 1e-2)
            for k, atom in enumerate(dictionary.atoms.double()):
                codes[i, j, k] = code(patch, atom)
    return codes


def test_kmeans_features_by_plain_loops():
    fitted = MAPS["k-means"]().fit(IMAGES)
    pooled = []
    for image in IMAGES.float() / 255:
        distances = codes_by_loops(fitted.dictionary, image, lambda patch, atom: (patch - atom).norm().item())
        pooled.append(cells(np.maximum(0, distances.mean(axis=2, keepdims=True) - distances)).ravel())
    wanted = (pooled - np.mean(pooled, axis=0)) / np.maximum(np.std(pooled, axis=0, ddof=1), 1e-6)
    assert fitted.encode(IMAGES[:9]).numpy() == pytest.approx(wanted[:9], abs=2e-3)


@pytest.fixture(scope="module")
def manifold_by_loops():
    """A fitted transform, and the codes of every training image, (N, 4, 4, K)."""
    fitted = MAPS["manifold"]().fit(IMAGES)
    above = fitted.threshold

    def code(patch, atom):
        return max(0.0, (patch @ atom).item() - above)

    return fitted, np.stack([codes_by_loops(fitted.dictionary, image, code) for image in IMAGES.float() / 255])


def test_the_manifold_transform_by_plain_loops(manifold_by_loops):
    fitted, codes = manifold_by_loops
    for features, code in zip(fitted.encode(IMAGES[:9]), codes):
        projected = [fitted.projection.double().numpy() @ cell for cell in cells(code)]
        wanted = [cell / max(np.linalg.norm(cell), 1e-12) for cell in projected]
        assert features.view(4, 5).numpy() == pytest.approx(np.stack(wanted), abs=1e-4)


def test_the_projection_solves_the_papers_problem(manifold_by_loops):
    """P spread Pᵀ = I, and P agreement Pᵀ = the eigenvalues that scipy finds for the same two moments, but the first."""
    fitted, codes = manifold_by_loops
    flat = codes.reshape(len(codes), 16, -1)
    spread = np.mean([np.outer(a, a) for image in flat for a in image[::13]], axis=0)
    spread += 1e-4 * np.trace(spread) / len(spread) * np.eye(len(spread))
    agreement = np.mean([np.outer(image.mean(axis=0), image.mean(axis=0)) for image in flat], axis=0)
    P = fitted.projection.double().numpy()
    values = scipy.linalg.eigh(agreement, spread, eigvals_only=True)[::-1]
    assert P @ spread @ P.T == pytest.approx(np.eye(5), abs=1e-3)
    assert P @ agreement @ P.T == pytest.approx(np.diag(values[1:6]), abs=1e-3)


@pytest.mark.parametrize("K", (1, 2, 9))
def test_the_eigenproblem_equals_scipys(K):
    A, B = draw(K, K), draw(K, K, seed=1)
    A, B = A + A.T, B @ B.T + 0.1 * torch.eye(K)
    values, V = generalized_eigh(A, B)
    theirs, vectors = scipy.linalg.eigh(A.numpy(), B.numpy())
    assert values.numpy() == pytest.approx(theirs[::-1], rel=1e-8)
    assert (V.T @ B @ V).numpy() == pytest.approx(np.eye(K), abs=1e-9)
    assert np.abs(V.numpy().T @ B.numpy() @ vectors[:, ::-1]) == pytest.approx(np.eye(K), abs=1e-7), "the same, up to sign"


@pytest.mark.parametrize("grid", (1, 2, 3))
def test_cells_of_images_that_are_not_square(grid):
    """Five places in a column, eight in a row: cells overlap where they must, as torch's own pooling says."""
    images = torch.rand(3, 3, 13, 19, generator=torch.Generator().manual_seed(0))
    dictionary = PatchDictionary(6, 4).fit(images)
    codes = torch.rand(3, 5 * 8, 6, generator=torch.Generator().manual_seed(1))
    wanted = torch.nn.functional.adaptive_avg_pool2d(codes.transpose(1, 2).unflatten(2, (5, 8)), grid)
    assert torch.allclose(dictionary.pool(codes, stride=2, grid=grid), wanted.flatten(2).transpose(1, 2), atol=1e-6)


# --- both maps ---


def test_brightness_of_each_color_does_not_count(fitted):
    images = IMAGES[:5].float() / 255 * 0.5
    brighter = images + torch.tensor([0.3, 0.1, 0.4]).view(3, 1, 1)
    assert torch.allclose(fitted.encode(brighter), fitted.encode(images), atol=2e-3)
    assert not torch.allclose(fitted.encode(images.flip(1)), fitted.encode(images), atol=0.1), "which color it is counts"


def test_the_order_of_images_and_an_odd_last_batch_change_nothing(fitted, monkeypatch):
    monkeypatch.setattr(patch_dictionary, "CODES", 4 * 16 * 12)                # blocks of four images: the last has one
    features = fitted.encode(IMAGES[:13])
    order = torch.randperm(13, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(fitted.encode(IMAGES[order]), features[order], atol=1e-4)
    assert torch.allclose(torch.cat([fitted.encode(IMAGES[i:i + 1]) for i in range(13)]), features, atol=1e-4)


def test_the_protocol_takes_it(fitted):
    features = evaluation.extract_features(fitted, IMAGES, batch_size=7)
    assert features.shape == (60, 48 if isinstance(fitted, KMeansFeatures) else 20) and features.dtype == torch.float32
    assert torch.allclose(features, fitted.encode(IMAGES.float() / 255), atol=1e-4)


@pytest.mark.parametrize("make", MAPS.values(), ids=MAPS)
def test_the_seed_decides(make):
    first, again, other = (make(seed=seed).fit(IMAGES).encode(IMAGES[:3]) for seed in (0, 0, 1))
    assert torch.equal(first, again) and not torch.allclose(first, other)


@pytest.mark.parametrize("make", MAPS.values(), ids=MAPS)
def test_images_of_one_channel(make):
    gray = IMAGES[:, :1]
    features = make().fit(gray).encode(gray[:4])
    assert len(features) == 4 and torch.isfinite(features).all()


class Largest(TorchDispatchMode):
    """The most numbers in any tensor that is computed meanwhile, the results (N, …) left out."""

    def __init__(self, n: int):
        super().__init__()
        self.n, self.most = n, 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        out = function(*args, **(kwargs or {}))
        if isinstance(out, torch.Tensor) and (out.ndim == 0 or out.shape[0] != self.n):
            self.most = max(self.most, out.numel())
        return out


def test_memory_does_not_grow_with_the_number_of_images(fitted, monkeypatch):
    monkeypatch.setattr(patch_dictionary, "CODES", 8 * 16 * 12)                # blocks of eight images
    most = []
    for n in (59, 590):
        images = IMAGES[:59].repeat(n // 59, 1, 1, 1)
        with Largest(n) as largest:
            fitted.encode(images)
        most.append(largest.most)
    assert most[0] == most[1] > 0


@pytest.mark.slow
def test_it_knows_more_of_a_shape_than_its_pixels_do():
    train, test = data.shapes(400, seed=0), data.shapes(200, seed=1)

    def accuracy(encoder, classifier) -> float:
        Z, Z_test = (evaluation.extract_features(encoder, part.images) for part in (train, test))
        return classifier.fit(Z, train.labels).score(Z_test, test.labels)

    def pixels(images):
        return images.flatten(1)

    knn, probe = evaluation.KNNClassifier(), evaluation.LinearProbe(C=0.01)
    manifold = SparseManifoldTransform(256, 64, n_images=400, grid=2, threshold=0.3)
    assert accuracy(manifold.fit(train.images), knn) > accuracy(pixels, knn) + 0.1
    assert accuracy(KMeansFeatures(128, n_images=400).fit(train.images), probe) > accuracy(pixels, probe) + 0.1


TOO_SMALL, WRONG = torch.rand(4, 3, 3, 3), torch.rand(4, 2, 14, 14)


@pytest.mark.parametrize(("call", "argument"), [
    (lambda: PatchDictionary(0), "n_atoms"), (lambda: PatchDictionary(4, 1), "patch_size"),
    (lambda: PatchDictionary(4, eps=0.0), "eps"), (lambda: PatchDictionary(4, rounds=0), "rounds"),
    (lambda: PatchDictionary(4, seed=-1), "seed"), (lambda: PatchDictionary(4, n_images=0), "n_images"),
    (lambda: PatchDictionary(61, 4, per_image=1).fit(IMAGES), "n_atoms"),
    (lambda: PatchDictionary(1, 4).fit(torch.full((9, 3, 8, 8), 0.5)), "n_atoms"),
    (lambda: KMeansFeatures(8, stride=0), "stride"), (lambda: KMeansFeatures(8, grid=0), "grid"),
    (lambda: KMeansFeatures(8, n_images=1), "n_images"),
    (lambda: SparseManifoldTransform(8, 8), "dim"), (lambda: SparseManifoldTransform(8, 4, threshold=2.0), "threshold"),
    (lambda: SparseManifoldTransform(8, 4, stride=1.5), "stride"), (lambda: SparseManifoldTransform(8, 4, grid=0), "grid"),
    (lambda: SparseManifoldTransform(8, 4, threshold=1.0).fit(IMAGES), "threshold"),
])
def test_bad_settings_name_the_argument(call, argument):
    with pytest.raises(ValueError, match=rf"^{argument}: got .+, wanted .+"):
        call()


@pytest.mark.parametrize("bad", [
    TOO_SMALL, WRONG, IMAGES[0], IMAGES[:0], IMAGES.long(), IMAGES.float().masked_fill(IMAGES > 99, torch.nan), None,
], ids=["too small", "two channels", "one image", "none", "int64", "NaN", "None"])
def test_bad_images_are_named(fitted, bad):
    for call in (fitted.encode, MAPS["k-means"]().fit, MAPS["manifold"]().fit):
        with pytest.raises(ValueError, match=r"^images: got .+, wanted .+"):
            call(bad)


def test_images_of_another_size_and_before_fit(fitted):
    with pytest.raises(ValueError, match=r"^images: .*3, 14, 14.*as fitted"):
        fitted.encode(torch.rand(2, 3, 16, 16))
    for make in MAPS.values():
        with pytest.raises(ValueError, match="fit"):
            make().encode(IMAGES)
