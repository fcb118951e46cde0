"""BatchNorm without a trace: a network looks at images that it is not to remember."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from torch import nn


@contextlib.contextmanager
def running_means_held(module: nn.Module) -> Iterator[None]:
    """BatchNorm normalizes by the batch inside the block, as in training, and its running means do not move.

    >>> import torch
    >>> norm = nn.BatchNorm1d(2)
    >>> with running_means_held(norm):
    ...     _ = norm(torch.ones(4, 2))
    >>> norm.running_mean
    tensor([0., 0.])
    """
    norms = [part for part in module.modules() if isinstance(part, nn.modules.batchnorm._BatchNorm)]
    before = [norm.momentum for norm in norms]
    try:
        for norm in norms:
            norm.momentum = 0.0
        yield
    finally:
        for norm, momentum in zip(norms, before):
            norm.momentum = momentum
