"""The halves of an autoencoder: images -> a bottleneck of Z numbers -> images (Ballard, 1987).

Convolutional or MLP, to be combined freely; the deep autoencoder is Hinton & Salakhutdinov's (2006, Science 313:504).
A decoder's output is bare: pixel values for a squared error, or logits, to which the loss adds the sigmoid. A VAE asks
its encoder for 2·J numbers and splits them (arXiv:1312.6114): `mu, log_var = encoder(images).chunk(2, dim=1)`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from torch import Tensor, nn

from .. import expect
from . import inputs


class ConvEncoder(nn.Module):
    """(N, C, S, S) -> (N, Z): convolutions of stride 2, each doubling the channels, then a linear layer.

    latent_dim                Z
    in_channels, image_size   C and S; 2^depth divides S
    width                     channels after the first convolution
    depth                     how often the size is halved
    batch_norm                off where a sample's code must depend on that sample alone, as a contractive penalty asks

    Raises ValueError for sizes below 1, an image size that cannot be halved so often, images of another shape or type.

    Attributes: `num_features` (Z), and `num_classes`, which is 0. The shape is DCGAN's (arXiv:1511.06434, section 3).

    >>> import torch
    >>> ConvEncoder(latent_dim=10, in_channels=1, image_size=28, width=8, depth=2)(torch.rand(2, 1, 28, 28)).shape
    torch.Size([2, 10])
    """

    def __init__(
        self,
        latent_dim: int,
        in_channels: int = 3,
        image_size: int = 32,
        *,
        width: int = 32,
        depth: int = 3,
        batch_norm: bool = True,
    ):
        super().__init__()
        side, channels = _bottleneck(latent_dim, in_channels, image_size, width, depth)
        self.image_shape = (in_channels, image_size, image_size)
        self.num_features, self.num_classes = latent_dim, 0
        layers: list[nn.Module] = []
        for c_in, c_out in zip([in_channels, *channels], channels):
            layers.append(nn.Conv2d(c_in, c_out, 4, stride=2, padding=1, bias=not batch_norm))
            layers += [nn.BatchNorm2d(c_out)] if batch_norm else []
            layers.append(nn.ReLU())
        self.layers = nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels[-1] * side * side, latent_dim))

    def forward(self, images: Tensor) -> Tensor:
        return self.forward_features(images)

    def forward_features(self, images: Tensor) -> Tensor:
        """The codes, (N, Z)."""
        _check_images(images, self.image_shape)
        return self.layers(images)


class ConvDecoder(nn.Module):
    """(N, Z) -> (N, C, S, S): a linear layer, then transposed convolutions of stride 2, the mirror of `ConvEncoder`.

    Its kernels are 4 × 4, a multiple of the stride: each pixel is written equally often, which leaves no chequerboard
    (Odena et al., 2016, doi:10.23915/distill.00003). No activation at the end.

    latent_dim                 Z
    out_channels, image_size   C and S; 2^depth divides S
    width, depth, batch_norm   as the encoder's

    Raises ValueError for sizes below 1, an image size that cannot be halved so often, codes of another shape or type.

    >>> import torch
    >>> ConvDecoder(latent_dim=10, out_channels=1, image_size=28, width=8, depth=2)(torch.rand(2, 10)).shape
    torch.Size([2, 1, 28, 28])
    """

    def __init__(
        self,
        latent_dim: int,
        out_channels: int = 3,
        image_size: int = 32,
        *,
        width: int = 32,
        depth: int = 3,
        batch_norm: bool = True,
    ):
        super().__init__()
        side, channels = _bottleneck(latent_dim, out_channels, image_size, width, depth, "out_channels")
        self.latent_dim = latent_dim
        layers: list[nn.Module] = [
            nn.Linear(latent_dim, channels[-1] * side * side), nn.ReLU(), nn.Unflatten(1, (channels[-1], side, side))
        ]
        for c_in, c_out in zip(channels[:0:-1], channels[-2::-1]):
            layers.append(nn.ConvTranspose2d(c_in, c_out, 4, stride=2, padding=1, bias=not batch_norm))
            layers += [nn.BatchNorm2d(c_out)] if batch_norm else []
            layers.append(nn.ReLU())
        self.layers = nn.Sequential(*layers, nn.ConvTranspose2d(channels[0], out_channels, 4, stride=2, padding=1))

    def forward(self, z: Tensor) -> Tensor:
        inputs.vectors(z, "z", self.latent_dim)
        return self.layers(z)


class MLPEncoder(nn.Module):
    """(N, C, S, S) -> (N, Z): pixels in a row, through linear layers with ReLU between them.

    Without hidden layers it is linear, and with a linear decoder and a squared error it finds PCA's subspace (Baldi &
    Hornik, 1989, doi:10.1016/0893-6080(89)90014-2).

    latent_dim                Z
    in_channels, image_size   C and S
    hidden_dims               sizes of the hidden layers, () for none

    Raises ValueError for sizes below 1, images of another shape or type.

    Attributes: `num_features` (Z), and `num_classes`, which is 0.

    >>> import torch
    >>> MLPEncoder(latent_dim=2, in_channels=1, image_size=8, hidden_dims=(16, 8))(torch.rand(5, 1, 8, 8)).shape
    torch.Size([5, 2])
    """

    def __init__(
        self, latent_dim: int, in_channels: int = 3, image_size: int = 32, *, hidden_dims: Sequence[int] = (512,)
    ):
        super().__init__()
        inputs.sizes(latent_dim=latent_dim, in_channels=in_channels, image_size=image_size)
        self.image_shape = (in_channels, image_size, image_size)
        self.num_features, self.num_classes = latent_dim, 0
        self.layers = nn.Sequential(nn.Flatten(), *_linear_layers(math.prod(self.image_shape), hidden_dims, latent_dim))

    def forward(self, images: Tensor) -> Tensor:
        return self.forward_features(images)

    def forward_features(self, images: Tensor) -> Tensor:
        """The codes, (N, Z)."""
        _check_images(images, self.image_shape)
        return self.layers(images)


class MLPDecoder(nn.Module):
    """(N, Z) -> (N, C, S, S): linear layers with ReLU between them, none at the end; the mirror of `MLPEncoder`.

    latent_dim                 Z
    out_channels, image_size   C and S
    hidden_dims                sizes of the hidden layers from Z on, () for a linear decoder (Baldi & Hornik, 1989)

    Raises ValueError for sizes below 1, codes of another shape or type.

    >>> import torch
    >>> MLPDecoder(latent_dim=2, out_channels=1, image_size=8, hidden_dims=(8, 16))(torch.rand(5, 2)).shape
    torch.Size([5, 1, 8, 8])
    """

    def __init__(
        self, latent_dim: int, out_channels: int = 3, image_size: int = 32, *, hidden_dims: Sequence[int] = (512,)
    ):
        super().__init__()
        inputs.sizes(latent_dim=latent_dim, out_channels=out_channels, image_size=image_size)
        self.latent_dim, shape = latent_dim, (out_channels, image_size, image_size)
        self.layers = nn.Sequential(
            *_linear_layers(latent_dim, hidden_dims, math.prod(shape)), nn.Unflatten(1, shape)
        )

    def forward(self, z: Tensor) -> Tensor:
        inputs.vectors(z, "z", self.latent_dim)
        return self.layers(z)


def _bottleneck(
    latent_dim: int, channels: int, image_size: int, width: int, depth: int, channels_name: str = "in_channels"
) -> tuple[int, list[int]]:
    """The side of the smallest map, and the channels after each halving."""
    inputs.sizes(latent_dim=latent_dim, image_size=image_size, width=width, depth=depth, **{channels_name: channels})
    expect.that(image_size % 2**depth == 0, "image_size", image_size, f"a multiple of 2^depth, {2**depth}")
    return image_size // 2**depth, [width * 2**i for i in range(depth)]


def _linear_layers(d_in: int, hidden_dims: Sequence[int], d_out: int) -> list[nn.Module]:
    is_list = isinstance(hidden_dims, Sequence) and not isinstance(hidden_dims, str)
    expect.that(is_list, "hidden_dims", hidden_dims, "a sequence of sizes, () for none")
    layers: list[nn.Module] = []
    for size in hidden_dims:
        expect.integer(size, "hidden_dims", at_least=1)
        layers += [nn.Linear(d_in, size), nn.ReLU()]
        d_in = size
    return [*layers, nn.Linear(d_in, d_out)]


def _check_images(images: Tensor, shape: tuple[int, int, int]) -> None:
    expect.tensor(images, "images", ("N", *shape))
    expect.that(images.is_floating_point(), "images", images, "floating point (uint8 / 255 is)")
