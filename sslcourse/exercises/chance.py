"""For answers that are random: is what was drawn what chance allows?"""

from __future__ import annotations

import math
import random

import numpy as np
import torch
from torch import Tensor

FAR = 6.0                   # standard errors by which a right answer is never off (p < 10⁻⁸)


def about(happened: Tensor, chance: float) -> bool:
    """`happened` (of bools, independent of each other) is true as often as `chance` says.

    >>> about(torch.tensor([True, False] * 500), 0.5), about(torch.tensor([True, False] * 500), 0.25)
    (True, False)
    """
    if not happened.numel():
        return True
    spread = (chance * (1 - chance) / happened.numel()) ** 0.5
    return abs(happened.double().mean().item() - chance) <= FAR * spread + 1e-9


def normal(draws: Tensor) -> bool:
    """`draws` (any shape, independent of each other) come from N(0, 1): mean, spread, and the whole distribution.

    The largest gap between the share of draws below x and Φ(x) is the statistic of Kolmogorov; of n draws it exceeds
    3.2 / √n once in 10⁸ times.

    >>> z = torch.randn(5000, generator=torch.Generator().manual_seed(0))
    >>> normal(z), normal(z.sign()), normal(z * 1.2)
    (True, False, False)
    """
    x = draws.detach().double().flatten().sort().values
    n = x.numel()
    if not bool(x.isfinite().all()):
        return False
    below, at = torch.special.ndtr(x), torch.arange(n, dtype=torch.float64)
    gap = torch.maximum((at + 1) / n - below, below - at / n).max().item()
    mean, spread = x.mean().item(), x.square().mean().item()
    return (gap <= 3.2 / math.sqrt(n) and abs(mean) <= FAR / math.sqrt(n)
            and abs(spread - 1) <= FAR * math.sqrt(2 / n))


def uncorrelated(x: Tensor, y: Tensor) -> bool:
    """Two rows of as many draws have nothing to do with each other.

    >>> x, y = torch.randn(2, 900, generator=torch.Generator().manual_seed(0))
    >>> uncorrelated(x, y), uncorrelated(x, x + y)
    (True, False)
    """
    r = torch.corrcoef(torch.stack([x.detach().double().flatten(), y.detach().double().flatten()]))[0, 1].item()
    return abs(r) <= FAR / math.sqrt(x.numel())


def state() -> tuple:
    """Where the generators of PyTorch, NumPy and Python stand."""
    numpy = np.random.get_state()
    return torch.get_rng_state().numpy().tobytes(), (numpy[1].tobytes(), numpy[2]), random.getstate()
