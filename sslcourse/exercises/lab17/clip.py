"""Exercise `clip`: each image finds its text, and each text its image."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from ... import losses
from ..compare import close
from ..engine import Exercise, catches
from .pairs import own, pairs, table


def clip_cases() -> dict[str, tuple]:
    return {
        "five pairs": pairs(5, 4, 5.0, seed=0),
        "more pairs than dimensions": pairs(9, 3, 10.0, seed=1),
        "as many pairs as dimensions": pairs(6, 6, 2.0, seed=2),
        "a very high scale": pairs(4, 5, 200.0, seed=3),
        "double precision": pairs(7, 5, 1.0, seed=4, dtype=torch.float64),
        "two pairs": pairs(2, 3, 14.3, seed=5),
    }


def one_way(logits):
    return F.cross_entropy(logits, own(logits))


@catches("Infinite, or not a number: exp of a large logit has no place among floating-point numbers. `F.cross_entropy` and "
         "`log_softmax` take the largest off first; so can you.")
def overflow(got, image_features, text_features, logit_scale):
    return not bool(torch.as_tensor(got).isfinite())


@catches("Only the images ask here: each looks for its text. The texts ask too, each for its image, and the loss is the mean "
         "of both. A softmax over the columns is one over the rows of `logits.T`.")
def images_alone(got, image_features, text_features, logit_scale):
    return close(got, one_way(logit_scale * table(image_features, text_features)))


@catches("Only the texts ask here: each looks for its image. The images ask too, each for its text, and the loss is the mean "
         "of both.")
def texts_alone(got, image_features, text_features, logit_scale):
    return close(got, one_way(logit_scale * table(image_features, text_features).T))


@catches("Both directions are there, and they are added up. CLIP's loss is their mean: divide by 2.")
def both_added(got, image_features, text_features, logit_scale):
    return close(got, 2 * losses.clip(image_features, text_features, logit_scale))


@catches("These are plain dot products, so that long vectors win. Scale each row of both to length 1 first: "
         "`F.normalize(x, dim=1)`.")
def not_normalised(got, image_features, text_features, logit_scale):
    logits = logit_scale * table(image_features, text_features, normalise=False)
    return close(got, (one_way(logits) + one_way(logits.T)) / 2)


@catches("Something has been scaled, and it is not each row of both by its own length. `F.normalize(x, dim=1)`: the squares "
         "of a row then add up to 1.")
def scaled_another_way(got, image_features, text_features, logit_scale):
    I, T = image_features, text_features
    ways = ((F.normalize(I, dim=0), F.normalize(T, dim=0)), (F.normalize(I, dim=1), T), (I, F.normalize(T, dim=1)),
            (I / I.norm(), T / T.norm()))
    tables = [logit_scale * a @ b.T for a, b in ways]
    return any(close(got, (one_way(logits) + one_way(logits.T)) / 2) for logits in tables)


@catches("The logit scale is not where it belongs: the cosines are *multiplied* by s, once, before the softmax. s is 1/τ, so "
         "a large one makes differences larger.")
def scale_astray(got, image_features, text_features, logit_scale):
    cosines = table(image_features, text_features)
    tables = [cosines * factor for factor in (1.0, 1 / logit_scale, logit_scale**2)]
    values = [(one_way(logits) + one_way(logits.T)) / 2 for logits in tables]
    return any(close(got, value) for value in (*values, values[0] * logit_scale))


@catches("`logit_scale` is s already, and here it goes through exp once more. Who learns t, as CLIP does, passes s = exp(t).")
def exponential_of_the_scale(got, image_features, text_features, logit_scale):
    logits = logit_scale.exp() * table(image_features, text_features)
    return close(got, (one_way(logits) + one_way(logits.T)) / 2)


@catches("This compares images with images, or texts with texts. A row of the table belongs to an image, a column to a text: "
         "`images @ texts.T`.")
def one_side_with_itself(got, image_features, text_features, logit_scale):
    return any(close(got, one_way(logit_scale * table(x, x))) for x in (image_features, text_features))


@catches("The losses of all rows are added up. Take their mean, so that the loss does not grow with the batch.")
def summed(got, image_features, text_features, logit_scale):
    right = losses.clip(image_features, text_features, logit_scale)
    return any(close(got, right * len(image_features) * factor) for factor in (1, 2))


@catches("The logarithm is missing: a row's loss is −log of the partner's probability, not the probability.")
def no_logarithm(got, image_features, text_features, logit_scale):
    logits = logit_scale * table(image_features, text_features)
    p = (logits.softmax(dim=1).diagonal().mean() + logits.softmax(dim=0).diagonal().mean()) / 2
    return close(got, p) or close(got, -p) or close(got, 1 - p)


@catches("The sign is the other way round: a good table would have the largest loss. It is *minus* the logarithm.")
def negated(got, image_features, text_features, logit_scale):
    return close(got, -losses.clip(image_features, text_features, logit_scale))


@catches("The softmax runs over the whole table, N² cells. Each image chooses among the N texts of its row, each text among "
         "the N images of its column.")
def softmax_over_everything(got, image_features, text_features, logit_scale):
    logits = logit_scale * table(image_features, text_features)
    return close(got, logits.logsumexp(dim=(0, 1)) - logits.diagonal().mean())


EXERCISE = Exercise(
    "clip", "17_clip_zero_shot", "CLIP's loss: find your text, find your image", minutes=12, difficulty=2, importance=5,
    reference=losses.clip, returns=("loss",), cases=clip_cases,
    trains_on=("image_features", "text_features", "logit_scale"),
    used_in="in the training below",
    mistakes=(overflow, images_alone, texts_alone, both_added, not_normalised, scaled_another_way, scale_astray,
              exponential_of_the_scale, one_side_with_itself, summed, no_logarithm, negated, softmax_over_everything),
    hints=("Make the table first: a row for each image, a column for each text. Then it is a classification, twice.",
           "Rows of length 1, their products times s: (N, N). In row i the right answer is column i, and in column i it is "
           "row i. Cross-entropy of the rows, cross-entropy of the columns, and their mean.",
           "`logits = logit_scale * F.normalize(image_features, dim=1) @ F.normalize(text_features, dim=1).T` and "
           "`own = torch.arange(len(logits), device=logits.device)`; then `F.cross_entropy(logits, own)`, the same of "
           "`logits.T`, and half of the sum."),
)
