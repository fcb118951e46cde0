"""Supervised contrastive loss: NT-Xent with partners chosen by labels (Khosla et al., 2020, arXiv:2004.11362)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from .. import expect
from . import inputs


def _check(z0, z1, labels, temperature):
    expect.positive(temperature, "temperature")
    inputs.pair(z0, z1, ("z0", "z1"))
    inputs.rows(len(z0), "z0, z1", 2)
    expect.labels(labels, n=len(z0))


@expect.checked(_check)
@inputs.full_precision
def supervised_contrastive(z0: Tensor, z1: Tensor, labels: Tensor, temperature: float = 0.1) -> Tensor:
    r"""Every view is to find all views of its class, and not its own photograph's alone.

    Khosla et al., equation (2), the mean over all 2N views i, with P(i) the other views of i's class and s the cosine:

        ℓ_i = −(1 / |P(i)|) Σ_{p ∈ P(i)} log  exp(s_ip / τ)  /  Σ_{k≠i} exp(s_ik / τ)

    z0, z1        (N, D), row by row two views of the same images; of any length: they are normalised here; N ≥ 2
    labels        (N,), integers
    temperature   τ > 0

    Raises ValueError for another rank, mismatched or non-finite embeddings, a single pair, labels that are not one integer
    for each image, τ ≤ 0.

    If no two images share a label, only the other view is left to be found, and it is NT-Xent:

    >>> from sslcourse.losses import nt_xent
    >>> z0, z1 = torch.rand(2, 5, 8, generator=torch.Generator().manual_seed(0))
    >>> torch.allclose(supervised_contrastive(z0, z1, torch.arange(5), 0.5), nt_xent(z0, z1, 0.5))
    True
    """
    z = F.normalize(torch.cat([z0, z1]), dim=1)  # (2N, D)
    y = torch.cat([labels, labels])  # (2N,)
    itself = torch.eye(len(z), dtype=torch.bool, device=z.device)

    logits = (z @ z.T / temperature).masked_fill(itself, -torch.inf)  # (2N, 2N)
    log_p = logits.log_softmax(dim=1)

    partners = (y[:, None] == y[None, :]) & ~itself  # (2N, 2N), True at least once in each row
    log_p_of_partners = log_p.masked_fill(~partners, 0.0)
    each = -log_p_of_partners.sum(dim=1) / partners.sum(dim=1)  # (2N,)
    return each.mean()
