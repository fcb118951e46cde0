"""The triplet loss of FaceNet (Schroff et al., 2015, arXiv:1503.03832) and its three ways to choose triplets."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .. import expect
from . import inputs

MINING = ("all", "semihard", "hard")


def triplet_margin(embeddings: Tensor, labels: Tensor, margin: float = 0.2, mining: str = "semihard") -> Tensor:
    r"""Pull the positive closer to the anchor than the negative, by a margin.

    FaceNet, section 3.1, with a the anchor, p of the same label, n of another, α the margin and f on the unit sphere:

        L = Σ_{(a, p, n)} [ ‖f(a) − f(p)‖² − ‖f(a) − f(n)‖² + α ]₊

    as a mean over the triplets that `mining` chooses. On the sphere ‖x − y‖² = 2 − 2 x·y, so the code compares cosines.

        "all"       every triplet that violates the margin. The mean runs over these non-zero terms only, the BA≠0 of
                    Hermans et al. (2017, arXiv:1703.07737): late in training most triplets are satisfied, and would
                    drown the others.
        "semihard"  those whose negative is farther than the positive, yet within the margin (FaceNet, section 3.2).
        "hard"      one per anchor: its farthest positive and its nearest negative. The mean runs over all anchors, the
                    satisfied ones too (Hermans et al., equation 5).

    Args:
        embeddings: (N, D), any length: they are normalised here, as FaceNet's are.
        labels: (N,) integers.
        margin: α > 0, in units of squared distance (two points on the sphere are at most 4 apart).
        mining: "all", "semihard" or "hard".

    Returns:
        A scalar; 0, with a zero gradient, when no triplet is chosen.

    Raises:
        ValueError: wrong rank, mismatched or non-finite input, margin ≤ 0, an unknown mining, or labels from which no
            triplet can be made (all equal, or all different).

        >>> embeddings = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])  # squared distances 2, 2 and 4
        >>> triplet_margin(embeddings, torch.tensor([0, 0, 1]), margin=0.5, mining="hard")  # [2−4+½]₊ and [2−2+½]₊
        tensor(0.2500)
        >>> triplet_margin(embeddings, torch.tensor([0, 0, 1]), margin=0.5, mining="all")  # the non-zero term only
        tensor(0.5000)

    pytorch-metric-learning's TripletMarginLoss agrees when it is given LpDistance(power=2); by default it takes the
    distance itself, unsquared, and for batch-hard it leaves satisfied anchors out of the mean.
    """
    anchor, positive, negative = mine_triplets(embeddings, labels, margin, mining)
    with inputs.full_precision(embeddings) as (embeddings,):
        similarity = _cosines(embeddings)  # (N, N)
        closer = 2 * (similarity[anchor, negative] - similarity[anchor, positive])  # (T,): ‖a − p‖² − ‖a − n‖²
        return (F.relu(closer + margin).sum() / max(len(closer), 1)).to(embeddings.dtype)


@torch.no_grad()
def mine_triplets(
    embeddings: Tensor, labels: Tensor, margin: float = 0.2, mining: str = "semihard"
) -> tuple[Tensor, Tensor, Tensor]:
    """The triplets that `triplet_margin` averages over: row numbers of anchors, positives and negatives, (T,) each.

    Arguments and errors as there. Work and memory are O(pairs × N), with `pairs` the number of (anchor, positive)
    pairs.

        >>> mine_triplets(torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]), torch.tensor([0, 0, 1]), 0.5, "hard")
        (tensor([0, 1]), tensor([1, 0]), tensor([2, 2]))
    """
    inputs.floats(embeddings, "embeddings", ("N", "D"))
    expect.labels(labels, n=len(embeddings))
    expect.positive(margin, "margin")
    expect.one_of(mining, "mining", MINING)
    with inputs.full_precision(embeddings) as (embeddings,):
        similarity = _cosines(embeddings)  # (N, N)
        same = labels[:, None] == labels[None, :]
        positives = same & ~torch.eye(len(labels), dtype=torch.bool, device=labels.device)
        possible = positives.any(dim=1) & (~same).any(dim=1)  # (N,): anchors with a positive and a negative
        got = expect.Words(f"{len(labels.unique())} classes in a batch of {len(labels)}")
        expect.that(bool(possible.any()), "labels", got, "two rows that share a label and one that does not")
        if mining == "hard":
            anchor = possible.nonzero().squeeze(1)
            farthest = similarity.masked_fill(~positives, torch.inf).argmin(dim=1)
            nearest = similarity.masked_fill(same, -torch.inf).argmax(dim=1)
            return anchor, farthest[anchor], nearest[anchor]

        anchor, positive = positives.nonzero(as_tuple=True)  # (pairs,)
        gap = 2 * (similarity[anchor, positive].unsqueeze(1) - similarity[anchor])  # (pairs, N): ‖a − n‖² − ‖a − p‖²
        chosen = ~same[anchor] & (gap < margin)
        if mining == "semihard":
            chosen &= gap > 0
        pair, negative = chosen.nonzero(as_tuple=True)  # (T,)
        return anchor[pair], positive[pair], negative


class TripletMarginLoss(nn.Module):
    """`triplet_margin` as a module.

        >>> criterion = TripletMarginLoss(margin=0.2, mining="semihard")
        >>> criterion(torch.eye(4), torch.tensor([0, 0, 1, 1]))  # all equally far apart: no negative is semi-hard
        tensor(0.)
    """

    def __init__(self, margin: float = 0.2, mining: str = "semihard"):
        super().__init__()
        expect.positive(margin, "margin")
        expect.one_of(mining, "mining", MINING)
        self.margin = margin
        self.mining = mining

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        return triplet_margin(embeddings, labels, self.margin, self.mining)


def _cosines(embeddings: Tensor) -> Tensor:
    """All cosines, (N, D) -> (N, N), in float64 where the device has it.

    A nearly satisfied triplet is a small difference of distances around 2, of which float32 leaves three digits.
    """
    f = inputs.unit(embeddings if embeddings.device.type == "mps" else embeddings.double())
    return f @ f.T
