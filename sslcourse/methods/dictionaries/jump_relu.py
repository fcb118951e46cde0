"""JumpReLU: a threshold for each latent, and a gradient for it where a step has none.

Rajamanoharan et al. (2024), "Jumping ahead: improving reconstruction fidelity with JumpReLU sparse autoencoders",
arXiv:2407.14435.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ... import expect


class _Step(torch.autograd.Function):
    """1 where a > θ, else 0. Backwards: −1/ε for θ where |a − θ| < ε/2, and nothing for a (equations 11 and 12)."""

    @staticmethod
    def forward(ctx, a: Tensor, threshold: Tensor, bandwidth: float) -> Tensor:
        ctx.save_for_backward(a, threshold)
        ctx.bandwidth = bandwidth
        return (a > threshold).to(a.dtype)

    @staticmethod
    def backward(ctx, gradient: Tensor):
        a, threshold = ctx.saved_tensors
        near = ((a - threshold).abs() < ctx.bandwidth / 2).to(a.dtype)
        return None, -(gradient * near).sum(dim=0) / ctx.bandwidth, None


def _check(a: Tensor, threshold: Tensor, bandwidth: float) -> None:
    expect.tensor(a, "a", ("N", "K"))
    expect.tensor(threshold, "threshold", (a.shape[1],))
    expect.positive(bandwidth, "bandwidth")


@expect.checked(_check)
def step(a: Tensor, threshold: Tensor, bandwidth: float) -> Tensor:
    """Which latents fire: 1 where a is above its threshold, else 0, with a stand-in for the gradient.

    A step is flat, so its true gradient is 0 and no threshold would ever move. In its place θ gets −1/ε from every entry
    that lies within ε/2 of it, on either side: the share of entries that a small move of θ would switch (arXiv:2407.14435,
    equation 11). `a` gets none.

    a           (N, K), what the encoder says before its activation
    threshold   (K,), θ, positive
    bandwidth   ε > 0

    Returns (N, K). Raises ValueError for shapes that do not fit and a bandwidth that is not above 0.

    >>> step(torch.tensor([[0.2, 0.9]]), torch.tensor([0.5, 0.5]), 0.1).tolist()
    [[0.0, 1.0]]
    """
    return _Step.apply(a, threshold, bandwidth)


@expect.checked(_check)
def active_latents(a: Tensor, threshold: Tensor, bandwidth: float) -> Tensor:
    """How many latents fire for a row, on average: what JumpReLU's loss adds, times λ (arXiv:2407.14435, equation 10).

    a, threshold, bandwidth   as in `step`

    Returns one number, whose gradient reaches the thresholds alone. Raises as `step` does.

    >>> a, threshold = torch.tensor([[0.2, 0.9], [0.45, 0.8]]), torch.tensor([0.5, 0.5], requires_grad=True)
    >>> count = active_latents(a, threshold, bandwidth=0.2)
    >>> count.backward()
    >>> float(count.detach()), threshold.grad.tolist()                      # 0.45 alone lies within 0.1 of its threshold
    (1.0, [-2.5, -0.0])
    """
    return step(a, threshold, bandwidth).sum(dim=1).mean()
