"""The triplet loss of FaceNet (Schroff et al., 2015, arXiv:1503.03832) and its three ways to choose triplets."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .. import expect
from . import inputs

MINING = ("all", "semihard", "hard")


def _check_triplets(anchor, positive, negative, margin):
    inputs.floats(anchor, "anchor", ("T", "D"))
    for other, name in ((positive, "positive"), (negative, "negative")):
        inputs.floats(other, name, tuple(anchor.shape))
    expect.positive(margin, "margin")


@expect.checked(_check_triplets)
@inputs.full_precision
def triplet_loss(anchor: Tensor, positive: Tensor, negative: Tensor, margin: float = 0.2) -> Tensor:
    """The mean of [‖a − p‖² − ‖a − n‖² + margin]₊ over given triplets: Schroff et al. (2015), equation (3).

    anchor, positive, negative   (T, D): row t of the three is one triplet; taken as they are, not scaled to length 1
    margin                       α > 0, in units of squared distance

    `triplet_margin` chooses the triplets as well. Raises ValueError for shapes that differ, NaN, margin ≤ 0.

    >>> a, p, n = torch.tensor([[[1.0, 0.0]], [[0.0, 1.0]], [[-1.0, 0.0]]])   # squared distances 2 and 4
    >>> triplet_loss(a, p, n, margin=2.5)
    tensor(0.5000)
    """
    to_positive = (anchor - positive).square().sum(dim=1)  # (T,)
    to_negative = (anchor - negative).square().sum(dim=1)
    return (to_positive - to_negative + margin).clamp_min(0).mean()


def _check_distances(distances, labels, margin):
    inputs.floats(distances, "distances", ("N", "N"))
    expect.labels(labels, n=len(distances))
    expect.positive(margin, "margin")


@expect.checked(_check_distances)
@inputs.full_precision
def semihard_mask(distances: Tensor, labels: Tensor, margin: float = 0.2) -> Tensor:
    """Which triplets (a, p, n) of a batch are semi-hard: a boolean (N, N, N), indexed [anchor, positive, negative].

    Semi-hard means that the negative is farther from the anchor than the positive, and by less than the margin:
    d(a, p) < d(a, n) < d(a, p) + α (Schroff et al., 2015, section 3.2). The positive is another row with the anchor's
    label, and the negative a row with another label. `mine_triplets` gives the same triplets as row numbers.

    distances   (N, N): squared distances between the batch's embeddings
    labels      (N,): integers
    margin      α > 0

    Raises ValueError for shapes that do not fit, NaN, margin ≤ 0.

    >>> distances = torch.tensor([[0.0, 1.0, 1.1], [1.0, 0.0, 0.5], [1.1, 0.5, 0.0]])
    >>> semihard_mask(distances, torch.tensor([0, 0, 1])).nonzero()      # 1.1 lies between 1 and 1.2, and 0.5 does not
    tensor([[0, 1, 2]])
    """
    same = labels[:, None] == labels[None, :]                                                   # (N, N)
    is_positive = same & ~torch.eye(len(labels), dtype=torch.bool, device=labels.device)
    is_triplet = is_positive[:, :, None] & ~same[:, None, :]                                    # (N, N, N)
    gap = distances[:, None, :] - distances[:, :, None]                                         # d(a, n) − d(a, p)
    return is_triplet & (gap > 0) & (gap < margin)


def _check(embeddings, labels, margin, mining):
    inputs.floats(embeddings, "embeddings", ("N", "D"))
    expect.labels(labels, n=len(embeddings))
    expect.positive(margin, "margin")
    expect.one_of(mining, "mining", MINING)
    inputs.triplets_possible(labels)


@expect.checked(_check)
@torch.no_grad()
@inputs.full_precision
def mine_triplets(
    embeddings: Tensor, labels: Tensor, margin: float = 0.2, mining: str = "semihard"
) -> tuple[Tensor, Tensor, Tensor]:
    """The triplets that `triplet_margin` averages over: row numbers of anchors, positives and negatives, (T,) each.

    FaceNet, section 3.2, and Hermans et al. (2017), section 2. Arguments and errors as there. Work and memory
    are O(pairs × N), with `pairs` the number of (anchor, positive) pairs.

    >>> mine_triplets(torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]), torch.tensor([0, 0, 1]), 0.5, "hard")
    (tensor([0, 1]), tensor([1, 0]), tensor([2, 2]))
    """
    distances = _squared_distances(embeddings)  # (N, N)
    same = labels[:, None] == labels[None, :]
    is_positive = same & ~torch.eye(len(labels), dtype=torch.bool, device=labels.device)
    if mining == "hard":
        farthest = distances.masked_fill(~is_positive, -torch.inf).argmax(dim=1)
        nearest = distances.masked_fill(same, torch.inf).argmin(dim=1)
        anchor = (is_positive.any(dim=1) & ~same.all(dim=1)).nonzero().squeeze(1)  # has a positive and a negative
        return anchor, farthest[anchor], nearest[anchor]
    # Not `semihard_mask` on all N³ triplets, though it says the same: a step of 192 images would take a tenth longer.
    anchor, positive = is_positive.nonzero(as_tuple=True)  # (pairs,)
    gap = distances[anchor] - distances[anchor, positive][:, None]  # (pairs, N): d(a, n) − d(a, p)
    chosen = ~same[anchor] & (gap < margin)
    if mining == "semihard":
        chosen &= gap > 0
    pair, negative = chosen.nonzero(as_tuple=True)  # (T,)
    return anchor[pair], positive[pair], negative


@expect.checked(_check)
@inputs.full_precision
def triplet_margin(embeddings: Tensor, labels: Tensor, margin: float = 0.2, mining: str = "semihard") -> Tensor:
    r"""Pull the positive closer to the anchor than the negative, by a margin, over the triplets that are mined.

    FaceNet, section 3.1, with a the anchor, p of the same label, n of another, α the margin and f on the unit sphere:

        L = Σ_{(a, p, n)} [ ‖f(a) − f(p)‖² − ‖f(a) − f(n)‖² + α ]₊

    as a mean over the triplets that `mining` chooses.

        "all"       every triplet that violates the margin. The mean runs over these non-zero terms only, the BA≠0 of
                    Hermans et al. (2017, arXiv:1703.07737): late in training most triplets are satisfied, and would
                    drown the others.
        "semihard"  those whose negative is farther than the positive, yet within the margin (FaceNet, section 3.2).
        "hard"      one per anchor: its farthest positive and its nearest negative. The mean runs over all anchors, the
                    satisfied ones too (Hermans et al., equation 5).

    embeddings   (N, D), of any length: they are normalised here, as FaceNet's are
    labels       (N,) integers
    margin       α > 0, in units of squared distance (two points on the sphere are at most 4 apart)
    mining       "all", "semihard" or "hard"

    Returns a scalar; 0, with a zero gradient, when no triplet is chosen. Raises ValueError for another rank, mismatched or
    non-finite input, margin ≤ 0, an unknown mining, labels from which no triplet can be made (all equal, or all different).

    >>> embeddings = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])  # squared distances 2, 2 and 4
    >>> triplet_margin(embeddings, torch.tensor([0, 0, 1]), margin=0.5, mining="hard")  # [2−4+½]₊ and [2−2+½]₊
    tensor(0.2500)
    >>> triplet_margin(embeddings, torch.tensor([0, 0, 1]), margin=0.5, mining="all")  # the non-zero term only
    tensor(0.5000)

    pytorch-metric-learning's TripletMarginLoss agrees when it is given LpDistance(power=2); by default it takes the
    distance itself, unsquared, and for batch-hard it leaves satisfied anchors out of the mean.
    """
    anchor, positive, negative = mine_triplets(embeddings, labels, margin, mining)
    distances = _squared_distances(embeddings)
    # Each pair's distance once: `triplet_loss`, which takes it anew for each triplet, would double the time of a step.
    hinges = (distances[anchor, positive] - distances[anchor, negative] + margin).clamp_min(0)  # (T,)
    return hinges.sum() / max(len(hinges), 1)


def _squared_distances(embeddings: Tensor) -> Tensor:
    """‖f_i − f_j‖² on the unit sphere, (N, D) -> (N, N), by differences: 2 − 2 f_i·f_j loses digits in a collapse."""
    f = F.normalize(embeddings, dim=1)
    return torch.cdist(f, f, compute_mode="donot_use_mm_for_euclid_dist").square()


class TripletMarginLoss(nn.Module):
    """`triplet_margin` as a module.

    margin   α > 0
    mining   "all", "semihard" or "hard"

    Under torchrun each process mines among its own rows: two processes with half a batch each find other triplets than one
    with the whole, and their mean is not its loss.

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
