"""Bug hunt `hunt_semihard_mask`: a mask that finds triplets even where nobody has a positive."""

from __future__ import annotations

from ..engine import hunt
from . import semihard_mask


def hunt_semihard_mask(distances, labels, margin=0.2):
    """Which triplets (a, p, n) are semi-hard, as a colleague wrote it."""
    same = labels.unsqueeze(1) == labels.unsqueeze(0)
    to_positive, to_negative = distances.unsqueeze(2), distances.unsqueeze(1)
    in_the_ring = (to_negative > to_positive) & (to_negative < to_positive + margin)
    return same.unsqueeze(2) & ~same.unsqueeze(1) & in_the_ring


EXERCISE = hunt(
    semihard_mask.EXERCISE, hunt_semihard_mask, title="Bug hunt: triplets without a positive",
    hints=("With one drawing per concept, which row can still share the anchor's label?",
           "An anchor shares its label with itself, at distance 0. Look at the diagonal of the table of who shares a label: "
           "it is right for the negatives, and wrong for the positives.",
           "Positives are `same & ~torch.eye(len(labels), dtype=torch.bool, device=labels.device)`; `same` itself stays as "
           "it is in `~same.unsqueeze(1)`."),
)
