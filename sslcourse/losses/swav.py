"""SwAV, swapped assignments between views (Caron et al., 2020, arXiv:2006.09882)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from .. import expect
from ..processes import gather_rows
from . import inputs
from .dino import multi_crop_loss
from .sinkhorn import sinkhorn_knopp


def _check_settings(n_global, temperature, epsilon, iterations):
    expect.integer(n_global, "n_global", at_least=1)
    expect.positive(temperature, "temperature")
    expect.positive(epsilon, "epsilon")
    expect.integer(iterations, "iterations", at_least=1)


def _check(scores, n_global, temperature, epsilon, iterations):
    is_list = isinstance(scores, (list, tuple)) and len(scores) > 1
    expect.that(is_list, "scores", scores, "a list of (N, K) tensors, one for each view, two views or more")
    for i, view in enumerate(scores):
        inputs.floats(view, f"scores[{i}]", ("N", "K"))
        expect.same_shape(scores[0], view, f"scores[0], scores[{i}]")
    inputs.rows(len(scores[0]), "scores", at_least=2)
    _check_settings(n_global, temperature, epsilon, iterations)
    expect.that(n_global <= len(scores), "n_global", n_global, f"at most the {len(scores)} views that there are")


@expect.checked(_check)
@inputs.full_precision
def swav(
    scores: Sequence[Tensor], n_global: int = 2, temperature: float = 0.1, epsilon: float = 0.05, iterations: int = 3
) -> Tensor:
    r"""Each view predicts the code of another view of the same image.

    SwAV, equations (1), (2) and (6), with z_v the embedding of view v, C = (c_1, …, c_K) the prototypes, all of length 1:

        L = Σ_{i ∈ G} Σ_{v ≠ i} ℓ(z_v, q_i)         G the global views, v any view; no view predicts its own code
        ℓ(z_v, q_i) = −Σ_k q_i,k log p_v,k
        p_v = softmax(z_v C / τ)                     the prediction: gradient to z and to C
        q_i = Sinkhorn-Knopp(z_i C / ε)              the code, equation (5): a constant, no gradient

    as a mean over the pairs of views and over the batch. Within the batch every prototype gets an equal share of the codes,
    so one answer for all images is no solution.

    scores        z_v C, (N, K) for each view, the global views first
    n_global      |G|, how many of the views give codes; the others only predict
    temperature   τ > 0
    epsilon       ε > 0: the smaller, the harder the codes
    iterations    of Sinkhorn-Knopp, at least 1

    Returns a scalar. Raises ValueError for anything but a list of two views or more, mismatched or non-finite scores, a
    single row (it has no batch to share with), more global views than views, τ ≤ 0, ε ≤ 0, fewer than one iteration.

    Two images, each near a prototype of its own in both views; then with the second view's images exchanged:

    >>> scores = torch.eye(2)
    >>> round(float(swav([scores, scores])), 4), round(float(swav([scores, scores.flip(0)])), 4)
    (0.0, 10.0)

    The paper's queue of earlier scores, for batches much smaller than K, is left out.
    """
    q = torch.stack([sinkhorn_knopp(view, epsilon, iterations) for view in scores[:n_global]])  # (|G|, N, K)
    log_p = torch.log_softmax(torch.stack(list(scores)) / temperature, dim=-1)  # (V, N, K)
    return multi_crop_loss(q, log_p)


class SwAVLoss(nn.Module):
    """`swav` as a module.

    n_global             how many views give codes; they come first
    temperature          τ > 0
    epsilon              ε > 0, of the codes
    iterations           of Sinkhorn-Knopp, at least 1
    gather_distributed   the codes share the prototypes over the batches of all processes, in place of this one's alone

    >>> criterion = SwAVLoss(temperature=0.5)
    >>> scores = torch.tensor([[0.9, -0.2], [0.1, 0.8]])
    >>> round(float(criterion([scores, scores, -scores])), 3)  # the third view predicts, and gives no code
    1.063

    lightly's SwaVLoss has the same value; it takes the global views and the others as two lists, and a queue as a third.
    """

    def __init__(
        self, n_global: int = 2, temperature: float = 0.1, epsilon: float = 0.05, iterations: int = 3,
        gather_distributed: bool = False,
    ):
        super().__init__()
        _check_settings(n_global, temperature, epsilon, iterations)
        self.n_global, self.temperature, self.epsilon, self.iterations = n_global, temperature, epsilon, iterations
        self.gather_distributed = gather_distributed

    def forward(self, scores: Sequence[Tensor]) -> Tensor:
        if self.gather_distributed:
            scores = [gather_rows(view) for view in scores]
        return swav(scores, self.n_global, self.temperature, self.epsilon, self.iterations)
