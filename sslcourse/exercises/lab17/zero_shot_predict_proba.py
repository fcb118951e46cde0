"""Exercise `zero_shot_predict_proba`, the longer piece: a classifier that is made of prompts and has seen no label."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from ... import evaluation
from ..compare import close
from ..engine import Exercise, catches


def zero_shot_cases() -> dict[str, tuple]:
    def some(n: int, classes: list[int], d: int, temperature: float, seed: int, dtype: torch.dtype = torch.float32) -> tuple:
        generator = torch.Generator().manual_seed(seed)
        count = max(classes) + 1
        centres = torch.randn(count, d, generator=generator, dtype=torch.float64)
        y = torch.tensor(classes)
        prompts = centres[y] + 0.8 * torch.randn(len(y), d, generator=generator, dtype=torch.float64)
        images = centres[torch.arange(n) % count] + 0.8 * torch.randn(n, d, generator=generator, dtype=torch.float64)
        lengths = [0.4 + 3 * torch.rand(len(x), 1, generator=generator, dtype=torch.float64) for x in (images, prompts)]
        images, prompts = (x * length for x, length in zip((images, prompts), lengths))
        return images.to(dtype), prompts.to(dtype), y, temperature

    return {
        "three classes, some with several prompts": some(5, [0, 0, 1, 2, 2, 2], 4, 0.3, seed=0),
        "prompts in no order": some(6, [2, 0, 1, 0, 2, 0, 1], 5, 0.5, seed=1),
        "as many images as classes as dimensions": some(4, [3, 0, 1, 2, 0, 1], 4, 0.2, seed=2),
        "a low temperature": some(5, [0, 1, 1, 2], 6, 0.004, seed=3),
        "double precision": some(3, [0, 1, 0, 1, 1], 4, 1.0, seed=4, dtype=torch.float64),
        "one prompt each": some(7, [1, 0, 2], 3, 0.4, seed=5),
    }


def answer(images: Tensor, prompts: Tensor, classes: Tensor, temperature: float, *, first: bool = True, again: bool = True,
           long_images: bool = False, mean: bool = False) -> Tensor:
    """The right answer, or one with a step left out."""
    prompts = F.normalize(prompts, dim=1) if first else prompts
    count = int(classes.max()) + 1
    sums = prompts.new_zeros(count, prompts.shape[1]).index_add(0, classes, prompts)
    sums = sums / torch.bincount(classes)[:, None] if mean else sums
    directions = F.normalize(sums, dim=1) if again else sums
    images = images if long_images else F.normalize(images, dim=1)
    return images @ directions.T / temperature


@catches("Not a number: exp of a large logit has no place among floating-point numbers. `softmax` takes the largest off "
         "first.")
def overflow(got, images, prompts, classes, temperature):
    return isinstance(got, Tensor) and not bool(got.isfinite().all())


@catches("These are logits. Wanted are probabilities: a softmax over the classes of each image.")
def logits_alone(got, images, prompts, classes, temperature):
    return close(got, answer(images, prompts, classes, temperature)) or close(got, answer(images, prompts, classes, 1.0))


@catches("The average of a class is not scaled to length 1 again. A class whose prompts disagree has a short average, and "
         "would lose everywhere.")
def average_not_normalised(got, images, prompts, classes, temperature):
    return close(got, answer(images, prompts, classes, temperature, again=False, mean=True).softmax(dim=1))


@catches("The prompts of a class are added up, and the sum keeps its length: a class with more prompts wins everywhere. "
         "Scale the sum to length 1, and their number no longer matters.")
def sum_not_normalised(got, images, prompts, classes, temperature):
    return close(got, answer(images, prompts, classes, temperature, again=False).softmax(dim=1))


@catches("The prompts are averaged at their own lengths, so a long one counts for more. Scale each to length 1 *before* the "
         "average.")
def prompts_not_normalised(got, images, prompts, classes, temperature):
    logits = [answer(images, prompts, classes, temperature, first=False, again=again, mean=True) for again in (True, False)]
    return any(close(got, each.softmax(dim=1)) for each in logits)


@catches("The images keep their lengths. A long one would be surer than a short one: scale each to length 1.")
def images_not_normalised(got, images, prompts, classes, temperature):
    return close(got, answer(images, prompts, classes, temperature, long_images=True).softmax(dim=1))


@catches("The temperature is not where it belongs: the cosines are divided by it, once, before the softmax.")
def temperature_astray(got, images, prompts, classes, temperature):
    cosines = answer(images, prompts, classes, 1.0)
    return temperature != 1 and any(close(got, (cosines * f).softmax(dim=1)) for f in (1.0, temperature, temperature**-2))


@catches("The softmax runs over the images. Each image chooses among the classes: `dim=1`.")
def softmax_over_images(got, images, prompts, classes, temperature):
    return close(got, answer(images, prompts, classes, temperature).softmax(dim=0))


@catches("There is a column for each prompt here. Wanted is one for each class, whatever number of prompts it has.")
def a_column_for_each_prompt(got, images, prompts, classes, temperature):
    return isinstance(got, Tensor) and len(classes) > int(classes.max()) + 1 and got.shape == (len(images), len(prompts))


@catches("Every image has its probabilities averaged over the prompts of a class, or added up. CLIP averages the "
         "*embeddings*, and asks once.")
def probabilities_averaged(got, images, prompts, classes, temperature):
    count = int(classes.max()) + 1
    each = (F.normalize(images, dim=1) @ F.normalize(prompts, dim=1).T / temperature).softmax(dim=1)
    sums = each.new_zeros(len(images), count).index_add(1, classes, each)
    means = sums / torch.bincount(classes)
    return close(got, sums) or close(got, means) or close(got, means / means.sum(dim=1, keepdim=True))


@catches("Of each class only one prompt is used. All of them count: their average is the class.")
def one_prompt_alone(got, images, prompts, classes, temperature):
    firsts = [int((classes == c).nonzero()[place]) for place in (0,) for c in range(int(classes.max()) + 1)]
    lasts = [int((classes == c).nonzero()[-1]) for c in range(int(classes.max()) + 1)]
    alone = [answer(images, prompts[rows], classes[rows], temperature).softmax(dim=1) for rows in (firsts, lasts)]
    return len(classes) > int(classes.max()) + 1 and any(close(got, each) for each in alone)


EXERCISE = Exercise(
    "zero_shot_predict_proba", "17_clip_zero_shot", "A classifier made of prompts", minutes=20, difficulty=3, importance=5,
    reference=evaluation.zero_shot_predict_proba, returns=("proba",), cases=zero_shot_cases,
    used_in="for every zero-shot accuracy below", longer=True,
    mistakes=(overflow, logits_alone, a_column_for_each_prompt, average_not_normalised, sum_not_normalised,
              prompts_not_normalised, images_not_normalised, temperature_astray, softmax_over_images, probabilities_averaged,
              one_prompt_alone),
    hints=("Three steps: one direction for each class, a table of cosines, a softmax.",
           "Scale every prompt to length 1, average those of a class, and scale the average to length 1. Images to length 1 "
           "too: products are cosines now. Divide by the temperature; softmax over the classes.",
           "`prompts = F.normalize(prompts, dim=1)`; for each class c `F.normalize(prompts[classes == c].mean(dim=0), "
           "dim=0)`, stacked to (K, D); then `(F.normalize(images, dim=1) @ directions.T / temperature).softmax(dim=1)`."),
)
