"""Exercise `update_center`: the running mean of what the teacher says of every image."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import methods
from ..compare import close
from ..engine import Exercise, catches


def update_center_cases() -> dict[str, tuple]:
    def some(t: int, n: int, k: int, momentum: float, seed: int, dtype: torch.dtype = torch.float32) -> tuple:
        generator = torch.Generator().manual_seed(seed)
        drawn = torch.randn(t * n + 1, k, generator=generator, dtype=torch.float64).to(dtype) + 0.5
        return drawn[0].clone(), drawn[1:].reshape(t, n, k).clone(), momentum

    return {
        "two views of three images": some(2, 3, 5, momentum=0.9, seed=0),
        "a short memory": some(2, 4, 6, momentum=0.25, seed=1),
        "as many views as images as outputs": some(3, 3, 3, momentum=0.8, seed=2),
        "one view": some(1, 5, 4, momentum=0.7, seed=3),
        "double precision, three views": some(3, 2, 7, momentum=0.95, seed=4, dtype=torch.float64),
    }


def _moved(center: Tensor, mean: Tensor, momentum: float) -> Tensor:
    return momentum * center + (1 - momentum) * mean


@catches("ρ and 1 − ρ have changed places: the centre would forget all but the last batch. With ρ = 0.9 nine tenths of the "
         "old centre stay.")
def shares_swapped(got, center, teacher_out, momentum):
    return close(got, _moved(center, teacher_out.mean(dim=(0, 1)), 1 - momentum))


@catches("That is the mean of this batch alone. The centre has a memory: ρ times the old one, 1 − ρ times the new mean.")
def no_memory(got, center, teacher_out, momentum):
    return close(got, teacher_out.mean(dim=(0, 1)))


@catches("The two shares should add up to 1: the new mean counts 1 − ρ, or the centre grows without end.")
def shares_add_up_to_more(got, center, teacher_out, momentum):
    mean = teacher_out.mean(dim=(0, 1))
    return close(got, momentum * center + mean) or close(got, center + (1 - momentum) * mean) or close(
        got, momentum * (center + mean))


@catches("Only one of the teacher's views has been used. The mean runs over all its views and images.")
def one_view(got, center, teacher_out, momentum):
    return len(teacher_out) > 1 and any(close(got, _moved(center, view.mean(dim=0), momentum)) for view in teacher_out)


@catches("The centre is moved once for each view, so that it forgets T times as fast and the last view counts most. One "
         "step for a batch: first the mean over all views and images.")
def once_for_each_view(got, center, teacher_out, momentum):
    for view in teacher_out:
        center = _moved(center, view.mean(dim=0), momentum)
    return len(teacher_out) > 1 and close(got, center)


@catches("The views (or the images) have been added up and not averaged. The centre should not depend on how many there "
         "are: `mean(dim=(0, 1))`.")
def summed(got, center, teacher_out, momentum):
    sums = (teacher_out.sum(dim=(0, 1)), teacher_out.mean(dim=1).sum(dim=0), teacher_out.sum(dim=1).mean(dim=0))
    return any(close(got, _moved(center, each, momentum)) for each in sums)


@catches("These are probabilities. The centre is taken off the logits, so it is a mean of logits: no softmax here.")
def of_probabilities(got, center, teacher_out, momentum):
    return close(got, _moved(center, teacher_out.softmax(dim=-1).mean(dim=(0, 1)), momentum))


@catches("The old centre is taken off the logits before the mean, so the new one would be the mean of what is left. "
         "Average the logits as they are.")
def centred_before(got, center, teacher_out, momentum):
    return close(got, _moved(center, (teacher_out - center).mean(dim=(0, 1)), momentum))


@catches("That is one number for all outputs. Taking the same number off every logit changes no softmax: each output "
         "needs a centre of its own, (K,).")
def one_number(got, center, teacher_out, momentum):
    return any(close(got, value) for value in (
        _moved(center, teacher_out.mean(), momentum), _moved(center.mean(), teacher_out.mean(), momentum)))


@catches("Each view, or each image, has got a centre of its own. Average over both: `dim=(0, 1)`.")
def not_averaged(got, center, teacher_out, momentum):
    return any(close(got, _moved(center, teacher_out.mean(dim=dim), momentum)) for dim in (0, 1)) or close(
        got, _moved(center, teacher_out, momentum))


@catches("The momentum is a number of your own here. It comes in as an argument: `momentum`.")
def momentum_typed(got, center, teacher_out, momentum):
    return close(got, _moved(center, teacher_out.mean(dim=(0, 1)), 0.9))


@catches("That is the largest of what the teacher says, or the median. The centre takes the mean.")
def not_the_mean(got, center, teacher_out, momentum):
    said = teacher_out.flatten(0, 1)
    return any(close(got, _moved(center, of, momentum)) for of in (said.amax(dim=0), said.median(dim=0).values))


EXERCISE = Exercise(
    "update_center", "15_dino", "The centre follows the teacher", minutes=5, difficulty=1, importance=4,
    reference=methods.update_center, returns=("center",), cases=update_center_cases,
    used_in="in the trainings below, in each step",
    mistakes=(shares_swapped, no_memory, shares_add_up_to_more, one_view, once_for_each_view, summed, of_probabilities,
              centred_before, one_number, not_averaged, momentum_typed, not_the_mean),
    hints=("What does the teacher say of every image, whichever it is? And how much of the old answer should stay?",
           "Take the mean of the teacher's logits over views and images, one number for each output. The new centre is ρ "
           "times the old one plus 1 − ρ times this mean.",
           "`momentum * center + (1 - momentum) * teacher_out.mean(dim=(0, 1))`."),
)
