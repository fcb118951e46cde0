"""Exercise `masked_cross_entropy`: iBOT's loss, at the patches that the student can't see."""

from __future__ import annotations

import functools

import torch
from torch import Tensor

from ... import losses
from ..compare import close
from ..engine import Exercise, catches


def masked_cross_entropy_cases() -> dict[str, tuple]:
    def some(hidden: list[list[int]], length: int, k: int, seed: int, dtype: torch.dtype = torch.float32) -> tuple:
        generator = torch.Generator().manual_seed(seed)
        mask = torch.zeros(len(hidden), length, dtype=torch.bool)
        for row, places in zip(mask, hidden):
            row[places] = True
        shape = (int(mask.sum()), k)
        p, s = (torch.randn(shape, generator=generator, dtype=torch.float64) for _ in range(2))
        scale = torch.arange(1, shape[0] + 1, dtype=torch.float64)[:, None]     # the later, the harder
        return torch.softmax(2 * p, dim=1).to(dtype), torch.log_softmax(scale * s, dim=1).to(dtype), mask

    return {
        "three images, one to three hidden": some([[0, 2, 3], [1], [0, 3]], 4, 5, seed=0),
        "an image that hides nothing": some([[1, 2], [], [0, 1, 4]], 5, 4, seed=1),
        "as many outputs as hidden patches": some([[0], [1, 2, 3]], 6, 4, seed=2),
        "a single image": some([[0, 3, 4, 5]], 6, 3, seed=3),
        "nearly all hidden": some([[0, 1, 2, 3, 4], [5]], 6, 7, seed=4),
        "double precision": some([[0, 1], [2], [0, 1, 2, 3]], 4, 6, seed=5, dtype=torch.float64),
    }


def _each(p: Tensor, log_q: Tensor) -> Tensor:
    return -(p * log_q).sum(dim=1)


def _per_image(each: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """For each image the sum over its hidden patches, and their number."""
    image = mask.nonzero()[:, 0]
    return torch.zeros(len(mask), dtype=each.dtype).index_add(0, image, each), mask.sum(dim=1)


@catches("Not a number: an image that hides nothing has been divided by 0. It counts as 0.")
def nothing_hidden(got, p, log_q, mask):
    return bool((mask.sum(dim=1) == 0).any()) and not bool(got.isfinite())


@catches("Images that hide nothing are left out of the mean. They count too, as 0: divide by the number of *all* images, "
         "`len(mask)`.")
def over_masked_images(got, p, log_q, mask):
    total, count = _per_image(_each(p, log_q), mask)
    some = count > 0
    return not some.all() and close(got, (total[some] / count[some]).mean())


@catches("All hidden patches weigh the same here, so that an image which hides much counts for more. First the mean over an "
         "image's hidden patches, then the mean over images.")
def patches_alike(got, p, log_q, mask):
    return len(mask) > 1 and close(got, _each(p, log_q).mean())


@catches("The patches are added up, and divided by the number of images alone. Each image's own mean comes first.")
def summed_in_an_image(got, p, log_q, mask):
    return close(got, _each(p, log_q).sum() / len(mask))


@catches("This is a sum. Wanted is a mean: over an image's hidden patches, then over the images.")
def summed(got, p, log_q, mask):
    each = _each(p, log_q)
    total, count = _per_image(each, mask)
    return close(got, each.sum()) or close(got, (total / count.clamp(min=1)).sum())


@catches("An image's sum is divided by the number of *all* its patches. The mean goes over the hidden ones: "
         "`mask.sum(dim=1)`.")
def over_all_patches(got, p, log_q, mask):
    return close(got, _each(p, log_q).sum() / mask.numel())


@catches("The mean is taken over the K outputs too. A cross-entropy is a *sum* over outputs.")
def mean_over_outputs(got, p, log_q, mask):
    return close(got, losses.masked_cross_entropy(p, log_q, mask) / p.shape[1])


@catches("The sign is the other way round: the surprise is *minus* Σ p log q.")
def sign_turned(got, p, log_q, mask):
    return close(got, -losses.masked_cross_entropy(p, log_q, mask))


@catches("A second logarithm: `log_q` holds logarithms already.")
def logarithm_twice(got, p, log_q, mask):
    again = torch.log_softmax(log_q.softmax(dim=1), dim=1)
    return not bool(got.isfinite()) or close(got, losses.masked_cross_entropy(p, again, mask))


@catches("The teacher's probabilities have been through a softmax again. `p` are probabilities already.")
def softmax_twice(got, p, log_q, mask):
    return close(got, losses.masked_cross_entropy(torch.softmax(p, dim=1), log_q, mask))


EXERCISE = Exercise(
    "masked_cross_entropy", "16_dinov2", "iBOT's loss at hidden patches", minutes=12, difficulty=3, importance=5,
    reference=losses.masked_cross_entropy, returns=("loss",), cases=masked_cross_entropy_cases, trains_on=("log_q",),
    through={"log_q": functools.partial(torch.log_softmax, dim=1)},
    used_in="in every training below",
    mistakes=(nothing_hidden, over_masked_images, patches_alike, summed_in_an_image, summed, over_all_patches,
              mean_over_outputs, sign_turned, logarithm_twice, softmax_twice),
    hints=("One number for each hidden patch. Which image does it belong to, and how many has that image?",
           "A cross-entropy for each row. `mask.nonzero()` lists the hidden patches in the same order, with their image in "
           "the first column. Divide each row's number by how many its image hides, add all up, and divide by the number of "
           "images.",
           "`surprise = -(p * log_q).sum(dim=1)`; `image = mask.nonzero()[:, 0]`; `hidden = mask.sum(dim=1)`; "
           "`(surprise / hidden[image]).sum() / len(mask)`."),
)
