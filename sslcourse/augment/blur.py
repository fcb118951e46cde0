"""Gaussian blur, with its own sharpness for every image: one blur matrix per image and axis."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from .. import expect
from . import draws
from .arguments import interval, per_sample, probability
from .separable import filter_rows_and_columns
from .transform import Transform, float_images, on_some


class GaussianBlur(Transform):
    """Each image blurred with probability p, by a Gaussian whose σ in pixels is uniform in `sigma`.

    SimCLR blurs half of all ImageNet views, with a kernel of a tenth of the side, and leaves blur out on CIFAR-10
    (Chen et al., 2020, appendices A and B.9).

    kernel_size   an odd number of pixels; None takes the one nearest to a tenth of the shorter side, at least 3
    sigma         smallest and largest σ
    p             probability that an image is blurred

    Raises ValueError for an even kernel, one whose half is wider than the image (its border is mirrored), or σ ≤ 0.

    >>> GaussianBlur(sigma=(0.1, 2.0), p=0.5)
    GaussianBlur(kernel_size=None, sigma=(0.1, 2), p=0.5)
    """

    def __init__(self, kernel_size: int | None = None, sigma: Sequence[float] = (0.1, 2.0), p: float = 0.5) -> None:
        self.kernel_size = None if kernel_size is None else odd(kernel_size)
        self.sigma = interval(sigma, "sigma", at_least=0, above=0)
        self.p = probability(p)

    def draw(self, n: int, generator: torch.Generator | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        """For n images: whether each is blurred, (n,) boolean, and its σ, (n,)."""
        return draws.chosen(n, self.p, generator), draws.uniform(n, *self.sigma, generator)

    def apply(self, images: torch.Tensor, generator: torch.Generator | None) -> torch.Tensor:
        kernel_size = a_tenth(images) if self.kernel_size is None else fitting(self.kernel_size, images)
        chosen, sigma = self.draw(len(images), generator)
        return on_some(images, chosen, lambda some: blur(some, kernel_size, draws.on(some.device, sigma[chosen])))


def gaussian_blur(images: torch.Tensor, kernel_size: int, sigma: float | torch.Tensor) -> torch.Tensor:
    """Images (N, C, H, W) blurred by a Gaussian of σ pixels, one or one per image (N,), cut to an odd kernel_size."""
    with float_images(images) as batch:
        sigma = per_sample(sigma, batch, "sigma")
        expect.that(bool((sigma > 0).all()), "sigma", float(sigma.min()), "σ > 0")
        return blur(batch, fitting(odd(kernel_size), batch), sigma)


def blur(images: torch.Tensor, kernel_size: int, sigma: torch.Tensor) -> torch.Tensor:
    """`gaussian_blur` without its checks: float32 images, σ (N,) on their device."""
    rows = blur_matrix(images.shape[2], kernel_size, sigma)
    columns = rows if images.shape[2] == images.shape[3] else blur_matrix(images.shape[3], kernel_size, sigma)
    return filter_rows_and_columns(images, rows, columns)


def blur_matrix(size: int, kernel_size: int, sigma: torch.Tensor) -> torch.Tensor:
    """(N, size, size): row i holds the Gaussian around pixel i; what falls beyond the border is mirrored back at it."""
    pixels = torch.arange(size, device=sigma.device)
    offsets = torch.arange(kernel_size, device=sigma.device) - kernel_size // 2
    weights = (-0.5 * (offsets / sigma[:, None]) ** 2).exp()  # (N, K)
    weights /= weights.sum(dim=1, keepdim=True)
    sources = (pixels[:, None] + offsets).abs()  # (size, K): −1 is pixel 1, and, next line, size is pixel size − 2
    sources = (size - 1) - (size - 1 - sources).abs()
    hits = (sources.T[:, :, None] == pixels).float()  # (K, size, size): one 1 per row
    return (weights @ hits.flatten(1)).view(-1, size, size)


def odd(kernel_size: int) -> int:
    expect.integer(kernel_size, "kernel_size", at_least=1)
    expect.that(kernel_size % 2 == 1, "kernel_size", kernel_size, "an odd integer")
    return kernel_size


def fitting(kernel_size: int, images: torch.Tensor) -> int:
    """The kernel size, refused if half of it reaches across a whole image."""
    shorter = min(images.shape[2:])
    wanted = f"at most {2 * shorter - 1} for images {shorter} pixels wide"
    expect.that(kernel_size // 2 < shorter, "kernel_size", kernel_size, wanted)
    return kernel_size


def a_tenth(images: torch.Tensor) -> int:
    """The odd number nearest to a tenth of the images' shorter side, at least 3 where an image has that to mirror."""
    shorter = min(images.shape[2:])
    return min(max(3, 2 * round((shorter / 10 - 1) / 2) + 1), 2 * shorter - 1)
