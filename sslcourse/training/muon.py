"""Muon: momentum whose matrices are made orthogonal before a step (Jordan et al., 2024)."""

from __future__ import annotations

import torch
from torch import Tensor


class Muon(torch.optim.Optimizer):
    """Momentum, orthogonalised: every direction of a weight matrix takes an equally long step.

        momentum    M ← μ M + (1 − μ) G                     G: the gradient
        direction   O = U Vᵀ of  (1 − μ) G + μ M = U S Vᵀ     nearly, by `orthogonal`
        step        W ← W − lr (0.2 √max(rows, columns) O + weight_decay W)

    A gradient is mostly a few directions, and SGD moves along these alone; the others, rare and as useful, hardly learn.
    U Vᵀ has them all. 0.2 √max(…) gives a step the size that AdamW's have, so that the same `lr` does for both
    (arXiv:2502.16982, equation 4). A convolution's weights (out, in, k, k) are a matrix of `out` rows; a vector, as
    BatchNorm's scale, is one of a single row, and its step is its momentum at a fixed length.

    K. Jordan, "Muon: an optimizer for hidden layers in neural networks", 2024; it trains the fastest networks for CIFAR-10.
    For matrices the steps are those of ``torch.optim.Muon(adjust_lr_fn="match_rms_adamw")``, which takes nothing else.
    """

    def __init__(self, params, lr: float, momentum: float = 0.95, weight_decay: float = 0.0):
        super().__init__(params, dict(lr=lr, momentum=momentum, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self) -> None:
        """One step from the gradients that are there."""
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                M = self.state[weight].setdefault("momentum", torch.zeros_like(weight))
                M.lerp_(weight.grad, 1 - group["momentum"])
                direction = weight.grad.lerp(M, group["momentum"])
                matrix = direction.flatten(1) if direction.ndim > 1 else direction.reshape(1, -1)    # (rows, columns)
                O = 0.2 * max(matrix.shape) ** 0.5 * orthogonal(matrix)
                weight.mul_(1 - group["lr"] * group["weight_decay"])
                weight.sub_(O.view(weight.shape), alpha=group["lr"])


def orthogonal(matrix: Tensor, steps: int = 5) -> Tensor:
    """U Vᵀ of `matrix` = U S Vᵀ, nearly: every singular value, but for the smallest, is brought to between 0.7 and 1.2.

    Newton–Schulz: X ← a X + (b A + c A²) X with A = X Xᵀ is the polynomial a s + b s³ + c s⁵ of each singular value s, and
    these a, b, c make small ones grow fastest. Products of matrices alone, in bfloat16: no singular value is computed.

        >>> matrix = torch.randn(6, 8, generator=torch.Generator().manual_seed(0))
        >>> values = torch.linalg.svdvals(orthogonal(matrix))
        >>> bool(values.min() > 0.5), bool(values.max() < 1.3)
        (True, True)
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    X = matrix.bfloat16()
    X = X if len(X) <= X.shape[1] else X.T  # the smaller A
    X = X / X.norm().clamp_min(1e-7)
    for _ in range(steps):
        A = X @ X.T
        X = a * X + (b * A + c * A @ A) @ X
    return (X if matrix.shape[0] <= matrix.shape[1] else X.T).to(matrix.dtype)
