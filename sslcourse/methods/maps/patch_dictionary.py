"""A dictionary of image patches: the small pieces that images are put together from, found by counting alone.

Two methods stand on it: k-means features (Coates, Ng and Lee, 2011) and the Sparse Manifold Transform (Chen et al.,
2023). Olshausen and Field (1996) found such a dictionary first: strokes and edges, each at a place and an angle.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from ... import expect

FLAT = 1e-2  # a whitened patch that is shorter is of one color, and its pattern is rounding
CODES = 2**20  # numbers computed at once: more would not stay in a processor's cache, and be several times as slow


class PatchDictionary:
    """`n_atoms` typical patches, each a unit vector in the whitened space of patches.

    n_atoms      K, the number of atoms
    patch_size   P, the patches' height and width
    eps          added to every variance before whitening, as a share of the largest
    rounds       of k-means
    n_images     how many images patches are taken from, drawn with `seed`
    per_image    how many patches of each

    After ``fit(images)`` there are ``whitening`` (C·P·P, C·P·P) and ``atoms`` (K, C·P·P). The same seed and images give
    the same dictionary.
    Raises ValueError for numbers out of range, images that are smaller than a patch, and fewer patches than atoms.

    >>> from sslcourse import data
    >>> dictionary = PatchDictionary(16, patch_size=4).fit(data.shapes(64).images)
    >>> dictionary.atoms.shape, dictionary.as_images().shape
    (torch.Size([16, 48]), torch.Size([16, 3, 4, 4]))
    """

    def __init__(
        self, n_atoms: int, patch_size: int = 6, *, eps: float = 1e-3, rounds: int = 5, n_images: int = 3000,
        per_image: int = 40, seed: int = 0,
    ):
        for name, value in dict(n_atoms=n_atoms, rounds=rounds, n_images=n_images, per_image=per_image).items():
            expect.integer(value, name, at_least=1)
        expect.integer(patch_size, "patch_size", at_least=2)
        expect.positive(eps, "eps")
        expect.integer(seed, "seed", at_least=0)
        self.n_atoms, self.patch_size, self.eps, self.rounds = n_atoms, patch_size, eps, rounds
        self.n_images, self.per_image, self.seed = n_images, per_image, seed

    def fit(self, images: Tensor) -> PatchDictionary:
        """Learn whitening and atoms from images (N, C, H, W), uint8 or float in [0, 1]."""
        check_images(images)
        fits = min(images.shape[2:]) >= self.patch_size
        expect.that(fits, "images", images, f"images no smaller than a patch, {self.patch_size} × {self.patch_size}")
        draw = torch.Generator().manual_seed(int(self.seed))
        some = images[torch.randperm(len(images), generator=draw)[:self.n_images]]
        X = sample_patches(some, self.patch_size, self.per_image, draw)                     # (M, C·P·P)
        self.whitening = zca_whitening(X, self.eps)
        X = X @ self.whitening
        X = unit(X[X.norm(dim=1) > FLAT])
        wanted = f"at most {len(X)}, the number of patches drawn that are not of one color"
        expect.that(self.n_atoms <= len(X), "n_atoms", self.n_atoms, wanted)
        self.atoms = spherical_kmeans(X, self.n_atoms, self.rounds, draw)
        self.image_shape = tuple(images.shape[1:])
        return self

    def patches(self, images: Tensor, stride: int = 1) -> Tensor:
        """Every patch of images (B, C, H, W), whitened and brought to length 1: (B, L, C·P·P), row by row."""
        return unit(centered_patches(images, self.patch_size, stride) @ self.whitening)

    def blocks(self, images: Tensor, stride: int) -> Iterator[Tensor]:
        """`images`, checked, a few at a time as floats: as many as have CODES codes of patches, which then stay in cache."""
        expect.that(hasattr(self, "atoms"), "encode", expect.Words("no dictionary"), "fit(images) first")
        check_images(images)
        expect.that(tuple(images.shape[1:]) == self.image_shape, "images", images, f"(N, *{self.image_shape}), as fitted")
        size = max(1, CODES // (math.prod(self._places(stride)) * self.n_atoms))
        return (as_float(block).to(self.atoms.device) for block in images.split(size))

    def _places(self, stride: int) -> tuple[int, int]:
        """How many patches there are in a column and in a row of an image."""
        h, w = ((size - self.patch_size) // stride + 1 for size in self.image_shape[1:])
        return h, w

    def pool(self, codes: Tensor, stride: int, grid: int) -> Tensor:
        """The mean code in each cell of a grid × grid grid, (B, grid², K), of codes (B, L, K): first rows, then columns."""
        down, across = (F.adaptive_avg_pool1d(torch.eye(n), grid).T.to(codes) for n in self._places(stride))
        codes = down @ codes.unflatten(1, self._places(stride)).flatten(2)                  # (B, grid, w · K)
        codes = across @ codes.unflatten(2, (across.shape[1], -1)).flatten(0, 1)            # (B · grid, grid, K)
        return codes.view(-1, grid**2, codes.shape[2])

    def as_images(self) -> Tensor:
        """The atoms to look at, (K, C, P, P), around 0."""
        return self.atoms.view(self.n_atoms, -1, self.patch_size, self.patch_size)


def centered_patches(images: Tensor, patch_size: int, stride: int = 1) -> Tensor:
    """Every patch, row by row, the mean of each of its colors taken off: (B, C, H, W) to (B, L, C·P·P).

    >>> images = torch.arange(9.0).view(1, 1, 3, 3)
    >>> centered_patches(images, patch_size=2)[0, 0].tolist()      # of 0 1 / 3 4
    [-2.0, -1.0, 1.0, 2.0]
    """
    x = F.unfold(images, patch_size, stride=stride).transpose(1, 2)                         # (B, L, C·P·P)
    x = x.unflatten(2, (images.shape[1], patch_size**2))
    return (x - x.mean(dim=3, keepdim=True)).flatten(2)


def sample_patches(images: Tensor, patch_size: int, per_image: int, generator: torch.Generator) -> Tensor:
    """`per_image` centered patches of every image, at random places: (N · per_image, C·P·P)."""
    found = []
    for block in images.split(64):
        x = centered_patches(as_float(block), patch_size)                                   # (B, L, C·P·P)
        places = torch.randint(x.shape[1], (len(x), per_image), generator=generator)
        found.append(x[torch.arange(len(x))[:, None], places].flatten(0, 1))
    return torch.cat(found)


def zca_whitening(X: Tensor, eps: float) -> Tensor:
    """The symmetric matrix W, (D, D), that makes the directions of X, (M, D), equally strong: XᵀX / M becomes I.

    W = U (Λ + ε λ₁)^(−1/2) Uᵀ, where XᵀX / M = U Λ Uᵀ and λ₁ is the largest eigenvalue: ε keeps directions with next to
    no variance, which are noise, from being blown up. Bell and Sejnowski (1997), "The 'independent components' of
    natural scenes are edge filters".
    """
    X = X.double()
    values, U = torch.linalg.eigh(X.T @ X / len(X))
    return (U * (values.clamp(min=0) + eps * values[-1]).rsqrt() @ U.T).float()


def spherical_kmeans(X: Tensor, k: int, rounds: int, generator: torch.Generator) -> Tensor:
    """`k` unit vectors (k, D), each the direction of the rows of X (unit vectors, (M, D)) to which it is the nearest.

    A center to which no row is nearest stays where it was. Dhillon and Modha (2001), "Concept decompositions for large
    sparse text data using clustering".
    """
    centers = X[torch.randperm(len(X), generator=generator)[:k]]                            # (k, D)
    for _ in range(rounds):
        sums = torch.zeros_like(centers)
        for block in X.split(4096):
            sums.index_add_(0, (block @ centers.T).argmax(dim=1), block)
        used = sums.norm(dim=1, keepdim=True) > 0
        centers = torch.where(used, F.normalize(sums, dim=1), centers)
    return centers


def unit(x: Tensor) -> Tensor:
    """Rows of length 1; a patch without any structure stays near 0 instead of becoming noise of length 1."""
    return F.normalize(x, dim=-1, eps=FLAT)


def as_float(images: Tensor) -> Tensor:
    """uint8 in 0..255 as floats in [0, 1]; floats as float32."""
    return images.float() / 255 if images.dtype == torch.uint8 else images.float()


def check_images(images: object) -> None:
    """ValueError unless `images` are images, finite ones."""
    expect.images(images)
    if images.is_floating_point():
        expect.tensor(images, "images", finite=True)
