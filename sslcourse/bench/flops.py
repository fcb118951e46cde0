"""Counting what a step of training costs, in floating-point operations."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from .. import runtime


def flops_per_step(method: nn.Module, batch: object) -> int:
    """The operations of one step of training on `batch`, forward and backward: two for each multiplication and addition.

    Counted are matrix products, convolutions and attention, which are nearly all of it; not the drawing of views, the
    optimizer or a teacher's average. `method` stays as it was: a copy takes the step.

    >>> from sslcourse import methods, models
    >>> one, two = (torch.zeros(n, 3, 32, 32, dtype=torch.uint8) for n in (4, 8))
    >>> method = methods.SimCLR(models.ResNet(8, (1, 1)))
    >>> 1.9 < flops_per_step(method, two) / flops_per_step(method, one) < 2.1       # the loss grows with its square
    True
    """
    twin = copy.deepcopy(method).train()
    with runtime.seeded(0), _Counter() as counted:
        twin.loss(batch).backward()
    return counted.total


class _Counter(TorchDispatchMode):
    """Adds up torch's own formulas. Its FlopCounterMode follows modules as well, and a gradient in a loss confuses that."""

    def __init__(self):
        super().__init__()
        self.total = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        operation = func._overloadpacket
        if operation in _ATTENTION:
            self.total += _ATTENTION[operation](*(a.shape for a in args if isinstance(a, torch.Tensor)))
        elif operation in flop_registry:
            self.total += flop_registry[operation](*args, **(kwargs or {}), out_val=out)
        return out


def _forward(query: Sequence[int], key: Sequence[int], value: Sequence[int], *_: object) -> int:
    """Of softmax(Q Kᵀ) V with Q (N, H, T, D), K (N, H, S, D) and V (N, H, S, E): two products."""
    (n, heads, t, d), s, e = query, key[2], value[3]
    return 2 * n * heads * t * s * (d + e)


def _backward(_: object, query: Sequence[int], key: Sequence[int], value: Sequence[int], *__: object) -> int:
    """Five products: Q Kᵀ once more, and a gradient for each factor of both."""
    (n, heads, t, d), s, e = query, key[2], value[3]
    return 2 * n * heads * t * s * (3 * d + 2 * e)


#: Attention on a CPU: torch counts that of GPUs, not this.
_ATTENTION = {torch.ops.aten._scaled_dot_product_flash_attention_for_cpu: _forward,
              torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward: _backward}
