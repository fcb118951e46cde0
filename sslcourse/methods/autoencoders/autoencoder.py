"""Autoencoders: copy the input through a narrow place, and keep what came through it as the representation.

Ballard (1987), "Modular learning in neural networks", AAAI. Denoising: Vincent et al. (2008), "Extracting and composing
robust features with denoising autoencoders", ICML, and (2010), "Stacked denoising autoencoders", JMLR 11:3371.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ... import expect


class Autoencoder(nn.Module):
    """An encoder and a decoder, trained to give back what came in.

        code               z = encoder(x)                              the representation
        reconstruction     x̂ = decoder(z)
        loss               ‖x − x̂‖², summed over an image's pixels, averaged over the images
        predicts           the image itself
        from               its code, or that of a corrupted copy
        collapse           the image is given, so one answer for all is wrong
        parts              decoder

    With `corrupt` it is a denoising autoencoder: the encoder gets corrupt(x), and x̂ is still compared with the clean x
    (Vincent et al., 2010, section 3.1).

    encoder   float images (N, C, H, W) -> (N, Z)
    decoder   (N, Z) -> (N, C, H, W), without an activation at its end
    corrupt   float images -> float images of the same shape, drawn anew for each batch; None for a plain autoencoder

    Raises ValueError for a `corrupt` that cannot be called.

    >>> from sslcourse import models
    >>> method = Autoencoder(models.MLPEncoder(3, 1, 8), models.MLPDecoder(3, 1, 8))
    >>> images = torch.zeros(5, 1, 8, 8, dtype=torch.uint8)
    >>> method.encode(images / 255).shape, method.reconstruct(images).shape, method.loss(images).ndim
    (torch.Size([5, 3]), torch.Size([5, 1, 8, 8]), 0)
    """

    def __init__(self, encoder: nn.Module, decoder: nn.Module, *, corrupt: Callable[[Tensor], Tensor] | None = None):
        super().__init__()
        expect.that(corrupt is None or callable(corrupt), "corrupt", corrupt, "a function of images, or None")
        self.encoder, self.decoder, self.corrupt = encoder, decoder, corrupt

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """The mean over images (N, C, H, W) of the squared error of the whole image: labels are not looked at."""
        x = as_float(batch)
        seen = x if self.corrupt is None else self.corrupt(x)
        return squared_error(self.decoder(self.encoder(seen)), x).mean()

    def encode(self, images: Tensor) -> Tensor:
        """The codes, (N, Z), of images as they are: nothing is corrupted here."""
        return self.encoder(images)

    def reconstruct(self, images: Tensor) -> Tensor:
        """x̂ of float or uint8 images, (N, C, H, W), in evaluation mode and without gradients; modes are put back."""
        modes = [(part, part.training) for part in self.modules()]
        self.eval()
        try:
            with torch.no_grad():
                return self.decoder(self.encoder(as_float(images)))
        finally:
            for part, training in modes:
                part.training = training


def squared_error(reconstructions: Tensor, images: Tensor) -> Tensor:
    """‖x − x̂‖² of each image, (N,), summed over its channels and pixels.

    Both are (N, C, H, W); ValueError if their shapes differ.

    >>> squared_error(torch.zeros(2, 1, 4, 4), torch.full((2, 1, 4, 4), 0.5)).tolist()
    [4.0, 4.0]
    """
    expect.images(images)
    wanted = f"the shape of images, {tuple(images.shape)}"
    expect.that(reconstructions.shape == images.shape, "reconstructions", reconstructions, wanted)
    return (reconstructions - images).flatten(1).square().sum(dim=1)


def as_float(batch: Tensor | tuple[Tensor, ...]) -> Tensor:
    """The images of a batch, (N, C, H, W): uint8 becomes float32 in [0, 1], floating point stays as it is."""
    images = batch if isinstance(batch, Tensor) else batch[0]
    expect.images(images)
    return images.float() / 255 if images.dtype == torch.uint8 else images
