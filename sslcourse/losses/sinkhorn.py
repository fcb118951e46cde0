"""Sinkhorn-Knopp: soft assignments in which every output gets its share (SwAV, Caron et al., 2020; DINOv2)."""

from __future__ import annotations

import torch
from torch import Tensor

from .. import expect
from . import inputs


def _check(logits, epsilon, iterations):
    inputs.floats(logits, "logits", ("N", "K"))
    expect.positive(epsilon, "epsilon")
    expect.integer(iterations, "iterations", at_least=1)


@expect.checked(_check)
@inputs.full_precision
@torch.no_grad()
def sinkhorn_knopp(logits: Tensor, epsilon: float = 0.05, iterations: int = 3) -> Tensor:
    r"""Softmax over a row, corrected so that over the batch all K outputs are used equally: a target, and no loss.

    SwAV (arXiv:2006.09882), equation (5): among all matrices whose rows sum to 1 and whose columns sum to N / K, the
    one that maximises agreement with the logits, at entropy weight ε, is

        Q* = Diag(u) exp(logits / ε) Diag(v)

    and u, v are found by dividing columns and rows by their sums, in turn. Three rounds suffice in practice. It is
    done on logarithms here, so a small ε neither overflows nor leaves a row of zeros.

    logits       (N, K), a teacher's outputs
    epsilon      ε > 0, the temperature. DINOv2 passes its teacher temperature
    iterations   at least 1

    Returns (N, K) in float32 (float64 for float64 input), without gradients. Rows sum to 1, as the last step divides
    them; columns sum to N / K, nearly. Raises ValueError for another rank, non-finite logits, ε ≤ 0, fewer than one
    iteration.

    Softmax gives both rows to the first output; equal shares send the row that minds less to the second:

    >>> logits = torch.tensor([[2.0, 1.0], [2.0, 0.0]])
    >>> torch.softmax(logits, dim=1).round(decimals=2)
    tensor([[0.7300, 0.2700],
            [0.8800, 0.1200]])
    >>> sinkhorn_knopp(logits, epsilon=1.0).round(decimals=2)
    tensor([[0.3800, 0.6200],
            [0.6200, 0.3800]])

    lightly's SwAV and DINOv2's code exponentiate first (with ε = 0.05, float32 logits above 4.4 overflow there).
    """
    log_q = logits / epsilon
    for _ in range(iterations):
        log_q = log_q - log_q.logsumexp(dim=0, keepdim=True)  # every output gets the same total
        log_q = log_q - log_q.logsumexp(dim=1, keepdim=True)  # every row is a distribution
    return log_q.exp()
