"""Exercise `labelled_distillation`, the longer piece: a teacher for all images, and labels for a few."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from ... import losses
from ..compare import close
from ..engine import Exercise, catches


def labelled_distillation_cases() -> dict[str, tuple]:
    def some(labels: list[int], k: int, tau: float, alpha: float, seed: int, dtype: torch.dtype = torch.float32) -> tuple:
        generator = torch.Generator().manual_seed(seed)
        logits = (2 * torch.randn(2, len(labels), k, generator=generator, dtype=torch.float64)).to(dtype)
        return logits[0], logits[1], torch.tensor(labels), tau, alpha

    return {
        "six images, two of them labelled": some([-1, 2, -1, -1, 0, -1], 4, 2.0, 0.3, seed=0),
        "all labelled": some([1, 0, 2, 2], 3, 1.5, 0.6, seed=1),
        "no label at all": some([-1, -1, -1, -1, -1], 4, 0.5, 0.4, seed=2),
        "the labels alone count": some([3, -1, -1, 1, -1, 0, 2], 5, 3.0, 0.0, seed=3),
        "the teacher alone counts": some([0, -1, 1, -1], 3, 2.5, 1.0, seed=4),
        "double precision": some([-1, 4, -1, 1, -1, 3, -1, 0], 6, 1.7, 0.25, seed=5, dtype=torch.float64),
    }


def _soft(t: Tensor, s: Tensor, tau: float, rows: Tensor | slice = slice(None)) -> Tensor:
    return -((t / tau).softmax(dim=1) * (s / tau).log_softmax(dim=1)).sum(dim=1)[rows].mean()


def _each(s: Tensor, y: Tensor, tau: float = 1.0) -> Tensor:
    """The cross-entropy of each image, of class 0 where it has no label."""
    return F.cross_entropy(s / tau, y.clamp(min=0), reduction="none")


def _hard(s: Tensor, y: Tensor, tau: float = 1.0) -> Tensor:
    known = y >= 0
    return _each(s, y, tau)[known].sum() / known.sum().clamp(min=1)


def _is(got: object, hard: Tensor, soft: Tensor, alpha: float) -> bool:
    return close(got, (1 - alpha) * hard + alpha * soft)


def _some(y: Tensor) -> bool:
    return bool((y >= 0).any()) and bool((y < 0).any())


@catches("Where no image of the batch has a label, this is NaN: 0 divided by 0. Divide by at least 1, `.clamp(min=1)`.")
def none_is_not_a_number(got, t, s, y, tau, alpha):
    return not bool((y >= 0).any()) and bool(got.isnan())


@catches("Images without a label count as if they had one: −1 is turned into a class. Choose the labelled ones, or give the "
         "others the loss 0, before you add up.")
def unlabelled_counted(got, t, s, y, tau, alpha):
    ways = (y.clamp(min=0), y % s.shape[1], y.abs())
    return bool((y < 0).any()) and any(_is(got, F.cross_entropy(s, way), _soft(t, s, tau), alpha) for way in ways)


@catches("The labels' part is divided by all images of the batch. Its mean is over the labelled ones alone: with few of them "
         "it would hardly count.")
def divided_by_all(got, t, s, y, tau, alpha):
    return _some(y) and _is(got, _each(s, y)[y >= 0].sum() / len(y), _soft(t, s, tau), alpha)


@catches("α and 1 − α have changed places: α is the teacher's share, 1 − α that of the labels.")
def shares_exchanged(got, t, s, y, tau, alpha):
    return alpha != 0.5 and _is(got, _hard(s, y), _soft(t, s, tau), 1 - alpha)


@catches("The two parts are only added up. Weigh them: 1 − α for the labels, α for the teacher.")
def not_weighed(got, t, s, y, tau, alpha):
    return close(got, _hard(s, y) + _soft(t, s, tau)) or close(got, _hard(s, y) + alpha * _soft(t, s, tau))


@catches("The teacher is heard on the images without a label only. The second sum is over *all* images.")
def teacher_of_the_unlabelled(got, t, s, y, tau, alpha):
    return _some(y) and _is(got, _hard(s, y), _soft(t, s, tau, y < 0), alpha)


@catches("The teacher is heard on the labelled images only. The second sum is over *all* images: that is what it is for.")
def teacher_of_the_labelled(got, t, s, y, tau, alpha):
    return _some(y) and _is(got, _hard(s, y), _soft(t, s, tau, y >= 0), alpha)


@catches("The temperature has got into the labels' part as well. It belongs to the teacher's part, on both of its sides; the "
         "labels meet the student's logits as they are.")
def temperature_of_the_labels(got, t, s, y, tau, alpha):
    return tau != 1 and _is(got, _hard(s, y, tau), _soft(t, s, tau), alpha)


@catches("The temperature is not used: in the teacher's part both sides' logits are divided by it.")
def no_temperature(got, t, s, y, tau, alpha):
    return tau != 1 and _is(got, _hard(s, y), _soft(t, s, 1.0), alpha)


@catches("The labels have no effect: this is the teacher's part alone.")
def labels_ignored(got, t, s, y, tau, alpha):
    return bool((y >= 0).any()) and any(close(got, part * _soft(t, s, tau)) for part in (1.0, alpha))


@catches("The teacher has no effect: this is the labels' part alone.")
def teacher_ignored(got, t, s, y, tau, alpha):
    return alpha > 0 and any(close(got, part * _hard(s, y)) for part in (1.0, 1 - alpha))


@catches("The sign is turned. Both parts are minus logarithms of probabilities, so the loss is not negative.")
def negative(got, t, s, y, tau, alpha):
    return _is(-got, _hard(s, y), _soft(t, s, tau), alpha)


@catches("The number is right, but the gradient goes into the teacher as well. `teacher_out.detach()` cuts it off.",
         of="gradient")
def gradient_into_the_teacher(slopes, t, s, y, tau, alpha):
    return bool(slopes["teacher_out"].any())


@catches("The number is right, but no gradient reaches the student, so it cannot learn.", of="gradient")
def no_gradient(slopes, t, s, y, tau, alpha):
    return not bool(slopes["student_out"].any())


@catches("Class 0 is a class, and it is left out. An image has a label where `labels >= 0`.")
def class_zero_left_out(got, t, s, y, tau, alpha):
    known = y > 0
    hard = _each(s, y)[known].sum() / known.sum().clamp(min=1)
    return bool((y == 0).any()) and _is(got, hard, _soft(t, s, tau), alpha)


@catches("Where no image of the batch has a label, the first part is 0 and the second one stays as it is: α times the "
         "teacher's.")
def without_any_label(got, t, s, y, tau, alpha):
    soft = _soft(t, s, tau)
    return not bool((y >= 0).any()) and (close(got, soft) or close(got, torch.zeros_like(soft)))


@catches("The labels' part is a sum. It is a mean over the images that have a label.")
def labels_summed(got, t, s, y, tau, alpha):
    return int((y >= 0).sum()) > 1 and _is(got, _each(s, y)[y >= 0].sum(), _soft(t, s, tau), alpha)


@catches("The labels meet the *teacher's* logits. It is the student that learns from them.")
def labels_for_the_teacher(got, t, s, y, tau, alpha):
    return bool((y >= 0).any()) and _is(got, _hard(t, y), _soft(t, s, tau), alpha)


EXERCISE = Exercise(
    "labelled_distillation", "11_simclr_v2", "A longer piece: a teacher for all, labels for a few", minutes=20, difficulty=3,
    importance=4, reference=losses.labelled_distillation, returns=("loss",), cases=labelled_distillation_cases, longer=True,
    trains_on=("teacher_out", "student_out"), used_in="in the student that has labels as well, below",
    mistakes=(none_is_not_a_number, no_gradient, gradient_into_the_teacher, shares_exchanged, unlabelled_counted,
              divided_by_all, teacher_of_the_unlabelled, teacher_of_the_labelled, temperature_of_the_labels,
              no_temperature, labels_ignored, teacher_ignored, not_weighed, negative, class_zero_left_out,
              without_any_label, labels_summed, labels_for_the_teacher),
    hints=("Two means over different images, and a weight for each. The second one you have written already.",
           "Which images have a label? Take the student's log-softmax at the label, for those alone, and divide the sum by "
           "how many they are (by 1 if there are none). The teacher's part is `distillation` of all images.",
           "`known = labels >= 0`, `each = F.cross_entropy(student_out, labels.clamp(min=0), reduction=\"none\")`, "
           "`hard = (each * known).sum() / known.sum().clamp(min=1)`, and then (1 − α) · hard + α · distillation(…)."),
)
