"""Exercise `triplet_loss`: pull the positive, push the negative, and stop at the margin."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import methods
from ..compare import close
from ..engine import Exercise, catches


def _triplets(t: int, d: int, seed: int, *, apart: float = 1.0, dtype: torch.dtype = torch.float32) -> tuple[Tensor, ...]:
    """Anchors and positives near each other, negatives anywhere: some triplets are satisfied, and some are not."""
    generator = torch.Generator().manual_seed(seed)
    a, p, n = torch.randn(3, t, d, generator=generator, dtype=torch.float64)
    return a.to(dtype), (a + apart * p).to(dtype), n.to(dtype)


def triplet_loss_cases() -> dict[str, tuple]:
    a, p, n = _triplets(6, 3, seed=6, apart=0.8)
    point = torch.full((4, 5), 0.3)
    return {
        "six triplets": (*_triplets(6, 3, seed=8), 0.5),
        "triplets on the unit sphere": (*(x / x.norm(dim=1, keepdim=True) for x in _triplets(8, 4, seed=1)), 0.2),
        "one triplet": (*_triplets(1, 3, seed=2, apart=2.5), 0.4),
        "as many triplets as dimensions": (*_triplets(4, 4, seed=3), 1.0),
        "double precision": (*_triplets(7, 2, seed=4, dtype=torch.float64), 0.3),
        "all satisfied": (a, a + 0.01 * (p - a), a + 10 + n.abs(), 0.2),
        "everything in one point": (point, point.clone(), point.clone(), 0.7),
    }


def _squared(x: Tensor, y: Tensor) -> Tensor:
    return (x - y).square().sum(dim=1)


def _gap(anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
    return _squared(anchor, positive) - _squared(anchor, negative)


@catches("A triplet that is satisfied should count as 0, and here it counts as a negative number, which pays for pushing "
         "negatives ever further. The hinge [·]₊ belongs to each triplet by itself, before the mean.")
def no_hinge(got, anchor, positive, negative, margin):
    raw = (_gap(anchor, positive, negative) + margin).mean()
    return close(got, raw) or close(got, raw.clamp_min(0))


@catches("The two distances have changed places: this pulls the negative near and pushes the positive away. The "
         "loss grows "
         "with the distance to the positive.")
def places_changed(got, anchor, positive, negative, margin):
    turned = -_gap(anchor, positive, negative) + margin
    return close(got, turned.clamp_min(0).mean()) or close(got, turned.mean())


@catches("The margin is taken off where it should be added. With −α a negative that is a little nearer than the positive "
         "already counts as good enough.")
def margin_subtracted(got, anchor, positive, negative, margin):
    return close(got, (_gap(anchor, positive, negative) - margin).clamp_min(0).mean())


@catches("The margin stands outside the hinge, so it is added to every loss and moves nothing: its gradient is 0. "
         "It belongs "
         "inside, where it decides when a triplet is satisfied.")
def margin_outside(got, anchor, positive, negative, margin):
    return close(got, _gap(anchor, positive, negative).clamp_min(0).mean() + margin)


@catches("The margin is missing: this stops pushing as soon as the negative is farther than the positive, by however "
         "little. Add α inside the hinge.")
def margin_forgotten(got, anchor, positive, negative, margin):
    return close(got, _gap(anchor, positive, negative).clamp_min(0).mean())


@catches("These are distances; FaceNet's loss compares *squared* distances, ‖a − p‖² and ‖a − n‖². No square root.")
def not_squared(got, anchor, positive, negative, margin):
    gap = (anchor - positive).norm(dim=1) - (anchor - negative).norm(dim=1)
    return close(got, (gap + margin).clamp_min(0).mean())


@catches("A squared distance is the *sum* over the D coordinates. With the mean it shrinks D times, and the margin would "
         "mean something else in every dimension.")
def mean_over_coordinates(got, anchor, positive, negative, margin):
    D = anchor.shape[1]
    return D > 1 and close(got, (_gap(anchor, positive, negative) / D + margin).clamp_min(0).mean())


@catches("The hinge works on single coordinates here. First sum each squared distance over the coordinates, one number a "
         "triplet; then the hinge.")
def hinge_per_coordinate(got, anchor, positive, negative, margin):
    each = ((anchor - positive).square() - (anchor - negative).square() + margin).clamp_min(0)
    return close(got, each.sum(dim=1).mean()) or close(got, each.mean())


@catches("That is one number for each triplet. A loss to descend on is a single number: take the mean.")
def per_triplet(got, anchor, positive, negative, margin):
    return close(got, (_gap(anchor, positive, negative) + margin).clamp_min(0))


@catches("The triplets are added up. With the mean, the loss and the size of a step do not depend on how many there are.")
def summed(got, anchor, positive, negative, margin):
    return len(anchor) > 1 and close(got, (_gap(anchor, positive, negative) + margin).clamp_min(0).sum())


@catches("The mean runs over those triplets only whose loss is not 0. That is another loss (the lab comes to it under "
         "batch-all); here it is the mean over all T.")
def active_only(got, anchor, positive, negative, margin):
    each = (_gap(anchor, positive, negative) + margin).clamp_min(0)
    active = int((each > 0).sum())
    return active < len(each) and close(got, each.sum() / max(active, 1))


@catches("The distances are averaged over the whole batch before the hinge. Then one triplet that is satisfied by "
         "far pays "
         "for another that is not. The order is: sum over the coordinates, hinge, mean over the triplets.")
def averaged_first(got, anchor, positive, negative, margin):
    gap = (anchor - positive).square().mean() - (anchor - negative).square().mean()
    return close(got, (gap + margin).clamp_min(0)) or close(got, gap + margin)


@catches("The negative's distance is measured from the positive. Both are distances from the *anchor*: ‖a − p‖² "
         "and ‖a − n‖².")
def from_the_positive(got, anchor, positive, negative, margin):
    return close(got, (_squared(anchor, positive) - _squared(positive, negative) + margin).clamp_min(0).mean())


@catches("This pulls every positive all the way and pushes every negative beyond α: the contrastive loss of pairs. In a "
         "triplet only the *difference* of the two distances counts, inside one hinge.")
def pairs(got, anchor, positive, negative, margin):
    push = (margin - _squared(anchor, negative)).clamp_min(0)
    return close(got, (_squared(anchor, positive) + push).mean())


@catches("The margin is the floor here: every triplet counts as α or more. It is *added*, and the floor is 0.")
def margin_as_floor(got, anchor, positive, negative, margin):
    return close(got, _gap(anchor, positive, negative).clamp_min(margin).mean())


@catches("The hinge is squared here. The distances are squared, and what the hinge lets through is taken as it is.")
def hinge_squared(got, anchor, positive, negative, margin):
    return close(got, (_gap(anchor, positive, negative) + margin).clamp_min(0).square().mean())


@catches("This is softplus, a hinge with its corner rounded off. A satisfied triplet should count as 0, exactly.")
def soft_hinge(got, anchor, positive, negative, margin):
    return close(got, torch.nn.functional.softplus(_gap(anchor, positive, negative) + margin).mean())


@catches("`abs` turns a satisfied triplet into one that has to be mended. What is below 0 becomes 0: `clamp(min=0)`.")
def magnitude(got, anchor, positive, negative, margin):
    return close(got, (_gap(anchor, positive, negative) + margin).abs().mean())


@catches("`clamp(max=0)` keeps the satisfied triplets and throws the others away. It is `min=0`.")
def clamped_from_above(got, anchor, positive, negative, margin):
    return close(got, (_gap(anchor, positive, negative) + margin).clamp_max(0).mean())


@catches("The rows have been scaled to length 1. Here they are taken as they are: normalising is the caller's job.")
def rows_normalized(got, anchor, positive, negative, margin):
    a, p, n = (torch.nn.functional.normalize(x, dim=1) for x in (anchor, positive, negative))
    cosine = (a * n).sum(dim=1) - (a * p).sum(dim=1)
    return any(close(got, (v + margin).clamp_min(0).mean()) for v in (_gap(a, p, n), cosine))


@catches("These are sums of absolute differences. FaceNet's distance is Euclid's, squared: the sum of squares.")
def city_blocks(got, anchor, positive, negative, margin):
    gap = (anchor - positive).abs().sum(dim=1) - (anchor - negative).abs().sum(dim=1)
    return close(got, (gap + margin).clamp_min(0).mean())


@catches("The sum runs over the triplets, and the coordinates are left. Distances are sums over the coordinates: `dim=1`.")
def sum_over_triplets(got, anchor, positive, negative, margin):
    gap = (anchor - positive).square().sum(dim=0) - (anchor - negative).square().sum(dim=0)
    return close(got, (gap + margin).clamp_min(0).mean())


EXERCISE = Exercise(
    "triplet_loss", "09_triplet_loss", "Pull, push, margin: the loss of given triplets", minutes=10, difficulty=1,
    importance=5, reference=methods.triplet_loss, returns=("loss",), cases=triplet_loss_cases,
    trains_on=("anchor", "positive", "negative"),
    used_in="in the training below",
    mistakes=(no_hinge, places_changed, margin_subtracted, margin_outside, margin_forgotten, not_squared,
              mean_over_coordinates, hinge_per_coordinate, per_triplet, summed, active_only, averaged_first,
              from_the_positive, pairs, hinge_squared, soft_hinge, margin_as_floor, magnitude, clamped_from_above,
              rows_normalized, city_blocks, sum_over_triplets),
    hints=("How far is each positive, how far is each negative, and by how much does the difference miss the margin?",
           "Two vectors of squared distances, (T,) each, as sums over the coordinates. Add the margin to their difference, "
           "put everything below 0 to 0, and only then take the mean.",
           "`((anchor - positive) ** 2).sum(dim=1)` is the first; with the other it makes "
           "`(to_positive - to_negative + margin).clamp(min=0).mean()`."),
)
