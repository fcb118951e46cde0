"""The VAE's evidence lower bound, term by term (Kingma & Welling, 2014, arXiv:1312.6114)."""

from __future__ import annotations

import math

from torch import Tensor, nn
from torch.nn import functional as F

from .. import expect
from . import inputs

LIKELIHOODS = ("bernoulli", "gaussian")


@expect.checked(lambda mu, log_var: inputs.pair(mu, log_var, ("mu", "log_var"), ("N", "J")))
@inputs.full_precision
def gaussian_kl(mu: Tensor, log_var: Tensor) -> Tensor:
    r"""KL(N(μ, σ²) ‖ N(0, I)) in nats per sample, in closed form.

    Kingma & Welling, Appendix B, with J latent dimensions, as a mean over the batch:

        KL = −½ Σ_{j=1..J} (1 + log σ_j² − μ_j² − σ_j²)

    mu, log_var   (N, J), the encoder's means and logarithms of variances

    Raises ValueError for another rank, mismatched or non-finite tensors.

    >>> import torch
    >>> gaussian_kl(torch.ones(5, 2), torch.zeros(5, 2))  # ½ · 1² in each of two dimensions
    tensor(1.)
    """
    return -(1 + log_var - mu.square() - log_var.exp()).sum(dim=1).mean() / 2


def _check(reconstruction, images, likelihood, scale):
    expect.one_of(likelihood, "likelihood", LIKELIHOODS)
    expect.positive(scale, "scale")
    for value, name in ((reconstruction, "reconstruction"), (images, "images")):
        inputs.floats(value, name)
        expect.that(value.dim() >= 2, name, value, "a batch, (N, ...)")
    expect.same_shape(reconstruction, images, "reconstruction, images")
    if likelihood == "bernoulli":
        low, high = images.detach().aminmax()
        inside = (low >= 0) & (high <= 1)
        expect.numbers_that(inside, "images", lambda: f"values from {low:g} to {high:g}", "values in [0, 1]")


@expect.checked(_check)
@inputs.full_precision
def reconstruction_nll(
    reconstruction: Tensor, images: Tensor, likelihood: str = "bernoulli", scale: float = 1.0
) -> Tensor:
    r"""−log p(x | z) in nats per sample: summed over the pixels, averaged over the batch.

    Kingma & Welling, equation (10), second term (one draw of z), with the decoders of their Appendix C:

        "bernoulli"   −Σ [x log y + (1 − x) log(1 − y)],  y = sigmoid(reconstruction); x in [0, 1]
        "gaussian"    Σ [ (x − y)² / 2s² + log s + ½ log 2π ],  y = reconstruction, s = `scale` for every pixel

    reconstruction   (N, ...), the decoder's output: logits for "bernoulli", pixel values for "gaussian"
    images           (N, ...), of the same shape
    likelihood       "bernoulli" or "gaussian"
    scale            s > 0, of the second

    Raises ValueError for mismatched or non-finite tensors, images outside [0, 1] for "bernoulli", scale ≤ 0.

    >>> import torch
    >>> round(float(reconstruction_nll(torch.zeros(3, 1, 2, 2), torch.ones(3, 1, 2, 2))), 4)  # 4 pixels · ln 2
    2.7726
    """
    if likelihood == "bernoulli":
        total = F.binary_cross_entropy_with_logits(reconstruction, images, reduction="sum")
    else:
        constant = math.log(scale) + math.log(2 * math.pi) / 2
        total = ((images - reconstruction) / scale).square().sum() / 2 + constant * images.numel()
    return total / len(images)


class ELBOLoss(nn.Module):
    """−ELBO = `reconstruction_nll` + β · `gaussian_kl`, equation (10) for β = 1; other β: Higgins et al., 2017.

    beta                β ≥ 0, the weight of the KL term
    likelihood, scale   as in `reconstruction_nll`

    >>> import torch
    >>> criterion = ELBOLoss()
    >>> x = torch.ones(3, 1, 2, 2)
    >>> round(float(criterion(torch.zeros(3, 1, 2, 2), x, mu=torch.ones(3, 2), log_var=torch.zeros(3, 2))), 4)
    3.7726
    """

    def __init__(self, beta: float = 1.0, likelihood: str = "bernoulli", scale: float = 1.0):
        super().__init__()
        expect.number(beta, "beta", at_least=0)
        expect.one_of(likelihood, "likelihood", LIKELIHOODS)
        expect.positive(scale, "scale")
        self.beta = beta
        self.likelihood = likelihood
        self.scale = scale

    def forward(self, reconstruction: Tensor, images: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
        nll = reconstruction_nll(reconstruction, images, self.likelihood, self.scale)
        kl = gaussian_kl(mu, log_var)
        batches = expect.Words(f"{len(images)} images and {len(mu)} rows of mu")
        expect.that(len(images) == len(mu), "mu", batches, "one row for each image")
        return nll + self.beta * kl
