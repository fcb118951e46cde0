"""The Sparse Manifold Transform: sparse codes of patches, and the directions in which one image's patches agree.

Chen, Yun, Ma, Olshausen and LeCun (2023), "Minimalistic unsupervised representation learning with the sparse manifold
transform" (ICLR 2023, arXiv:2209.15261). No network, no augmentation, no gradient step: counting, and one eigenproblem.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ... import expect
from .patch_dictionary import PatchDictionary


def _check_sparse_code(patches, atoms, threshold):
    expect.tensor(patches, "patches", ("B", "L", "D"))
    expect.tensor(atoms, "atoms", ("K", patches.shape[2]))
    expect.number(threshold, "threshold", at_least=-1, at_most=1)


def _check_generalized_eigh(A, B):
    expect.tensor(A, "A", ("K", "K"), finite=True)
    expect.tensor(B, "B", tuple(A.shape), finite=True)


@expect.checked(_check_sparse_code)
def sparse_code(patches: Tensor, atoms: Tensor, threshold: float) -> Tensor:
    """By how much the cosine of each patch with each atom is above `threshold`, and 0 where it is not: max(0, cos − t).

    `patches` (B, L, D) and `atoms` (K, D) are unit vectors; the code is (B, L, K), mostly zeros. The paper takes 1 for
    those above; the amount keeps more of what the patch looks like. It is a linear layer with a ReLU, whose weights are
    typical patches and were never trained. Raises ValueError for other shapes and a threshold outside [−1, 1].

    >>> sparse_code(torch.tensor([[[1.0, 0.0]]]), torch.tensor([[0.75, 0.66], [0.0, 1.0]]), threshold=0.25)
    tensor([[[0.5000, 0.0000]]])
    """
    return F.linear(patches, atoms, atoms.new_full((len(atoms),), -threshold)).relu_()


@expect.checked(_check_generalized_eigh)
def generalized_eigh(A: Tensor, B: Tensor) -> tuple[Tensor, Tensor]:
    """All solutions of A v = λ B v, largest λ first: λ (K,) and V (K, K) with the solutions as columns, Vᵀ B V = I.

    A and B are symmetric (K, K), float64, B positive definite. B = L Lᵀ turns it into the plain eigenproblem of
    L⁻¹ A L⁻ᵀ, whose solutions are Lᵀ v. Raises ValueError for other shapes and for NaN.

    >>> A, B = torch.diag(torch.tensor([1.0, 6.0])).double(), torch.diag(torch.tensor([1.0, 2.0])).double()
    >>> [round(value, 6) for value in generalized_eigh(A, B)[0].tolist()]   # 6 / 2 and 1 / 1
    [3.0, 1.0]
    """
    L = torch.linalg.cholesky(B)
    half = torch.linalg.solve_triangular(L, A, upper=False)                                 # L⁻¹ A
    values, U = torch.linalg.eigh(torch.linalg.solve_triangular(L, half.T, upper=False))    # ascending
    return values.flip(0), torch.linalg.solve_triangular(L.T, U.flip(1), upper=True)


class SparseManifoldTransform:
    """Patches → sparse code over K atoms → averaged over a grid of cells → projected by P → each cell to length 1.

    n_atoms      K, the number of atoms
    dim          d, the numbers kept of each cell
    patch_size   the patches' height and width
    stride       the step from one patch to the next
    threshold    the cosine from which an atom counts
    grid         the image is cut into grid × grid cells
    n_images     how many images the eigenproblem is made from
    seed         draws the patches that the dictionary is made of

    With a the code of a patch and ā the mean code of an image, P (d, K) are the directions in which the patches of one
    image agree most, among those in which patches vary by 1:

        maximize  tr P E[ā āᵀ] Pᵀ   subject to   P E[a aᵀ] Pᵀ = I

    The paper minimizes how much patches of one neighborhood differ, which is the same, with an image as the neighborhood.
    The first solution, nearly the same for every patch, is left out. It is VICReg with a linear map: the constraint keeps
    the variance up and the correlations down. Averaging comes before P, which changes nothing, as P is linear, and keeps
    grid² instead of L codes an image.

    ``fit(images)`` and ``encode(images)`` take (N, C, H, W), uint8 or float in [0, 1], one or three channels; the
    features are (N, grid² · d) float32. No label is used. Memory does not grow with N, but for the features themselves.
    Raises ValueError for numbers out of range, images smaller than a patch or of another shape than those of `fit`.

    >>> from sslcourse import data
    >>> images = data.shapes(64).images
    >>> SparseManifoldTransform(n_atoms=32, dim=8, stride=4).fit(images).encode(images[:5]).shape
    torch.Size([5, 200])
    """

    def __init__(
        self, n_atoms: int = 1024, dim: int = 128, *, patch_size: int = 6, stride: int = 2, threshold: float = 0.15,
        grid: int = 5, n_images: int = 10_000, seed: int = 0,
    ):
        self.dictionary = PatchDictionary(n_atoms, patch_size, seed=seed)
        expect.integer(dim, "dim", at_least=1, at_most=n_atoms - 1)
        for name, value in dict(stride=stride, grid=grid, n_images=n_images).items():
            expect.integer(value, name, at_least=1)
        expect.number(threshold, "threshold", at_least=-1, at_most=1)
        self.dim, self.stride, self.threshold, self.grid, self.n_images = dim, stride, threshold, grid, n_images

    def fit(self, images: Tensor) -> SparseManifoldTransform:
        """The dictionary, then the two moments of the codes, then the eigenproblem."""
        self.dictionary.fit(images)
        agreement, spread, count = 0.0, 0.0, 0
        for block in self.dictionary.blocks(images[:self.n_images], self.stride):
            codes = self._codes(block)                                                      # (B, L, K)
            some = codes[:, ::13].flatten(0, 1)     # of each image, patches all over it: neighbors say much the same
            means = codes.mean(dim=1)                                                       # (B, K)
            agreement = agreement + means.T @ means
            spread, count = spread + some.T @ some, count + len(some)
        K = self.dictionary.n_atoms
        agreement, spread = agreement.double() / min(len(images), self.n_images), spread.double() / count
        expect.that(bool(spread.trace() > 0), "threshold", self.threshold, "one that the cosines of some atoms exceed")
        self.spread = spread + 1e-4 * spread.trace() / K * torch.eye(K)     # an atom that was never used stays harmless
        self.eigenvalues, V = generalized_eigh(agreement, self.spread)
        self.projection = V[:, 1:self.dim + 1].T.float()                                    # P (d, K)
        return self

    def encode(self, images: Tensor) -> Tensor:
        """Features (N, grid² · d) of images (N, C, H, W)."""
        found = []
        for block in self.dictionary.blocks(images, self.stride):
            cells = self.dictionary.pool(self._codes(block), self.stride, self.grid)        # (B, grid², K)
            found.append(F.normalize(cells @ self.projection.T, dim=2).flatten(1))          # of (B, grid², d)
        return torch.cat(found)

    def _codes(self, block: Tensor) -> Tensor:
        """The codes of every patch, (B, L, K)."""
        return sparse_code(self.dictionary.patches(block, self.stride), self.dictionary.atoms, self.threshold)
