"""How a claim gets its verdict: for each, one plain function of the numbers on file.

A rule asks `lookup.value(rows=rows, ...)` for its numbers, so that a missing one is "not measured yet", and returns
Verdict(HOLDS, first=0.54, second=0.41): the verdict, and the numbers that it compared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .row import Row
from .verdicts import Verdict

#: claim id -> rule, given the committed rows of the claim's labs
RULES: dict[str, Callable[[Sequence[Row]], Verdict]] = {}
