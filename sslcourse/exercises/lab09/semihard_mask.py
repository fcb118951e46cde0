"""Exercise `semihard_mask`: which triplets of a batch teach something, and are not yet the worst."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import methods
from ..compare import close
from ..engine import Exercise, catches
from .batches import on_a_grid, on_the_sphere, rounded


def semihard_mask_cases() -> dict[str, tuple]:
    return {
        "four classes, three each": (*on_the_sphere([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3], seed=0), 0.4),
        "two classes, shuffled": (*on_the_sphere([0, 1, 1, 0, 1, 0, 0, 1], seed=1), 0.6),
        "classes of different sizes": (*on_the_sphere([2, 0, 0, 0, 0, 1, 1, 2, 1, 3], seed=2), 0.5),
        "double precision": (*on_the_sphere([0, 0, 1, 1, 2, 2, 3, 3, 4, 4], seed=3, dim=2, dtype=torch.float64), 0.3),
        "labels that are not 0, 1, 2": (
            *(lambda D, y: (D, y * 7 + 100))(*on_the_sphere([0, 0, 1, 1, 2, 2, 0, 1], seed=4)), 0.7),
        "a wide margin": (*on_the_sphere([0, 0, 0, 1, 1, 1, 2, 2], seed=5), 1.5),
        "points on a grid": (*on_a_grid(), 2.0),
        "distances that were rounded, and a copy": (*rounded(), 0.9),
    }


def _parts(distances: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Who shares a label, who is another row, and d(a, n) − d(a, p) for [a, p, n]."""
    same = labels[:, None] == labels[None, :]
    other = ~torch.eye(len(labels), dtype=torch.bool)
    return same, other, distances[:, None, :] - distances[:, :, None]


def _triplets(labels: Tensor) -> Tensor:
    same = labels[:, None] == labels[None, :]
    other = ~torch.eye(len(labels), dtype=torch.bool)
    return (same & other)[:, :, None] & ~same[:, None, :]


@catches("Here the hard triplets are in as well, whose negative is nearer than the positive. Semi-hard has two bounds: "
         "d(a, n) has to be larger than d(a, p), and smaller than d(a, p) + α.")
def hard_included(got, distances, labels, margin):
    gap = _parts(distances, labels)[2]
    return close(got, _triplets(labels) & (gap < margin))


@catches("The margin plays no part here, so the easy triplets are in as well: those whose negative is farther than the "
         "positive by α or more, and whose loss is 0.")
def margin_ignored(got, distances, labels, margin):
    return close(got, _triplets(labels) & (_parts(distances, labels)[2] > 0))


@catches("These are the easy triplets, beyond the margin. Their loss is 0 and they teach nothing. Turn that comparison "
         "round.")
def easy_ones(got, distances, labels, margin):
    gap = _parts(distances, labels)[2]
    return close(got, _triplets(labels) & (gap >= margin)) or close(got, _triplets(labels) & (gap > margin))


@catches("The difference has the wrong sign: these are triplets whose negative is *nearer* than the positive. "
         "Semi-hard ones "
         "are in order already, only too tight.")
def sign_turned(got, distances, labels, margin):
    gap = -_parts(distances, labels)[2]
    return close(got, _triplets(labels) & (gap > 0) & (gap < margin))


@catches("An anchor is its own positive here: its distance to itself is 0, and nothing can be learned from it. Take the "
         "diagonal out of the positives.")
def anchor_as_positive(got, distances, labels, margin):
    same, _, gap = _parts(distances, labels)
    return close(got, same[:, :, None] & ~same[:, None, :] & (gap > 0) & (gap < margin))


@catches("A row counts as another one here if its distance is above 0. But rounding leaves a row 1e-7 away from itself, so "
         "that it becomes its own positive, and a copy lies at 0. Say it by the places: `~torch.eye(N, dtype=torch.bool)`.")
def told_by_the_distance(got, distances, labels, margin):
    same, _, gap = _parts(distances, labels)
    return close(got, (same & (distances > 0))[:, :, None] & ~same[:, None, :] & (gap > 0) & (gap < margin))


@catches("Some negatives have the anchor's own label, so the loss would push a drawing of the same thing away. A "
         "negative "
         "has another label.")
def own_class_as_negative(got, distances, labels, margin):
    same, other, gap = _parts(distances, labels)
    inside = (gap > 0) & (gap < margin)
    return any(close(got, (same & other)[:, :, None] & negatives & inside)
               for negatives in (other[:, None, :], torch.ones_like(other)[:, None, :]))


@catches("Some positives have another label than the anchor, so the loss would pull strangers together. A positive is "
         "another row with the anchor's label.")
def strangers_as_positives(got, distances, labels, margin):
    same, other, gap = _parts(distances, labels)
    inside = ~same[:, None, :] & (gap > 0) & (gap < margin)
    return any(close(got, positives[:, :, None] & inside) for positives in (other, torch.ones_like(other), ~same))


@catches("The last two axes have changed places. Wanted is mask[a, p, n]: the positive comes second, and the "
         "negative third.")
def axes_changed(got, distances, labels, margin):
    return close(got, methods.semihard_mask(distances, labels, margin).transpose(1, 2))


@catches("The negative's distance is measured from the positive here. Both are distances from the *anchor*: d(a, p) and "
         "d(a, n). With [a, p, n], that is `distances[:, :, None]` and `distances[:, None, :]`.")
def from_the_positive(got, distances, labels, margin):
    gap = distances[None, :, :] - distances[:, :, None]                     # d(p, n) − d(a, p)
    return close(got, _triplets(labels) & (gap > 0) & (gap < margin))


@catches("A tie counts here. Both bounds are strict: a negative exactly as far as the positive is not semi-hard "
         "(it is hard), "
         "and one exactly α farther has loss 0. So `<` and `>`, not `<=` and `>=`.")
def ties_included(got, distances, labels, margin):
    triplet, gap = _triplets(labels), _parts(distances, labels)[2]
    low, high = triplet & (gap >= 0), triplet & (gap <= margin)
    tied = bool((triplet & ((gap == 0) | (gap == margin))).any())
    return tied and any(close(got, v) for v in (low & (gap < margin), low & high, high & (gap > 0)))


@catches("These are the hard triplets, whose negative is nearer than the positive. Semi-hard ones are in order already, "
         "d(a, n) > d(a, p), only by less than α.")
def hard_only(got, distances, labels, margin):
    gap = _parts(distances, labels)[2]
    return any(close(got, _triplets(labels) & v) for v in (gap < 0, gap <= 0))


@catches("The difference may have either sign here, so negatives that are a little *nearer* than the positive are "
         "in as well. "
         "No `abs`: d(a, n) − d(a, p) has to be above 0 and below α.")
def either_sign(got, distances, labels, margin):
    return close(got, _triplets(labels) & (_parts(distances, labels)[2].abs() < margin))


@catches("These are all the triplets there are. Both bounds have to hold, `(gap > 0) & (gap < margin)`; with `|` "
         "one or the "
         "other always does.")
def every_triplet(got, distances, labels, margin):
    return close(got, _triplets(labels))


@catches("The labels play no part: every row serves as positive and as negative. A positive has the anchor's "
         "label, and a "
         "negative another one.")
def labels_ignored(got, distances, labels, margin):
    gap = _parts(distances, labels)[2]
    other = _parts(distances, labels)[1]
    band = (gap > 0) & (gap < margin)
    pair = other[:, :, None]
    return any(close(got, band & v) for v in (torch.ones_like(band), pair, pair & other[:, None, :]))


@catches("Each pair is there once, with its first row as the anchor. Both of the two are anchors: (a, p) and (p, a) have "
         "different negatives.")
def each_pair_once(got, distances, labels, margin):
    mask = methods.semihard_mask(distances, labels, margin)
    half = torch.ones_like(distances, dtype=torch.bool).triu()[:, :, None]
    return close(got, mask & half) or close(got, mask & ~half)


@catches("α is compared with the negative's distance itself. It bounds the *difference*: d(a, n) − d(a, p) < α.")
def margin_from_the_anchor(got, distances, labels, margin):
    gap, to_n = _parts(distances, labels)[2], distances[:, None, :]
    return any(close(got, _triplets(labels) & (gap > 0) & v) for v in (to_n < margin, to_n > margin))


@catches("The distances that come in are squared already. Take neither a root nor another square: the margin is in "
         "their units.")
def squared_again(got, distances, labels, margin):
    others = distances.clamp_min(0).sqrt(), distances.square()
    return any(close(got, methods.semihard_mask(d, labels, margin)) for d in others)


EXERCISE = Exercise(
    "semihard_mask", "09_triplet_loss", "The semi-hard triplets of a batch", minutes=20, difficulty=3, importance=4,
    reference=methods.semihard_mask, returns=("mask",), cases=semihard_mask_cases,
    used_in="in the training below",
    mistakes=(hard_included, margin_ignored, easy_ones, sign_turned, anchor_as_positive, told_by_the_distance,
              own_class_as_negative, strangers_as_positives, axes_changed, from_the_positive, ties_included, hard_only,
              either_sign, every_triplet, labels_ignored, each_pair_once, margin_from_the_anchor, squared_again),
    hints=("There are two questions for each triple of rows: is it a triplet at all, and does its negative lie in the "
           "ring between the positive and the margin?",
           "Who shares a label is an (N, N) table. From it come the positives (without the diagonal) and the negatives. A "
           "new axis of size 1 lets tables of pairs [a, p] and [a, n] meet in a table of triples [a, p, n], and the same "
           "goes for the distances.",
           "`same = labels[:, None] == labels[None, :]`; positives are `same & ~torch.eye(N, dtype=torch.bool)`; with "
           "`gap = distances[:, None, :] - distances[:, :, None]` the answer is "
           "`positives[:, :, None] & ~same[:, None, :] & (gap > 0) & (gap < margin)`."),
)
