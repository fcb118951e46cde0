"""Bug hunt `hunt_barlow_twins`: a redundancy term that pulls against the other one."""

from __future__ import annotations

from ..engine import hunt
from . import barlow_twins


def hunt_barlow_twins(z_a, z_b, lambda_param=5e-3):
    """Barlow Twins as a colleague wrote it: z_a, z_b (N, D), λ ≥ 0  ->  a scalar."""
    a = (z_a - z_a.mean(dim=0)) / (z_a.var(dim=0, correction=0) + 1e-5).sqrt()
    b = (z_b - z_b.mean(dim=0)) / (z_b.var(dim=0, correction=0) + 1e-5).sqrt()
    C = a.T @ b / len(a)
    invariance = (C.diagonal() - 1).square().sum()
    redundancy = C.square().sum()
    return invariance + lambda_param * redundancy


EXERCISE = hunt(
    barlow_twins.EXERCISE, hunt_barlow_twins, title="Bug hunt: a loss that never reaches 0",
    hints=("If C were the identity, both terms should be 0. Work them out for that C: which one is not?",
           "The second sum of the formula runs over j ≠ i. Which entries of C does the code add up?",
           "Take the diagonal's squares off again: `redundancy = C.square().sum() - C.diagonal().square().sum()`."),
)
