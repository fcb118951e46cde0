"""Bug hunt `hunt_tsne_gradient`: a step that is right for near pairs and flings far ones."""

from __future__ import annotations

import torch

from ..engine import hunt
from . import tsne_gradient


def hunt_tsne_gradient(P, Q, Y):
    """The gradient of KL(P‖Q), as a colleague wrote it: P and Q (N, N), Y (N, d)  ->  (N, d)."""
    between = Y.unsqueeze(1) - Y.unsqueeze(0)
    pull = 4 * (P - Q)
    return torch.einsum("ij,ijd->id", pull, between)


EXERCISE = hunt(
    tsne_gradient.EXERCISE, hunt_tsne_gradient, title="Bug hunt: far pairs are flung",
    hints=("For which pairs is the colleague's step right, and for which too long? Compare its factors with the formula.",
           "Near pairs have 1 + ‖y_i − y_j‖² ≈ 1. So what is missing is a factor that hardly matters for them.",
           "`pull = 4 * (P - Q) / (1 + between.square().sum(dim=2))`; the other two lines are right."),
)
