"""Bug hunt `hunt_fixmatch_loss`: a mask that comes after the mean."""

from __future__ import annotations

from torch.nn import functional as F

from ..engine import hunt
from . import fixmatch_loss


def hunt_fixmatch_loss(weak_logits, strong_logits, threshold=0.95):
    """FixMatch's loss as a colleague wrote it: logits (N, K) of a weak and of a strong view  ->  a scalar."""
    p = weak_logits.detach().softmax(dim=1)
    confidence, believed = p.max(dim=1)
    sure = (confidence >= threshold).float()
    loss = F.cross_entropy(strong_logits, believed)
    return (loss * sure).mean()


EXERCISE = hunt(
    fixmatch_loss.EXERCISE, hunt_fixmatch_loss, title="Bug hunt: a mask that masks nothing",
    hints=("Print the shape of each thing. Which of them should have one number per image, and has not?",
           "Cross-entropy averages over the batch unless told otherwise. After that, what is there left to choose among?",
           "`F.cross_entropy(strong_logits, believed, reduction=\"none\")`, and then `(loss * sure).mean()` as it stands."),
)
