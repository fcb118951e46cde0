"""MSN, masked siamese networks (Assran et al., 2022, arXiv:2204.07141)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from .. import expect
from ..processes import gather_rows
from . import inputs
from .sinkhorn import sinkhorn_knopp


def _check_settings(temperature, target_temperature, iterations, regularization_weight):
    expect.positive(temperature, "temperature")
    expect.positive(target_temperature, "target_temperature")
    expect.integer(iterations, "iterations", at_least=0)
    expect.number(regularization_weight, "regularization_weight", at_least=0)


def _check(anchor_scores, target_scores, temperature, target_temperature, iterations, regularization_weight):
    is_list = isinstance(anchor_scores, (list, tuple)) and len(anchor_scores) > 0
    expect.that(is_list, "anchor_scores", anchor_scores, "a list of (N, K) tensors, one for each masked view")
    inputs.floats(target_scores, "target_scores", ("N", "K"))
    for i, view in enumerate(anchor_scores):
        inputs.floats(view, f"anchor_scores[{i}]", tuple(target_scores.shape))
    _check_settings(temperature, target_temperature, iterations, regularization_weight)


@expect.checked(_check)
@inputs.full_precision
def msn(
    anchor_scores: Sequence[Tensor], target_scores: Tensor, temperature: float = 0.1, target_temperature: float = 0.025,
    iterations: int = 3, regularization_weight: float = 1.0,
) -> Tensor:
    r"""A masked view is to belong to the same prototypes as a whole one, and all prototypes are to be used.

    MSN, equation (1), with M masked views of each of N images:

        L = 1/(M N) Σ_i Σ_m H(p_i⁺, p_i,m)  −  λ H(p̄)           H(a, b) = −Σ_k a_k log b_k, and H(p̄) the entropy
        p_i,m = softmax(s_i,m / τ)                                an anchor: gradient to its score
        p_i⁺  = Sinkhorn-Knopp(softmax(s_i⁺ / τ⁺)), τ⁺ < τ         the target, sharpened: a constant
        p̄     = the mean of p_i,m over the anchors               me-max: without it one prototype for all is a solution

    plus λ ln K, so that 0 is the least of the second part.

    anchor_scores           cosines with the K prototypes, (N, K) for each of the M masked views
    target_scores           those of the whole view, (N, K)
    temperature             τ > 0, and target_temperature τ⁺ > 0
    target_temperature      see there
    iterations              of Sinkhorn-Knopp on the targets; 0 leaves it out
    regularization_weight   λ ≥ 0

    Raises ValueError for anything but a list of views, mismatched or non-finite scores, temperatures ≤ 0, negative numbers.

    >>> scores = torch.eye(2)
    >>> round(float(msn([scores], scores)), 4), round(float(msn([scores], scores.flip(0))), 4)
    (0.0, 10.0)
    """
    log_p = torch.log_softmax(torch.stack(list(anchor_scores)) / temperature, dim=-1)        # (M, N, K)
    log_target = torch.log_softmax(target_scores.detach() / target_temperature, dim=1)       # (N, K)
    target = sinkhorn_knopp(log_target, 1.0, iterations) if iterations else log_target.exp()
    surprise = -(target * log_p).sum(dim=-1).mean()
    mean = log_p.exp().mean(dim=(0, 1))                                                     # p̄, (K,)
    return surprise + regularization_weight * (math.log(len(mean)) - torch.special.entr(mean).sum())


class MSNLoss(nn.Module):
    """`msn` as a module.

    temperature, target_temperature   τ and τ⁺
    iterations                        of Sinkhorn-Knopp on the targets; 0 leaves it out
    regularization_weight             λ ≥ 0
    gather_distributed                Sinkhorn and p̄ over the batches of all processes, in place of this one's alone

    >>> criterion = MSNLoss(regularization_weight=0.0)
    >>> round(float(criterion([torch.zeros(2, 4)], torch.eye(4)[:2])), 4)               # ln 4: the anchors say nothing
    1.3863

    lightly's MSNLoss takes embeddings and prototypes, and τ⁺ / τ in place of τ⁺.
    """

    def __init__(
        self, temperature: float = 0.1, target_temperature: float = 0.025, iterations: int = 3,
        regularization_weight: float = 1.0, gather_distributed: bool = False,
    ):
        super().__init__()
        _check_settings(temperature, target_temperature, iterations, regularization_weight)
        self.temperature, self.target_temperature = temperature, target_temperature
        self.iterations, self.regularization_weight = iterations, regularization_weight
        self.gather_distributed = gather_distributed

    def forward(self, anchor_scores: Sequence[Tensor], target_scores: Tensor) -> Tensor:
        if self.gather_distributed:
            anchor_scores, target_scores = [gather_rows(view) for view in anchor_scores], gather_rows(target_scores)
        return msn(
            anchor_scores, target_scores, self.temperature, self.target_temperature, self.iterations,
            self.regularization_weight,
        )
