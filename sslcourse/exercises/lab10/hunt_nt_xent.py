"""Bug hunt `hunt_nt_xent`: a loss written by hand, with exponentials, that runs and falls, and is not NT-Xent."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from ..engine import hunt
from . import nt_xent


def hunt_nt_xent(z0, z1, temperature=0.5):
    """NT-Xent as a colleague wrote it: z0, z1 (N, D), temperature > 0  ->  a scalar."""
    n = len(z0)
    z = F.normalize(torch.cat([z0, z1]), dim=1)
    similar = ((z @ z.T - 1) / temperature).exp()
    similar = similar * (1 - torch.eye(2 * n, dtype=z.dtype, device=z.device))
    partner = torch.cat([similar.diagonal(n), similar.diagonal(-n)])
    others = similar.sum(dim=1) - partner
    return -(partner / others).log().mean()


EXERCISE = hunt(
    nt_xent.EXERCISE, hunt_nt_xent, title="Bug hunt: a loss that falls below 0",
    hints=("Minus the logarithm of a probability is never below 0. Which fraction here can be larger than 1?",
           "Compare the denominator with the formula: over which k does the sum run, and which one is left out?",
           "The sum leaves out k = i alone. So it is `similar.sum(dim=1)`, and nothing is taken off: `partner` stays in it."),
)
