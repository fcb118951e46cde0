"""Bug hunt `hunt_bootstrap_interval`: orders that agree well, and an interval around nothing."""

from __future__ import annotations

import torch

from ..engine import hunt
from . import bootstrap_interval


def hunt_bootstrap_interval(statistic, a, b, rounds=1000, level=0.95, seed=0):
    """The interval as a colleague wrote it: a, b (M, S) -> (2,)."""
    draw = torch.Generator().manual_seed(seed)
    M, S = a.shape
    found = []
    for _ in range(rounds):
        m, n = (torch.randint(M, (M,), generator=draw) for _ in "ab")
        s = torch.randint(S, (S,), generator=draw)
        if len(m.unique()) < 3 or len(n.unique()) < 3:
            continue
        found.append(float(statistic(a[m][:, s].mean(dim=1), b[n][:, s].mean(dim=1))))
    ends = torch.tensor([(1 - level) / 2, (1 + level) / 2])
    return torch.tensor(found).quantile(ends)


EXERCISE = hunt(
    bootstrap_interval.EXERCISE, hunt_bootstrap_interval, title="Bug hunt: no order agrees with any other",
    hints=("The interval is about as wide to the left of 0 as to the right, whatever a and b are. Give it a twice.",
           "Which row of b stands beside which row of a, once the draws are made?",
           "One draw of methods, `m`, serves both tables: `a[m]` and `b[m]`."),
)
