"""Bug hunt `hunt_encode_ab`: rows that sum to 1, and photographs that come back gray."""

from __future__ import annotations

import torch

from ..engine import hunt
from . import encode_ab


def hunt_encode_ab(ab, bins, k=5, sigma=5.0):
    """A colleague's `encode_ab`. Each row sums to 1, and still all colors come back gray."""
    d2 = (ab[:, None] - bins).square().sum(dim=2)
    near, index = d2.topk(k, dim=1, largest=False)
    exponents = torch.zeros_like(d2).scatter(1, index, -near / (2 * sigma**2))
    return torch.softmax(exponents, dim=1)


EXERCISE = hunt(
    encode_ab.EXERCISE, hunt_encode_ab, title="Who has a share that should have none?",
    hints=("Take one colour and three bins, and look at a row of what comes back. How many entries are above 0, and how "
           "many should be?",
           "Follow one bin that is far away through the last two lines: what stands in its place before the softmax, and "
           "what does the softmax make of that?",
           "The shares are `torch.softmax(-near / (2 * sigma**2), dim=1)`, of the k bins alone; they are scattered into "
           "zeros afterwards."),
)
