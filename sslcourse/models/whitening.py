"""Filters that whiten: what PCA finds in small patches of images, as the first layer of a network."""

from __future__ import annotations

import torch
from torch import Tensor

from .. import expect

IMAGES = 1_000  # their patches, 841,000 of CIFAR-10's, say what there is to say about neighbouring pixels


def _check(images: object, kernel: object, eps: object, components: object) -> None:
    expect.images(images)
    expect.integer(kernel, "kernel", at_least=1, at_most=min(images.shape[2:]))
    if components is not None:
        expect.integer(components, "components", at_least=1, at_most=images.shape[1] * kernel**2)
    expect.positive(eps, "eps")
    varies = bool((images != images[:1, :1, :1, :1]).any())
    expect.that(varies, "images", expect.Words("pixels that are all the same"), "images of something")


@expect.checked(_check)
def whitening_filters(images: Tensor, kernel: int = 4, eps: float = 1e-2, components: int | None = None) -> Tensor:
    """The PCA-whitening filters of all kernel × kernel patches of `images`, and their negatives: (2F, C, kernel, kernel).

    Neighbouring pixels are nearly equal, so an image's numbers repeat each other. PCA turns a patch, C · kernel² numbers,
    to the directions v_i in which patches vary independently of each other, with variances λ_1 ≥ λ_2 ≥ …; and

        w_i = v_i / √(λ_i + eps · λ_1)

    has an output of variance λ_i / (λ_i + eps · λ_1): near 1 for whatever is more than noise. Used as the weights of a
    convolution, the filters make its F output maps uncorrelated and equally strong. A ReLU keeps positive numbers alone,
    so each filter comes with its negative: together they lose nothing.

    images       (N, C, H, W), uint8 (scaled to [0, 1]) or floating point; the first 1,000 are looked at
    kernel       height and width of a patch
    eps          the share of the largest variance below which a direction counts as noise
    components   F, the directions that are kept, those of the largest variances; None: all C · kernel²

    Coates, Ng and Lee whiten patches before they learn features from them (AISTATS 2011, section 3.2); as a frozen first
    layer the filters stand in the fastest networks for CIFAR-10 (Jordan, arXiv:2404.00498, section 3.2). The same filters
    on each machine: an eigenvector's sign is free, here its largest entry is positive. Raises ValueError: for images of
    another rank or type, a kernel larger than they are, or eps ≤ 0.

    >>> images = torch.rand(100, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    >>> filters = whitening_filters(images, kernel=2, eps=1e-6)
    >>> maps = torch.conv2d(images, filters[:12])                       # (100, 12, 15, 15)
    >>> torch.cov(maps.transpose(0, 1).flatten(1)).allclose(torch.eye(12), atol=1e-3)
    True
    """
    channels = images.shape[1]
    size = channels * kernel**2
    count, total, products = 0, torch.zeros(size).double(), torch.zeros(size, size).double()
    for batch in images[:IMAGES].cpu().split(50):                                           # bounded memory
        pixels = batch.double() / 255 if batch.dtype == torch.uint8 else batch.double()
        windows = pixels.unfold(2, kernel, 1).unfold(3, kernel, 1)                          # (B, C, rows, columns, k, k)
        patches = windows.permute(1, 4, 5, 0, 2, 3).reshape(size, -1)                       # (size, B · rows · columns)
        count += patches.shape[1]
        total += patches.sum(dim=1)
        products += patches @ patches.T
    mean = total / count
    covariance = products / count - mean[:, None] * mean                                    # (size, size)
    variances, directions = torch.linalg.eigh(covariance)                                   # ascending; columns
    variances, directions = variances.flip(0)[:components].clamp_min(0), directions.flip(1)[:, :components]
    largest = directions.gather(0, directions.abs().argmax(dim=0, keepdim=True))            # (1, F)
    filters = (directions * largest.sign() / (variances + eps * variances[0]).sqrt()).T     # (F, size), one a row
    return torch.cat([filters, -filters]).float().view(-1, channels, kernel, kernel)
