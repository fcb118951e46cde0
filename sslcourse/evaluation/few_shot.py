"""A few labels per class: which images they belong to.

Definition: n-shot means exactly n labelled images of each class, drawn at random without replacement.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from .. import expect


def few_shot_indices(labels: Tensor | np.ndarray, per_class: int, seed: int = 0) -> Tensor:
    """Indices of exactly `per_class` images of every class in `labels` (N,), (per_class · K,) long, drawn by `seed`.

    They come in rounds, one image of each class per round in the order of the classes, so that with one seed the
    indices for fewer images are the first of those for more: a curve over label counts only ever adds images.
    ValueError: a class with fewer than `per_class` images, named.

    >>> labels = torch.tensor([0, 1, 0, 1, 0, 1])
    >>> labels[few_shot_indices(labels, per_class=2)].tolist()
    [0, 1, 0, 1]
    """
    labels = torch.as_tensor(labels)
    expect.labels(labels)
    expect.integer(per_class, "per_class", at_least=1)
    expect.integer(seed, "seed", at_least=0)
    classes, counts = labels.unique(return_counts=True)
    rarest, least = classes[counts.argmin()].item(), counts.min().item()
    wanted = f"an integer in [1, {least}] (class {rarest} has {least})"
    expect.that(per_class <= least, "per_class", per_class, wanted)

    generator = torch.Generator().manual_seed(int(seed))
    drawn = []
    for label in classes:
        own = (labels == label).nonzero().flatten().cpu()
        # the whole class is shuffled whatever is asked for, so that the next class's draw does not depend on per_class
        drawn.append(own[torch.randperm(len(own), generator=generator)][:per_class])
    return torch.stack(drawn, dim=1).flatten()                                              # (per_class, K) → rounds
