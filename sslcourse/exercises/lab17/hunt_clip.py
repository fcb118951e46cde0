"""Bug hunt `hunt_clip`: a loss that looks both ways, and goes one way twice."""

from __future__ import annotations

from torch.nn import functional as F

from ..engine import hunt
from . import clip


def hunt_clip(image_features, text_features, logit_scale):
    """CLIP's loss as a colleague wrote it: features (N, D) each, logit_scale > 0  ->  a scalar."""
    images = F.normalize(image_features, dim=1)
    texts = F.normalize(text_features, dim=1)
    log_p = (logit_scale * images @ texts.T).log_softmax(dim=1)
    images_ask = -log_p.diagonal().mean()
    texts_ask = -log_p.T.diagonal().mean()
    return (images_ask + texts_ask) / 2


EXERCISE = hunt(
    clip.EXERCISE, hunt_clip, title="Bug hunt: a search that works one way only",
    hints=("Print what the images lose and what the texts lose, for some batch. Should the two be the same number?",
           "A transpose changes where a number stands, not over what it was divided. Over which axis did the softmax run?",
           "The texts need a softmax of their own, over the images: `logits.log_softmax(dim=0)`, or `logits.T` with "
           "`dim=1`, *before* the diagonal is taken."),
)
