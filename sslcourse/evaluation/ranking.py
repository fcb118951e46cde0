"""How well a single number ranks: the area under the ROC curve, of many numbers and many classes at once.

Definition: the probability that an image of the class has a higher number than an image of no such class, ties counted as
half. Mann and Whitney (1947), "On a test of whether one of two random variables is stochastically larger than the other".
"""

from __future__ import annotations

import torch
from torch import Tensor

from .. import expect

COLUMNS = 64  # ranked at once: more need memory and no less time


def _check(scores: Tensor, labels: Tensor) -> None:
    expect.tensor(scores, "scores", ("N", "K"), finite=True)
    expect.labels(labels, n=len(scores))
    classes = expect.Words(f"{len(labels.unique())} class")
    expect.that(len(labels.unique()) > 1, "labels", classes, "two classes or more")


@expect.checked(_check)
def auroc(scores: Tensor, labels: Tensor) -> Tensor:
    """How well each column of `scores` tells each class from all others, (K, C): 1 perfectly, 0.5 not at all.

        AUROC = (R − n (n + 1) / 2) / (n (N − n))      R: the sum of the ranks of the n images of the class

    Equal scores share the mean of their ranks: in a sparse code most are 0, and an order among them would be invented.

    scores   (N, K), finite
    labels   (N,), 0 … C − 1; a class without an image gives NaN

    Raises ValueError for other shapes, numbers that are not finite, and one class only.

    >>> scores = torch.tensor([[0.0, 3.0], [0.0, 2.0], [0.0, 1.0], [5.0, 0.0]])
    >>> auroc(scores, torch.tensor([0, 0, 1, 1])).tolist()          # first column: two of four pairs are tied, two are wrong
    [[0.25, 0.75], [1.0, 0.0]]
    """
    one_hot = torch.nn.functional.one_hot(labels.long()).double()                           # (N, C)
    n, N = one_hot.sum(dim=0), len(labels)
    found = []
    for columns in scores.T.split(COLUMNS):
        columns = columns.contiguous()
        ordered = columns.sort(dim=1).values                                                # (columns, N)
        below, up_to = (torch.searchsorted(ordered, columns, right=right) for right in (False, True))
        ranks = (below + up_to + 1) / 2.0
        found.append((ranks.double() @ one_hot - n * (n + 1) / 2) / (n * (N - n)))
    return torch.cat(found).float()
