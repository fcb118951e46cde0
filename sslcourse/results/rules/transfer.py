"""The claim about an old start for a new task: lab 05."""

from __future__ import annotations

from collections.abc import Sequence

from ..lookup import value
from ..row import Row
from ..verdicts import FAILS, HOLDS, UNDECIDABLE, Ruling


def transfer_speed(rows: Sequence[Row]) -> Ruling:
    """Fine-tuned against from scratch, on every target and with every number of labels that are on file.

    Faster means that from scratch takes 1.25 times as many steps or more to reach 95% of its own final accuracy; hardly
    better, that fine-tuning ends at most 0.03 above it. The claim holds if both are so everywhere. It does not if, anywhere,
    the old weights save no step (a factor of 1 or less) or end 0.05 above or more. In between, nothing is decided.
    """
    measured = [row for row in rows if row.method == "fine-tuned" and row.metric == "accuracy"]
    settings = sorted({(row.data, row.size) for row in measured}) or [("", 0)]
    speed_ups, gains = {}, {}
    for data, size in settings:
        steps, final = (
            [value(rows=rows, method=arm, data=data, size=size, metric=metric) for arm in ("from scratch", "fine-tuned")]
            for metric in ("steps to 95%", "accuracy")
        )
        speed_ups[data, size], gains[data, size] = steps[0] / steps[1], final[1] - final[0]
    slowest, largest = min(speed_ups.values()), max(gains.values())
    most = max(size for _, size in settings)
    numbers = dict(
        smallest_speed_up=slowest, largest_gain=largest,
        gain_with_most_labels=max(gain for (_, size), gain in gains.items() if size == most),
    )
    if slowest >= 1.25 and largest <= 0.03:
        return Ruling(HOLDS, **numbers)
    return Ruling(FAILS if slowest <= 1 or largest >= 0.05 else UNDECIDABLE, **numbers)
