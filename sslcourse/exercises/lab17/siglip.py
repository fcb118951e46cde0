"""Exercise `siglip`: every cell of the table is a question with yes or no for an answer."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from ... import losses
from ..compare import close
from ..engine import Exercise, catches
from .pairs import pairs, table


def siglip_cases() -> dict[str, tuple]:
    return {
        "five pairs": pairs(5, 4, 5.0, -2.0, seed=10),
        "more pairs than dimensions": pairs(9, 3, 10.0, -10.0, seed=11),
        "as many pairs as dimensions": pairs(6, 6, 2.0, 0.5, seed=12),
        "logits far from 0": pairs(4, 5, 100.0, -120.0, seed=13),
        "double precision": pairs(7, 5, 1.0, -1.0, seed=14, dtype=torch.float64),
    }


def logits_of(I, T, scale, bias):
    return scale * table(I, T) + bias


def signs(logits):
    return 2 * torch.eye(len(logits), dtype=logits.dtype) - 1


@catches("Infinite, or not a number: the logarithm of a σ that has been rounded to 0. `F.logsigmoid(x)` computes log σ(x) "
         "for any x.")
def overflow(got, image_features, text_features, logit_scale, logit_bias):
    return not bool(torch.as_tensor(got).isfinite())


@catches("This is the mean over all N² cells. SigLIP divides the sum by N, the number of pairs: otherwise one pair would "
         "count the less, the larger the batch.")
def mean_over_cells(got, image_features, text_features, logit_scale, logit_bias):
    right = losses.siglip(image_features, text_features, logit_scale, logit_bias)
    return close(got, right / len(image_features))


@catches("The cells are added up, and not divided by N, the number of pairs.")
def summed(got, image_features, text_features, logit_scale, logit_bias):
    right = losses.siglip(image_features, text_features, logit_scale, logit_bias)
    return close(got, right * len(image_features))


@catches("Only the diagonal is asked. Then \"yes\" to everything would be best. Every other cell has to be answered with no.")
def diagonal_alone(got, image_features, text_features, logit_scale, logit_bias):
    yes = -F.logsigmoid(logits_of(image_features, text_features, logit_scale, logit_bias).diagonal())
    return close(got, yes.mean()) or close(got, yes.sum())


@catches("The cells off the diagonal have z = 0 here, and not −1. Then they say nothing: log σ(0) is log ½, whatever the "
         "logit.")
def zeros_for_no(got, image_features, text_features, logit_scale, logit_bias):
    logits = logits_of(image_features, text_features, logit_scale, logit_bias)
    return close(got, -F.logsigmoid(torch.eye(len(logits), dtype=logits.dtype) * logits).sum() / len(logits))


@catches("Every cell is answered with yes: the sign z_ij is missing. It is 1 on the diagonal and −1 elsewhere.")
def yes_to_all(got, image_features, text_features, logit_scale, logit_bias):
    logits = logits_of(image_features, text_features, logit_scale, logit_bias)
    return any(close(got, -F.logsigmoid(logits).sum() / count) for count in (len(logits), logits.numel()))


@catches("The signs are the other way round: 1 on the diagonal, where it is a pair, and −1 elsewhere.")
def signs_swapped(got, image_features, text_features, logit_scale, logit_bias):
    logits = logits_of(image_features, text_features, logit_scale, logit_bias)
    return close(got, -F.logsigmoid(-signs(logits) * logits).sum() / len(logits))


@catches("The bias is missing. N² − N of the cells are wrong, and b is what lets the network begin with no.")
def no_bias(got, image_features, text_features, logit_scale, logit_bias):
    return logit_bias != 0 and close(got, losses.siglip(image_features, text_features, logit_scale, 0.0))


@catches("The bias is not where it belongs: the logit is s · cosine + b. It is neither multiplied by s, nor subtracted, nor "
         "left out of the sign's reach.")
def bias_astray(got, image_features, text_features, logit_scale, logit_bias):
    cosines = table(image_features, text_features)
    found = [losses.siglip(image_features, text_features, logit_scale, b) for b in (-logit_bias, logit_scale * logit_bias)]
    outside = -F.logsigmoid(signs(cosines) * logit_scale * cosines + logit_bias).sum() / len(cosines)
    return any(close(got, value) for value in (*found, outside))


@catches("These are plain dot products, so that long vectors win. Scale each row of both to length 1 first.")
def not_normalised(got, image_features, text_features, logit_scale, logit_bias):
    logits = logit_scale * table(image_features, text_features, normalise=False) + logit_bias
    return close(got, -F.logsigmoid(signs(logits) * logits).sum() / len(logits))


@catches("The logit scale is not where it belongs: the cosines are multiplied by s, once.")
def scale_astray(got, image_features, text_features, logit_scale, logit_bias):
    return any(close(got, losses.siglip(image_features, text_features, s, logit_bias)) for s in (1.0, 1 / logit_scale))


@catches("`logit_scale` is s already, and here it goes through exp once more. Who learns t, as CLIP does, passes s = exp(t).")
def exponential_of_the_scale(got, image_features, text_features, logit_scale, logit_bias):
    logits = logits_of(image_features, text_features, logit_scale.exp(), logit_bias)
    return close(got, -F.logsigmoid(signs(logits) * logits).sum() / len(logits))


@catches("The sign is the other way round: it is *minus* the logarithm.")
def negated(got, image_features, text_features, logit_scale, logit_bias):
    return close(got, -losses.siglip(image_features, text_features, logit_scale, logit_bias))


@catches("The logarithm is missing: a cell's loss is −log σ(…).")
def no_logarithm(got, image_features, text_features, logit_scale, logit_bias):
    logits = logits_of(image_features, text_features, logit_scale, logit_bias)
    p = (signs(logits) * logits).sigmoid().sum() / len(logits)
    return close(got, p) or close(got, -p)


@catches("This is CLIP's loss still, a softmax over the batch. Here no cell looks at another one.")
def softmax_still(got, image_features, text_features, logit_scale, logit_bias):
    return close(got, losses.clip(image_features, text_features, logit_scale))


EXERCISE = Exercise(
    "siglip", "17_clip_zero_shot", "SigLIP's loss: a pair, or not?", minutes=10, difficulty=2, importance=4,
    reference=losses.siglip, returns=("loss",), cases=siglip_cases,
    trains_on=("image_features", "text_features", "logit_scale", "logit_bias"),
    used_in="in the second training below",
    mistakes=(overflow, mean_over_cells, summed, diagonal_alone, zeros_for_no, yes_to_all, signs_swapped, no_bias,
              bias_astray, not_normalised, scale_astray, exponential_of_the_scale, negated, no_logarithm, softmax_still),
    hints=("The table is CLIP's, with b added to each cell. What comes after it is another line.",
           "A cell's logit, times 1 on the diagonal and times −1 elsewhere: σ of that is the probability of the right "
           "answer. Minus the logarithm, the sum over all cells, over N.",
           "With `logits` of shape (N, N): `z = 2 * torch.eye(len(logits), dtype=logits.dtype, device=logits.device) - 1`, "
           "and then `-F.logsigmoid(z * logits).sum() / len(logits)`."),
)
