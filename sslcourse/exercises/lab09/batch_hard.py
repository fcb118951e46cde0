"""Exercise `batch_hard`, the lab's longer piece: the hardest triplets of a batch, plain distances, a soft margin."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from ... import losses
from ..compare import close
from ..engine import Exercise, catches
from .batches import clusters, distances_and_pairs, terms


def batch_hard_cases() -> dict[str, tuple]:
    f, y = clusters([0, 0, 0, 1, 1, 1, 2, 2, 2], 4, seed=7)
    return {
        "three classes, three each": clusters([0, 0, 0, 1, 1, 1, 2, 2, 2], 4, seed=0),
        "rows of length 1": (F.normalize(f, dim=1), y),
        "shuffled, classes of different sizes": clusters([2, 0, 1, 0, 0, 2, 1, 2, 0], 5, seed=1),
        "some rows are alone in their class": clusters([0, 0, 0, 1, 2, 2, 3], 3, seed=2, near=0.7),
        "double precision": clusters([0, 1, 0, 1, 2, 2], 2, seed=3, dtype=torch.float64),
        "far apart": clusters([0, 0, 1, 1, 1], 6, seed=4, near=4.0),
        "labels that are not 0, 1, 2": (lambda f, y: (f, 7 * y + 100))(*clusters([0, 0, 1, 1, 2, 2], 3, seed=5)),
        "very far apart": clusters([0, 0, 0, 1, 1, 1], 5, seed=6, near=100.0),
    }


def _right(f: Tensor, y: Tensor) -> Tensor:
    d, positive, same = distances_and_pairs(f, y)
    return terms(d, positive, ~same)


@catches("The distances are squared. This loss takes the plain distance: a root, which keeps its slope near 0.")
def squared(got, f, y):
    d, positive, same = distances_and_pairs(f, y)
    return close(got, F.softplus(terms(d.square(), positive, ~same)).mean())


@catches("These are the nearest positives. They are easy already: take the *farthest* positive of each anchor.")
def nearest_positive(got, f, y):
    d, positive, same = distances_and_pairs(f, y)
    ways = [terms(d, who, ~same, nearest_positive=True) for who in (positive, same)]
    return any(close(got, F.softplus(way).mean()) for way in ways)


@catches("These are the farthest negatives. They are easy already: take the *nearest* negative of each anchor.")
def farthest_negative(got, f, y):
    d, positive, same = distances_and_pairs(f, y)
    return close(got, F.softplus(terms(d, positive, ~same, farthest_negative=True)).mean())


@catches("These are the nearest positives and the farthest negatives, the easiest of both. Batch-hard takes the *farthest* "
         "positive and the *nearest* negative of each anchor.")
def the_easiest_of_both(got, f, y):
    d, positive, same = distances_and_pairs(f, y)
    return any(close(got, F.softplus(terms(d, who, ~same, nearest_positive=True, farthest_negative=True)).mean())
               for who in (positive, same))


@catches("The two distances have changed places: this pushes the positive away and pulls the negative. The farthest "
         "positive comes with a plus, the nearest negative with a minus.")
def places_changed(got, f, y):
    return close(got, F.softplus(-_right(f, y)).mean())


@catches("A row of the anchor's own class stands among those that the negative is chosen from. A negative has another "
         "label: mask every row that shares the anchor's.")
def own_class_as_negative(got, f, y):
    d, positive, same = distances_and_pairs(f, y)
    return close(got, F.softplus(terms(d, positive, ~torch.eye(len(y), dtype=torch.bool))).mean())


@catches("The positive is chosen from all rows, also those of other classes. Mask the rows that do not share the "
         "anchor's label.")
def strangers_as_positives(got, f, y):
    d, _, same = distances_and_pairs(f, y)
    return any(close(got, F.softplus(terms(d, who, ~same)).mean()) for who in (torch.ones_like(same), ~same))


@catches("The smallest distance of each row comes out as 0: it is the anchor itself, or a place that was masked with 0. "
         "Put ∞ where no negative is (and −∞ where no positive is).")
def masked_with_zero(got, f, y):
    d, positive, same = distances_and_pairs(f, y)
    by_zeros = (d * positive).amax(dim=1) - (d * ~same).amin(dim=1)
    has_both = positive.any(dim=1) & (~same).any(dim=1)
    return any(close(got, F.softplus(way).mean()) for way in (by_zeros, by_zeros[has_both]))


@catches("Rows without a positive count too. With itself as its positive, at distance 0, an anchor that is alone in its "
         "class is only pushed: leave such anchors out of the mean.")
def alone_counted(got, f, y):
    d, positive, same = distances_and_pairs(f, y)
    each = F.softplus(terms(d, positive, ~same))
    alone = F.softplus(terms(d, same, ~same))
    return bool((~positive.any(dim=1)).any()) and (close(got, alone.mean()) or close(got, each.sum() / len(y)))


@catches("Rows that are alone in their class have no positive, and their −∞ or NaN has come into the mean. Choose the "
         "anchors that have both before you take it.")
def infinite(got, f, y):
    return bool((~distances_and_pairs(f, y)[1].any(dim=1)).any()) and not bool(torch.as_tensor(got).isfinite())


@catches("exp(x) is too large for float32 from x ≈ 89 on, and ln(1 + eˣ) infinite; it is nearly x there. `F.softplus(x)` and "
         "`torch.logaddexp` know that.")
def overflow(got, f, y):
    nobody_alone = bool(distances_and_pairs(f, y)[1].any(dim=1).all())
    return nobody_alone and bool((_right(f, y) > 80).any()) and not bool(got.isfinite())


@catches("This is the hinge [x]₊, or the hinge with a margin. The soft margin is ln(1 + eˣ), softplus, which has no "
         "corner and never quite stops to pull.")
def hard_hinge(got, f, y):
    x = _right(f, y)
    return any(close(got, (x + margin).clamp_min(0).mean()) for margin in (0.0, 0.2, 0.5, 1.0))


@catches("The soft hinge is missing: this is the mean of the plain differences, so an anchor that is right by far pays "
         "for another that is wrong.")
def no_hinge(got, f, y):
    return close(got, _right(f, y).mean())


@catches("The soft hinge comes after the mean here. Each anchor has a loss of its own, ln(1 + eˣ); the mean runs over those.")
def hinge_after_the_mean(got, f, y):
    x = _right(f, y)
    return len(x) > 1 and close(got, F.softplus(x.mean()))


@catches("The exponent is right, and 1 + is missing, or the logarithm is: the soft hinge is ln(1 + eˣ), `F.softplus`.")
def another_soft_hinge(got, f, y):
    x = _right(f, y)
    ways = x.exp(), 1 + x.exp(), x.sigmoid(), x.sigmoid().log(), torch.log2(1 + x.exp()), torch.log10(1 + x.exp())
    return any(close(got, way.mean()) for way in ways)


@catches("The rows have been scaled to length 1. Here they are used as they are: the network puts them on the sphere.")
def rows_normalized(got, f, y):
    d, positive, same = distances_and_pairs(F.normalize(f, dim=1), y)
    return close(got, F.softplus(terms(d, positive, ~same)).mean())


@catches("All triplets take part, or all positives and negatives by their mean. Batch-hard keeps one triplet per anchor: "
         "the farthest positive and the nearest negative.")
def every_triplet(got, f, y):
    d, positive, same = distances_and_pairs(f, y)
    all_of_them = (d[:, :, None] - d[:, None, :])[positive[:, :, None] & ~same[:, None, :]]
    means = (d * positive).sum(dim=1) / positive.sum(dim=1) - (d * ~same).sum(dim=1) / (~same).sum(dim=1)
    return close(got, F.softplus(all_of_them).mean()) or close(got, F.softplus(means[positive.any(dim=1)]).mean())


@catches("The anchors' losses are added up. Take the mean, so that the loss does not grow with the batch.")
def summed(got, f, y):
    return close(got, F.softplus(_right(f, y)).sum())


@catches("That is one number for each anchor. A loss to descend on is a single number: take the mean.")
def per_anchor(got, f, y):
    return close(got, F.softplus(_right(f, y)))


@catches("These are sums of absolute differences. The distance is Euclid's: the root of the sum of squares.")
def city_blocks(got, f, y):
    _, positive, same = distances_and_pairs(f, y)
    return close(got, F.softplus(terms(torch.cdist(f, f, p=1), positive, ~same)).mean())


@catches("The value is right, and the gradient is not a number: on the diagonal the root is taken of 0, where its slope "
         "is infinite, and 0 · ∞ is NaN. `torch.cdist` knows that; by hand, add a tiny number under the root, or mask "
         "before it.",
         of="gradient")
def root_of_zero(slopes, f, y):
    return not all(bool(slope.isfinite().all()) for slope in slopes.values())


EXERCISE = Exercise(
    "batch_hard", "09_triplet_loss", "A longer piece: batch-hard with a soft margin", minutes=25, difficulty=4, importance=4,
    reference=losses.batch_hard, returns=("loss",), cases=batch_hard_cases, trains_on=("embeddings",),
    used_in="in the training below", longer=True,
    mistakes=(squared, nearest_positive, farthest_negative, the_easiest_of_both, overflow, places_changed,
              masked_with_zero, own_class_as_negative, strangers_as_positives, alone_counted, infinite, hard_hinge,
              no_hinge, hinge_after_the_mean, another_soft_hinge, rows_normalized, every_triplet, summed, per_anchor,
              city_blocks, root_of_zero),
    hints=("Make the table of all distances first, and beside it two tables of the same shape: who is whose positive, "
           "and who is whose negative.",
           "`torch.cdist(embeddings, embeddings)` holds the distances. In a new table put −∞ where no positive is and take "
           "the largest of each row; in another put ∞ where no negative is and take the smallest. Then the soft hinge of "
           "their difference, and the mean over the anchors that have both.",
           "`farthest = distances.masked_fill(~positive, -torch.inf).amax(dim=1)`, `nearest = "
           "distances.masked_fill(same, torch.inf).amin(dim=1)`, `F.softplus(farthest - nearest)[positive.any(dim=1) & "
           "~same.all(dim=1)].mean()`."),
)
