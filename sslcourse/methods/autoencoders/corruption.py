"""Noise for a denoising autoencoder: three ways to spoil an image that keep what is in it recognisable.

Vincent, Larochelle, Lajoie, Bengio & Manzagol (2010), "Stacked denoising autoencoders", JMLR 11:3371, section 3.3:
masking noise, salt-and-pepper noise and additive Gaussian noise. The draws come from torch's global generator.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ... import expect


def _check_images(images):
    expect.images(images)
    expect.that(images.is_floating_point(), "images", images, "floating point (uint8 / 255 is)")


def _check_share(images, share):
    _check_images(images)
    expect.number(share, "share", at_least=0, at_most=1)


def _check_sigma(images, sigma):
    _check_images(images)
    expect.number(sigma, "sigma", at_least=0)


@expect.checked(_check_share)
def masking_noise(images: Tensor, share: float) -> Tensor:
    """The images with about `share` of their pixels set to 0; the others stay as they are.

    images is (N, C, H, W), floating point; share is in [0, 1]. Each pixel of each image is drawn by itself, and goes
    with all its channels: what is left of one color would give the others away. Returns the same shape and dtype.
    Raises ValueError for other shapes, integers, and a share outside [0, 1].

    >>> noisy = masking_noise(torch.ones(2, 3, 50, 50), share=0.3)
    >>> noisy.unique().tolist(), 0.25 < (noisy == 0).float().mean().item() < 0.35
    ([0.0, 1.0], True)
    """
    kept = torch.rand_like(images[:, :1]) >= share                      # (N, 1, H, W): one draw a pixel
    return images * kept


@expect.checked(_check_share)
def salt_and_pepper_noise(images: Tensor, share: float) -> Tensor:
    """The images with about `share` of their pixels set to 0 or to 1, black or white, each as likely as the other.

    Arguments, result and errors as for `masking_noise`; white is 1, as in images between 0 and 1.

    >>> noisy = salt_and_pepper_noise(torch.full((2, 1, 50, 50), 0.5), share=0.4)
    >>> noisy.unique().tolist()
    [0.0, 0.5, 1.0]
    """
    draw = torch.rand_like(images[:, :1])                               # (N, 1, H, W)
    noisy = torch.where(draw < share, torch.ones_like(images), images)
    return torch.where(draw < share / 2, torch.zeros_like(images), noisy)


@expect.checked(_check_sigma)
def gaussian_noise(images: Tensor, sigma: float) -> Tensor:
    """The images plus independent Gaussian noise of standard deviation `sigma` in every channel of every pixel.

    images is (N, C, H, W), floating point; sigma ≥ 0, in units of the pixels. Nothing is clipped, so values may
    leave [0, 1]. Returns the same shape and dtype. Raises ValueError for other shapes, integers, and a negative sigma.

    >>> noise = gaussian_noise(torch.zeros(4, 3, 50, 50), sigma=0.2)
    >>> 0.19 < noise.std().item() < 0.21
    True
    """
    return images + sigma * torch.randn_like(images)
