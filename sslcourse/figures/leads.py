"""Leads of one arm over another, by the numbers on file: pairs of seeds, an interval, and a word only where it allows one."""

from __future__ import annotations

import math

from .. import results
from ..results.tables import mean_interval


def by_seed(lab: str, method: str, protocol: str, **where: object) -> dict[int, float]:
    """{seed: accuracy} of one arm, as it is on file for this kind of machine."""
    rows = results.select(results.committed(), lab=lab, method=method, protocol=protocol, metric="accuracy", **where)
    return {row.seed: row.value for row in rows}


def lead(one: dict[int, float], other: dict[int, float], above: str = "a gain", below: str = "a loss") -> str:
    """``+16.2 points (95%: +8.1 to +24.3, 3 seeds), a gain``: by pairs; the interval chooses the word.

    >>> lead({0: 0.6, 1: 0.61, 2: 0.62}, {0: 0.5, 1: 0.51, 2: 0.52})
    '+10.0 points (95%: +10.0 to +10.0, 3 seeds), a gain'
    >>> lead({}, {0: 0.5})
    'not measured yet'
    """
    pairs = [one[seed] - other[seed] for seed in one if seed in other]
    if not pairs:
        return "not measured yet"
    mean, half = mean_interval(pairs)
    points = f"{100 * mean:+.1f} points"
    if len(pairs) < 2 or not math.isfinite(half):
        return f"{points} in one seed"
    words = above if mean > half else below if mean < -half else "no difference that this can see"
    return f"{points} (95%: {100 * (mean - half):+.1f} to {100 * (mean + half):+.1f}, {len(pairs)} seeds), {words}"
