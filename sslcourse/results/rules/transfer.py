"""The claim about an old start for a new task: lab 05."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..deciding import Contrast, decide, over_images
from ..lookup import NotMeasured, select
from ..row import Row
from ..verdicts import Ruling
from .arms import arm, images_error, shared

# As a reader says it, and on how many test images it is judged.
TARGETS = {"cifar10, four classes": ("near", 4_000), "fashion_mnist": ("far", 4_000)}


def transfer_speed(rows: Sequence[Row]) -> Ruling:
    """Fine-tuned against from scratch, for every target and number of labels that is on file.

    Faster means that from scratch takes 1.25 times as many steps, or more, to reach 95% of where it ends itself. That is one
    level for both; factors are averaged by their logarithms. Hardly better means that fine-tuning ends less than 3 points
    above it.
    """
    rows = select(rows, lab="05_transfer_learning", protocol="fine-tuning")
    measured = select(rows, method="fine-tuned", metric="accuracy")
    settings = sorted({(row.data, row.size) for row in measured}, key=lambda key: (key[0] != next(iter(TARGETS)), key))
    if not settings:
        raise NotMeasured("fine-tuned against from scratch")
    contrasts = []
    for data, size in settings:
        target, images = TARGETS.get(data, (data, 4_000))
        name = f"{target} with {size:,} labels"
        steps, final = ([arm(rows, method=method, data=data, size=size, metric=metric)
                         for method in ("from scratch", "fine-tuned")] for metric in ("steps to 95%", "accuracy"))
        seeds = shared(*steps, *final)
        ratio = tuple(math.log(steps[0][seed] / steps[1][seed]) for seed in seeds)
        gain = tuple(final[1][seed] - final[0][seed] for seed in seeds)
        means = [sum(found[seed] for seed in seeds) / len(seeds) for found in final]
        noise = images_error(rows, over_images(*means, images=images), data=data, size=size)
        contrasts += [Contrast(name, "speed", ratio, math.log(1.25), unit="times"),
                      Contrast(name, "gain at the end", gain, 0.03, below=True, noise=noise)]
    speed_ups, gains = ([c.mean for c in contrasts[i::2]] for i in (0, 1))
    most = max(size for _, size in settings)
    return decide(contrasts, on="the target and the number of labels", numbers=dict(
        smallest_speed_up=math.exp(min(speed_ups)), largest_gain=max(gains),
        gain_with_most_labels=max(gain for (_, size), gain in zip(settings, gains) if size == most)))
