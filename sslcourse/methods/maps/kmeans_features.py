"""k-means features: which of a thousand typical patches are near, in each corner of the image.

Coates, Ng and Lee (2011), "An analysis of single-layer networks in unsupervised feature learning" (AISTATS): with
whitened patches and enough centers, one step of clustering was ahead of the deep networks of its time on CIFAR-10.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ... import expect
from .patch_dictionary import PatchDictionary


def _check_triangle_code(distances):
    expect.tensor(distances, "distances")
    expect.that(distances.is_floating_point() and distances.ndim >= 1, "distances", distances, "floating point, (..., K)")


@expect.checked(_check_triangle_code)
def triangle_code(distances: Tensor) -> Tensor:
    """How much nearer than the average center each center is, 0 for those farther away: max(0, mean(z) − z).

    `distances` z is (..., K), from one patch to K centers; the code has its shape, and about half of it is 0. Coates,
    Ng and Lee (2011), section 3.2.1, "triangle".

    >>> triangle_code(torch.tensor([1.0, 2.0, 6.0]))
    tensor([2., 1., 0.])
    """
    return (distances.mean(dim=-1, keepdim=True) - distances).relu()


class KMeansFeatures:
    """Patches → whitened → distances to K centers → triangle code → averaged over a grid of cells → standardized.

    n_atoms      K, the number of k-means centers
    patch_size   the patches' height and width
    stride       the step from one patch to the next
    grid         the image is cut into grid × grid cells (paper: 2, its quadrants)
    n_images     how many images the features' mean and deviation are taken from
    seed         draws the patches that the dictionary is made of

    ``fit(images)`` and ``encode(images)`` take (N, C, H, W), uint8 or float in [0, 1], one or three channels; the
    features are (N, grid² · K) float32. No label is used. Patches and centers have unit length here (spherical k-means),
    so that a patch's contrast does not count. Memory does not grow with N, but for the features themselves.
    Raises ValueError for numbers out of range, images smaller than a patch or of another shape than those of `fit`.

    >>> from sslcourse import data
    >>> images = data.shapes(64).images
    >>> KMeansFeatures(n_atoms=16, stride=4).fit(images).encode(images[:5]).shape
    torch.Size([5, 64])
    """

    def __init__(
        self, n_atoms: int = 1024, *, patch_size: int = 6, stride: int = 2, grid: int = 2, n_images: int = 5000,
        seed: int = 0,
    ):
        expect.integer(stride, "stride", at_least=1)
        expect.integer(grid, "grid", at_least=1)
        self.dictionary = PatchDictionary(n_atoms, patch_size, seed=seed)
        expect.integer(n_images, "n_images", at_least=2)
        self.stride, self.grid, self.n_images = stride, grid, n_images

    def fit(self, images: Tensor) -> KMeansFeatures:
        """The dictionary, then the mean and deviation of every feature."""
        self.dictionary.fit(images)
        pooled = self._pooled(images[:self.n_images])
        self.mean, self.scale = pooled.mean(dim=0), pooled.std(dim=0).clamp(min=1e-6)       # (grid² · K,) each
        return self

    def encode(self, images: Tensor) -> Tensor:
        """Features (N, grid² · K) of images (N, C, H, W)."""
        return self._pooled(images).sub_(self.mean).div_(self.scale)

    def _pooled(self, images: Tensor) -> Tensor:
        """Codes averaged over the cells, (N, grid² · K)."""
        found = []
        for block in self.dictionary.blocks(images, self.stride):
            patches = self.dictionary.patches(block, self.stride)                           # (B, L, C·P·P)
            codes = triangle_code(torch.cdist(patches, self.dictionary.atoms))              # (B, L, K)
            found.append(self.dictionary.pool(codes, self.stride, self.grid).flatten(1))    # of (B, grid², K)
        return torch.cat(found)
