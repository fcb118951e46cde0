"""Bug hunt of lab 08: the entropy of the mean answer, where the mean of the entropies is meant."""

from __future__ import annotations

import math

import torch

from ..engine import hunt
from .undecided import EXERCISE as UNDECIDED


def hunt_undecided(logits):
    """How undecided the network is on each image, in bits: (K · N, K) -> (N,)."""
    K = logits.shape[1]
    p = logits.softmax(dim=1).reshape(K, -1, K).mean(dim=0)
    return torch.special.entr(p).sum(dim=1) / math.log(2)


EXERCISE = hunt(
    UNDECIDED, hunt_undecided, title="Bug hunt: everything looks undecided",
    hints=("Think of an image whose four copies are all answered rightly and with certainty. What should come out, and what "
           "does come out here?",
           "Its four answers are four different angles. Follow the shapes: what is averaged in the second line, answers or "
           "entropies? The order of two steps has to change.",
           "First `H = torch.special.entr(logits.softmax(dim=1)).sum(dim=1) / math.log(2)` for every copy, and then "
           "`H.reshape(K, -1).mean(dim=0)`."),
)
