"""The batch-hard triplet loss with a soft margin (Hermans, Beyer & Leibe, 2017, arXiv:1703.07737)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from .. import expect
from . import inputs


def _check(embeddings, labels):
    inputs.floats(embeddings, "embeddings", ("N", "D"))
    expect.labels(labels, n=len(embeddings))
    inputs.triplets_possible(labels)


@expect.checked(_check)
@inputs.full_precision
def batch_hard(embeddings: Tensor, labels: Tensor) -> Tensor:
    r"""Each anchor's farthest positive shall be nearer than its nearest negative, the more the better.

    Hermans et al., equation (5), with the soft margin of section 2, ln(1 + e^x) in place of [x + α]₊. The distances are
    plain ones, not squared:

        L = mean over the anchors a of  ln(1 + exp( max_p ‖f(a) − f(p)‖ − min_n ‖f(a) − f(n)‖ ))

    embeddings   (N, D), taken as they are, not scaled to length 1
    labels       (N,), integers: a positive is another row with the anchor's label, a negative a row with another label

    An anchor without a positive or without a negative does not count. Raises ValueError for another rank, mismatched or
    non-finite input, labels from which no triplet can be made (all equal, or all different).

    >>> embeddings = torch.tensor([[0.0], [1.0], [3.0]])     # farthest positives 1 and 1, nearest negatives 3 and 2
    >>> batch_hard(embeddings, torch.tensor([0, 0, 1]))      # the mean of ln(1 + e⁻²) and ln(1 + e⁻¹)
    tensor(0.2201)
    """
    same = labels[:, None] == labels[None, :]  # (N, N)
    positive = same & ~torch.eye(len(labels), dtype=torch.bool, device=labels.device)

    distances = torch.cdist(embeddings, embeddings, compute_mode="donot_use_mm_for_euclid_dist")  # (N, N)
    farthest = distances.masked_fill(~positive, -torch.inf).amax(dim=1)  # (N,), −∞ where there is no positive
    nearest = distances.masked_fill(same, torch.inf).amin(dim=1)  # (N,), ∞ where there is no negative

    counts = positive.any(dim=1) & ~same.all(dim=1)
    return F.softplus(farthest - nearest)[counts].mean()
