"""The variational autoencoder: each image becomes a cloud of codes, held near a prior (Kingma & Welling, 2014)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ... import expect, losses
from .autoencoder import as_float


def _check_reparametrize(mu, log_var):
    expect.tensor(mu, "mu")
    expect.that(mu.is_floating_point(), "mu", mu, "floating point")
    expect.tensor(log_var, "log_var")
    expect.same_shape(mu, log_var, "mu, log_var")
    expect.that(log_var.dtype == mu.dtype, "log_var", log_var, f"the dtype of mu, {mu.dtype}")


@expect.checked(_check_reparametrize)
def reparametrize(mu: Tensor, log_var: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """One draw z = μ + σ ε of N(μ, σ²) for each entry, ε from N(0, 1): a gradient reaches μ and σ through it.

    mu and log_var are of one shape, (N, J) in a VAE; log_var holds log σ², so that σ = exp(log_var / 2) is positive
    whatever a network puts out. Returns z of that shape. `generator` is one of the device of mu; None for torch's global one.
    Kingma & Welling, 2014 (arXiv:1312.6114), section 2.4. Raises ValueError for mismatched shapes or dtypes, and for
    integers.

    >>> z = reparametrize(torch.full((1000, 2), 3.0), torch.zeros(1000, 2), torch.Generator().manual_seed(0))
    >>> z.shape, z.mean().round().item(), z.std().round().item()
    (torch.Size([1000, 2]), 3.0, 1.0)
    """
    epsilon = torch.randn(mu.shape, generator=generator, dtype=mu.dtype, device=mu.device)
    return mu + torch.exp(log_var / 2) * epsilon


class VAE(nn.Module):
    """A variational autoencoder out of two halves (Kingma & Welling, 2014, arXiv:1312.6114).

        a cloud for each image    q(z|x) = N(μ, σ²),   μ, log σ² = encoder(x)
        one draw from it          z = μ + σ ε
        loss                      −log p(x|z) + β · KL(q(z|x) ‖ N(0, I)), equation (10) for β = 1; nats per image
        predicts                  the image itself
        from                      a draw from its code's distribution
        collapse                  the image is given, so one answer for all is wrong
        parts                     decoder

    encoder   images (N, C, S, S) in [0, 1] -> (N, 2·J): means first, then logarithms of variances
    decoder   (N, J) -> (N, C, S, S): the logits of Bernoulli pixels
    beta      β ≥ 0; other values than 1 are Higgins et al.'s β-VAE (2017)

    Raises ValueError where the two halves do not fit together.

    >>> from sslcourse import models
    >>> vae = VAE(models.MLPEncoder(2 * 3, 1, 8), models.MLPDecoder(3, 1, 8))
    >>> images = torch.zeros(5, 1, 8, 8, dtype=torch.uint8)
    >>> vae.encode(images).shape, vae.sample(4).shape, vae.loss(images).ndim
    (torch.Size([5, 3]), torch.Size([4, 1, 8, 8]), 0)
    """

    def __init__(self, encoder: nn.Module, decoder: nn.Module, *, beta: float = 1.0):
        super().__init__()
        expect.number(beta, "beta", at_least=0)
        got = expect.Words(f"an encoder to {encoder.num_features} numbers and a decoder from {decoder.latent_dim}")
        wanted = "twice as many numbers from the encoder: a mean and a logarithm of a variance for each"
        expect.that(encoder.num_features == 2 * decoder.latent_dim, "encoder, decoder", got, wanted)
        self.encoder, self.decoder = encoder, decoder
        self.latent_dim = decoder.latent_dim
        self.beta = beta

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """−ELBO of a batch of images (N, C, S, S), or of (images, …): labels are not looked at. One draw per image."""
        x = as_float(batch)
        mu, log_var = self.posterior(x)
        z = reparametrize(mu, log_var)
        return losses.reconstruction_nll(self.decoder(z), x) + self.beta * losses.gaussian_kl(mu, log_var)

    def posterior(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """mu and log_var of q(z|x), each (N, J)."""
        mu, log_var = self.encoder(as_float(images)).chunk(2, dim=1)
        return mu, log_var

    def encode(self, images: Tensor) -> Tensor:
        """The middle of each image's cloud, mu, (N, J)."""
        return self.posterior(images)[0]

    def decode(self, z: Tensor) -> Tensor:
        """Images in [0, 1] from codes (N, J): the probability that each pixel is lit."""
        return self.decoder(z).sigmoid()

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """`n` invented images: codes drawn from the prior N(0, I), decoded."""
        return self.decode(from_prior(self.decoder, n, self.latent_dim, generator))


def _check_active_units(mu, threshold):
    expect.tensor(mu, "mu", ("N", "J"), finite=True)
    expect.that(len(mu) >= 2, "mu", mu, "two images or more")
    expect.positive(threshold, "threshold")


@expect.checked(_check_active_units)
def active_units(mu: Tensor, threshold: float = 0.01) -> Tensor:
    """Which of a VAE's J latent numbers are in use: (J,), True where the posterior's mean differs between images.

    mu is (N, J), the posterior means of N images. A unit counts as active if the variance of its mean over the images
    exceeds `threshold`: Burda, Grosse & Salakhutdinov, 2016 (arXiv:1509.00519), section 5.2. One that does not has a
    posterior that no longer depends on the image: it has collapsed onto the prior. Raises ValueError for another shape,
    NaN, fewer than two images.

    >>> active_units(torch.tensor([[1.0, 0.02], [-1.0, 0.0], [0.5, 0.01]]))
    tensor([ True, False])
    """
    return mu.var(dim=0) > threshold


def from_prior(decoder: nn.Module, n: int, latent_dim: int, generator: torch.Generator | None = None) -> Tensor:
    """(n, latent_dim) draws of N(0, I), beside the decoder's weights."""
    expect.integer(n, "n", at_least=1)
    where = next(decoder.parameters()).device
    device = where if generator is None else generator.device
    return torch.randn(n, latent_dim, generator=generator, device=device).to(where)
