"""What features are asked: five questions about four sets of images, the same images for every method.

    cifar10         which of ten classes: the images' own, of the set that the methods are trained on
    fashion_mnist   which of ten garments
    emoji           which of the categories; the concepts tested are others than those learned from
    shapes          what is drawn: which shape, where, how large, of which color, on which ground
    changes         what was done to a photograph: turned, darkened, blurred, …
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from .. import data, runtime
from ..results.cells import TESTED
from ..systems.frozen import emoji

LEARNED = {"cifar10": 4_000, "fashion_mnist": 2_000, "emoji": 2_000, "shapes": 2_000, "changes": 2_400}
FACTORS = ("x", "y", "scale", "hue", "background")
BINS = 4  # of a factor: low, rather low, rather high, high


@dataclass(frozen=True)
class Task:
    """Images to learn from and images to be tested on, uint8 (N, 3, 32, 32), with labels (N, Q): Q questions about each."""

    images: Tensor
    labels: Tensor
    test_images: Tensor
    test_labels: Tensor


@functools.cache
def task(name: str, share: float = 1.0) -> Task:
    """The task of this name; `share` < 1 is for rehearsals."""
    n, m = (max(400, round(share * size)) for size in (LEARNED[name], TESTED[name]))
    return _TASKS[name](n, m)


def _cifar10(n: int, m: int) -> Task:
    return _split(data.load("cifar10", "train", n, seed=1), data.load("cifar10", "test", m, seed=1))


def _fashion_mnist(n: int, m: int) -> Task:
    return _split(data.load("fashion_mnist", "train", n, seed=1), data.load("fashion_mnist", "test", m, seed=1))


def _split(known: data.ImageSet, test: data.ImageSet) -> Task:
    return Task(_colored(known.images), known.labels[:, None], _colored(test.images), test.labels[:, None])


def _emoji(n: int, m: int) -> Task:
    pictures, _, _ = emoji()                                                        # (P, 3, 3, 32, 32): three designers
    pairs = data.load("emoji")
    category = pairs.categories[pairs.concepts.argsort(stable=True).view(len(pictures), -1)]
    order = torch.randperm(len(pictures), generator=torch.Generator().manual_seed(1))
    known, test = order[:n // 3], order[n // 3:n // 3 + m // 3]
    return Task(*(part[rows].flatten(0, 1) if part is pictures else part[rows].view(-1, 1)
                  for rows in (known, test) for part in (pictures, category)))


def _shapes(n: int, m: int) -> Task:
    drawn = data.shapes(n + m, seed=1)
    answers = [drawn.labels]
    for factor in FACTORS:
        values = drawn.factors[factor]
        answers.append(torch.bucketize(values, values.quantile(torch.arange(1, BINS) / BINS)))
    labels = torch.stack(answers, dim=1)
    return Task(drawn.images[:n], labels[:n], drawn.images[n:], labels[n:])


def _changes(n: int, m: int) -> Task:
    known, test = data.load("cifar10", "train", n, seed=2), data.load("cifar10", "test", m, seed=2)
    return Task(*_changed(known.images), *_changed(test.images))


def _blurred(x: Tensor) -> Tensor:
    return F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), 3, stride=1)


CHANGES = {
    "nothing": lambda x: x,
    "a quarter turn": lambda x: x.rot90(1, (2, 3)),
    "upside down": lambda x: x.rot90(2, (2, 3)),
    "darker": lambda x: 0.6 * x,
    "lighter": lambda x: 1 - 0.6 * (1 - x),
    "gray": lambda x: x.mean(dim=1, keepdim=True).expand_as(x),
    "blurred": lambda x: _blurred(_blurred(x)),
    "closer": lambda x: F.interpolate(x[:, :, 6:26, 6:26], size=32, mode="bilinear", align_corners=False),
}


def _changed(images: Tensor) -> tuple[Tensor, Tensor]:
    """Every eighth image goes through the same change: images (N, 3, 32, 32) and which it was, (N, 1)."""
    which = torch.arange(len(images)) % len(CHANGES)
    out = torch.empty_like(images)
    for k, change in enumerate(CHANGES.values()):
        out[which == k] = (255 * change(images[which == k].float() / 255)).round().to(torch.uint8)
    return out, which[:, None]


def _colored(images: Tensor) -> Tensor:
    """Gray images of 28 pixels in the middle of 32, in three channels; color images stay as they are."""
    if images.shape[1] == 3:
        return images
    return F.pad(images, (2, 2, 2, 2)).expand(-1, 3, -1, -1).contiguous()


_TASKS = {"cifar10": _cifar10, "fashion_mnist": _fashion_mnist, "emoji": _emoji, "shapes": _shapes, "changes": _changes}
TASKS = tuple(_TASKS)


def share() -> float:
    """Of the images: all, and few in a rehearsal."""
    return 1.0 if runtime.rehearsal() == 1 else 0.1
