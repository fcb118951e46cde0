"""The cross-entropy of picking the right row out of many: what NT-Xent and CLIP have in common (InfoNCE)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable


def contrast(queries: Tensor, keys: Tensor, positive: Tensor, itself: Tensor | None = None) -> Tensor:
    r"""InfoNCE, van den Oord et al. (2018, arXiv:1807.03748), equation (4), averaged over the queries:

        ℓ = −log  exp(q · k_p)  /  Σ_{j ≠ itself} exp(q · k_j)
          = log( 1 + Σ_{j ≠ itself, p} exp(q · k_j) / exp(q · k_p) )

    computed by the second line, as the softplus of (log-sum-exp of the negatives − the positive): nothing overflows,
    and a small loss keeps its digits, which the logarithm of nearly 1 would lose.

    Args:
        queries: (Q, D); the temperature is in them, in the keys, or half in each.
        keys: (K, D). They may be the very same tensor as the queries, which is faster.
        positive: (Q,), each query's right key.
        itself: (Q,), each query's own copy among the keys, which is left out. None if there is none.
    """
    return _Contrast.apply(queries, keys, positive, itself)


def loss_and_gradient(queries: Tensor, keys: Tensor, positive: Tensor, itself: Tensor | None) -> tuple[Tensor, Tensor]:
    r"""ℓ for each query, (Q,), and its gradient with respect to the similarities q · k, (Q, K).

    With w = sigmoid(log-sum-exp of the negatives − the positive), the probability of picking a wrong key:

        ∂ℓ/∂(q·k_p) = −w        ∂ℓ/∂(q·k_j) = w · softmax over the negatives        ∂ℓ/∂(q·itself) = 0

    One (Q, K) matrix is made and overwritten in place: similarities, then their exponentials, then the gradient.
    """
    rows = torch.arange(len(queries), device=queries.device)
    g = queries @ keys.T
    right = g[rows, positive].unsqueeze(1)  # (Q, 1)
    g[rows, positive] = -torch.inf
    if itself is not None:
        g[rows, itself] = -torch.inf

    largest = g.amax(dim=1, keepdim=True)
    total = g.sub_(largest).exp_().sum(dim=1, keepdim=True)
    excess = total.log() + largest - right

    wrong = torch.sigmoid(excess)
    g.mul_(wrong / total)
    g[rows, positive] = -wrong.squeeze(1)
    return F.softplus(excess, threshold=40).squeeze(1), g


class _Contrast(torch.autograd.Function):
    """The mean of ℓ, a block of queries at a time, each block's gradient taken while it is still in the cache.

    Autograd would hold all similarities, the logarithm of their softmax, and the gradients of both: three (Q, K)
    matrices at once. Here it is one block, and what waits for the backward pass is the gradient of queries and keys.
    """

    @staticmethod
    def forward(ctx, queries: Tensor, keys: Tensor, positive: Tensor, itself: Tensor | None) -> Tensor:
        block = max(1, (2**20 if keys.device.type == "cpu" else 2**26) // len(keys))  # 4 MB of float32; 256 on a GPU
        if keys is queries and block >= len(keys):  # every row is query and key: one product serves both
            loss, g = loss_and_gradient(queries, keys, positive, itself)
            ctx.save_for_backward(g.add_(g.T.contiguous()) @ keys, None)
            return loss.mean()

        for_queries, for_keys = torch.empty_like(queries), torch.zeros_like(keys)
        losses = []
        for start in range(0, len(queries), block):
            some = slice(start, start + block)
            loss, g = loss_and_gradient(queries[some], keys, positive[some], None if itself is None else itself[some])
            losses.append(loss)
            for_queries[some] = g @ keys
            for_keys.addmm_(g.T, queries[some])
        ctx.save_for_backward(for_queries, for_keys)
        return torch.cat(losses).mean()

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient: Tensor):
        for_queries, for_keys = ctx.saved_tensors
        per_query = gradient / len(for_queries)
        return for_queries * per_query, None if for_keys is None else for_keys * per_query, None, None
