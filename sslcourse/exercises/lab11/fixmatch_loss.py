"""Exercise `fixmatch_loss`: only what the network is sure of teaches, and it teaches on another view."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from ... import methods
from ..compare import close
from ..engine import Exercise, catches


def fixmatch_cases() -> dict[str, tuple]:
    def some(n: int, k: int, threshold: float, seed: int, spread: float = 2.5, dtype: torch.dtype = torch.float32) -> tuple:
        generator = torch.Generator().manual_seed(seed)
        weak, strong = ((torch.randn(n, k, generator=generator, dtype=torch.float64) * s).to(dtype) for s in (spread, 1.5))
        return weak, strong, threshold

    return {
        "twelve images, four classes": some(12, 4, 0.8, seed=2),
        "a lower threshold": some(9, 5, 0.5, seed=1),
        "as many images as classes": some(6, 6, 0.6, seed=2),
        "double precision, two classes": some(10, 2, 0.9, seed=3, dtype=torch.float64),
        "nobody is sure": some(7, 5, 0.95, seed=4, spread=0.3),
        "everybody is sure": some(8, 3, 0.4, seed=5, spread=9.0),
        "exactly at the threshold": _certain(),
    }


def _certain() -> tuple[Tensor, Tensor, float]:
    """Two images whose confidence is 1 to the last digit (exp(-40) is lost beside it), one that is not sure; threshold 1."""
    weak = torch.tensor([[40.0, 0.0, 0.0], [0.3, 0.2, 0.0], [0.0, 0.0, 40.0]])
    return weak, torch.tensor([[0.5, 1.0, -1.0], [0.0, 2.0, 1.0], [1.0, 0.0, 0.3]]), 1.0


def _sure(weak: Tensor, threshold: float) -> Tensor:
    return weak.softmax(dim=1).amax(dim=1) >= threshold


def _each(weak: Tensor, strong: Tensor) -> Tensor:
    return F.cross_entropy(strong, weak.argmax(dim=1), reduction="none")


@catches("Every image takes part, sure or not. Leave out those whose highest weak probability is under the threshold.")
def no_mask(got, weak, strong, threshold):
    return not bool(_sure(weak, threshold).all()) and close(got, _each(weak, strong).mean())


@catches("The threshold is held against logits. A logit has no scale of its own; the softmax makes a probability of it.")
def threshold_on_logits(got, weak, strong, threshold):
    return close(got, (_each(weak, strong) * (weak.amax(dim=1) >= threshold)).mean())


@catches("`sigmoid` asks of each class alone whether it is there. The softmax makes one distribution over the classes, and "
         "the threshold is a bar for its highest entry.")
def sigmoid(got, weak, strong, threshold):
    return close(got, (_each(weak, strong) * (weak.amax(dim=1).sigmoid() >= threshold)).mean())


@catches("One number too early: `F.cross_entropy` has taken the mean or the sum over all images before the mask could choose "
         "among them. `reduction=\"none\"` keeps one loss per image.")
def averaged_before_the_mask(got, weak, strong, threshold):
    sure = _sure(weak, threshold).to(weak.dtype)
    each = _each(weak, strong)
    return 0 < sure.mean() < 1 and any(close(got, early * sure.mean()) for early in (each.mean(), each.sum()))


@catches("The mask falls on the logits. Logits of 0 are a guess among all the classes, and that guess costs ln K: those "
         "images still count. Multiply the *losses* by the mask.")
def mask_on_the_logits(got, weak, strong, threshold):
    sure = _sure(weak, threshold)
    return not bool(sure.all()) and close(got, _each(weak, strong * sure[:, None]).mean())


@catches("The highest entry is sought in each column, so there is one class for each class, and not one for each image: "
         "`dim=1`.")
def sought_down_the_columns(got, weak, strong, threshold):
    n, k = weak.shape
    if n != k:
        return isinstance(got, (ValueError, RuntimeError)) and f"({k})" in str(got) or "size of tensor" in str(got)
    return close(got, (_each(weak.T, strong) * _sure(weak, threshold)).mean())


@catches("The softmax runs down the batch, over the images. Each image has a distribution of its own over the classes: "
         "`dim=1`.")
def softmax_over_the_images(got, weak, strong, threshold):
    confidence, believed = weak.softmax(dim=0).max(dim=1)
    each = F.cross_entropy(strong, believed, reduction="none")
    own = F.cross_entropy(strong, weak.argmax(dim=1), reduction="none")
    return any(close(got, (loss * (confidence >= threshold)).mean()) for loss in (each, own))


@catches("Each loss is weighed by how sure the network is. In FixMatch an image counts fully or not at all: the confidence "
         "only decides which.")
def weighed_by_the_confidence(got, weak, strong, threshold):
    sure, each = _sure(weak, threshold), _each(weak, strong) * weak.softmax(dim=1).amax(dim=1)
    return bool(sure.any()) and (close(got, (each * sure).mean()) or close(got, each.mean()))


@catches("The logarithm is missing: a cross-entropy is −log of the probability, not the probability.")
def no_logarithm(got, weak, strong, threshold):
    sure = _sure(weak, threshold)
    p = strong.softmax(dim=1).gather(1, weak.argmax(dim=1)[:, None])[:, 0]
    return bool(sure.any()) and any(close(got, (loss * sure).mean()) for loss in (p, -p, 1 - p))


@catches("The threshold is a number of your own here. It comes in as an argument: `threshold`.")
def threshold_typed(got, weak, strong, threshold):
    return any(abs(threshold - own) > 1e-6 and not torch.equal(_sure(weak, own), _sure(weak, threshold))
               and close(got, (_each(weak, strong) * _sure(weak, own)).mean()) for own in (0.95, 0.9, 0.5, 0.8))


@catches("The mean runs over the classes too, so the loss is K times too small. Sum over the classes, average over the "
         "images.")
def mean_over_classes(got, weak, strong, threshold):
    sure = _sure(weak, threshold)
    return bool(sure.any()) and close(got, (_each(weak, strong) * sure).mean() / weak.shape[1])


@catches("The threshold is held against the number of the class. `max(dim=1)` gives two things: the highest probability "
         "first, and where it stands second.")
def threshold_on_the_class(got, weak, strong, threshold):
    return close(got, (_each(weak, strong) * (weak.argmax(dim=1) >= threshold)).mean())


@catches("This is the mean over the accepted images. Equation (4) divides by all N: while few are accepted, the unlabelled "
         "images are to count for little. (And where none is, it would be 0 divided by 0.)")
def mean_over_the_accepted(got, weak, strong, threshold):
    sure = _sure(weak, threshold)
    if not bool(sure.any()):
        return bool(got.isnan()) or close(got, torch.zeros_like(got))
    return not bool(sure.all()) and close(got, _each(weak, strong)[sure].mean())


@catches("Summed over the images. Divide by N, the number of all of them.")
def summed(got, weak, strong, threshold):
    return close(got, (_each(weak, strong) * _sure(weak, threshold)).sum())


@catches("The comparison is turned round: the images that it is *not* sure of are kept.")
def kept_the_unsure(got, weak, strong, threshold):
    return close(got, (_each(weak, strong) * ~_sure(weak, threshold)).mean())


@catches("The target here is the whole distribution of the weak view. FixMatch takes the likeliest class, as if it were the "
         "label.")
def soft_targets(got, weak, strong, threshold):
    each = -(weak.softmax(dim=1) * strong.log_softmax(dim=1)).sum(dim=1)
    return close(got, (each * _sure(weak, threshold)).mean())


@catches("The two views have changed places. The weak view says the class, the strong view is trained on it.")
def views_swapped(got, weak, strong, threshold):
    return any(close(got, (_each(strong, weak) * _sure(x, threshold)).mean()) for x in (weak, strong))


@catches("The weak view is trained on its own answer. The target comes from the weak view, the prediction from the "
         "strong one.")
def strong_view_unused(got, weak, strong, threshold):
    return close(got, (_each(weak, weak) * _sure(weak, threshold)).mean())


@catches("Whether it is sure is read off the strong view. That view is hard on purpose; ask the weak one.")
def sure_of_the_strong(got, weak, strong, threshold):
    return close(got, (_each(weak, strong) * _sure(strong, threshold)).mean())


@catches("The softmax is taken twice: `F.cross_entropy` wants logits, and takes the log-softmax itself.")
def softmax_twice(got, weak, strong, threshold):
    return close(got, (_each(weak, strong.softmax(dim=1)) * _sure(weak, threshold)).mean())


@catches("An image whose confidence is exactly the threshold has reached it: `>=`, and not `>`.")
def has_to_exceed_it(got, weak, strong, threshold):
    above = weak.softmax(dim=1).amax(dim=1) > threshold
    return not torch.equal(above, _sure(weak, threshold)) and close(got, (_each(weak, strong) * above).mean())


@catches("The strong view is asked what it thinks itself. What is believed is the likeliest class of the *weak* view; the "
         "strong view has to agree with it.")
def believes_the_strong(got, weak, strong, threshold):
    return close(got, (_each(strong, strong) * _sure(weak, threshold)).mean())


EXERCISE = Exercise(
    "fixmatch_loss", "11_simclr_v2", "Learn from what you are sure of", minutes=12, difficulty=2, importance=4,
    reference=methods.fixmatch_loss, returns=("loss",), cases=fixmatch_cases,
    trains_on=("strong_logits", "weak_logits"), used_in="in the training of FixMatch below",
    mistakes=(no_mask, mean_over_the_accepted, averaged_before_the_mask, summed, threshold_on_logits, sigmoid,
              threshold_on_the_class, kept_the_unsure, soft_targets, views_swapped, strong_view_unused, sure_of_the_strong,
              softmax_twice, softmax_over_the_images, sought_down_the_columns, mask_on_the_logits, mean_over_classes,
              weighed_by_the_confidence, no_logarithm, threshold_typed, has_to_exceed_it, believes_the_strong),
    hints=("Three steps: what does the weak view say and how sure is it, which images pass, and how well does the strong "
           "view agree on those?",
           "Softmax of the weak logits; its highest entry is the confidence, and where that stands is the class. Compute the "
           "cross-entropy of the strong logits for each image, multiply by the mask, and take the mean over all images.",
           "`confidence, believed = weak_logits.detach().softmax(dim=1).max(dim=1)`, then "
           "`F.cross_entropy(strong_logits, believed, reduction=\"none\")` times `(confidence >= threshold)`; `.mean()`."),
)
