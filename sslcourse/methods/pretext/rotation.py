"""Rotation prediction: by how much was this image turned? (Gidaris et al., 2018, arXiv:1803.07728)."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ... import augment, expect

GRAY = 0.5  # what lies outside the circle of a turned image


def _check_square(images):
    expect.images(images)
    expect.that(images.shape[2] == images.shape[3], "images", images, "square images, (N, C, S, S)")


def _check_rotate_all(images, angles):
    _check_square(images)
    expect.one_of(angles, "angles", (2, 4, 8))


def _check_turn(images, degrees):
    _check_square(images)
    expect.number(degrees, "degrees")


def _check_undecided(logits):
    expect.tensor(logits, "logits", ("M", "K"), finite=True)
    K = logits.shape[1]
    expect.that(K >= 2 and len(logits) % K == 0, "logits", logits, "(K · N, K) for K ≥ 2 angles")


@expect.checked(_check_rotate_all)
def rotate_all(images: Tensor, angles: int = 4) -> tuple[Tensor, Tensor]:
    """Every image in each of `angles` rotations: (N, C, S, S) -> copies (angles · N, C, S, S), labels (angles · N,).

    First all N images as they are (label 0), then all of them turned anticlockwise by 360° / angles (label 1), and so on
    (Gidaris et al., section 3.2). All copies of an image go into one batch, as in the paper's experiments.
    Two and four angles move pixels and change none. Eight fall between the pixels, so those are resampled and keep only
    the circle that fits into the image (`turn`): a black corner would give the angle away.

    ValueError: images that are not square, angles other than 2, 4 or 8.

    >>> copies, labels = rotate_all(torch.tensor([[[[1, 2], [3, 4]]]], dtype=torch.uint8))
    >>> copies.flatten(1).tolist(), labels.tolist()
    ([[1, 2, 3, 4], [2, 4, 1, 3], [4, 3, 2, 1], [3, 1, 4, 2]], [0, 1, 2, 3])
    """
    if angles == 8:
        turned = [turn(images, 45 * k) for k in range(angles)]
    else:
        turned = [torch.rot90(images, k * 4 // angles, dims=(2, 3)) for k in range(angles)]
    labels = torch.arange(angles, device=images.device).repeat_interleave(len(images))  # 0 … 0, 1 … 1, …
    return torch.cat(turned), labels


@expect.checked(_check_turn)
def turn(images: Tensor, degrees: float) -> Tensor:
    """Rotate images (N, C, S, S) by any angle, anticlockwise about their middle, bilinearly; gray outside the inner circle.

    The circle is cut out whatever the angle, so that what is missing never tells how far an image was turned. The dtype
    stays: uint8 in 0..255, or floats in [0, 1]. ValueError: images that are not square, an angle that is no number.

    >>> turn(torch.ones(1, 1, 4, 4), 45)[0, 0, 0, 0].item()
    0.5
    """
    x = images.float() / 255 if images.dtype == torch.uint8 else images.float()
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    where = torch.tensor([[c, -s, 0.0], [s, c, 0.0]], device=x.device)  # from a pixel's place to where it came from
    grid = F.affine_grid(where.expand(len(x), -1, -1), list(x.shape), align_corners=False)
    x = F.grid_sample(x, grid, mode="bilinear", padding_mode="border", align_corners=False)
    x = torch.where(_circle(x), x, GRAY)
    return (x * 255).round().to(torch.uint8) if images.dtype == torch.uint8 else x.to(images.dtype)


@expect.checked(_check_undecided)
def undecided(logits: Tensor) -> Tensor:
    """How undecided a network is on each image: the mean entropy in bits over its copies, (K · N, K) -> (N,).

    The rows stand as `rotate_all` orders the copies: the N images at the first angle, then the N at the second, … Each row
    is an answer of its own, a softmax over the K angles. 0 is certain of every copy, log2 K guesses at each.
    ValueError: rows that are no multiple of K, K < 2.

    >>> undecided(torch.zeros(8, 4)).tolist()
    [2.0, 2.0]
    """
    p = logits.softmax(dim=1)
    entropy = torch.special.entr(p).sum(dim=1) / math.log(2)  # bits, (K · N,)
    return entropy.reshape(logits.shape[1], -1).mean(dim=0)


class Rotation(nn.Module):
    """RotNet: a linear classifier on the encoder says by which angle each copy of an image was turned.

        copies, labels = rotate_all(views(images), angles)
        loss           = cross-entropy(classifier(encoder(copies)), labels)         equations (2) and (3)
        predicts       by how much the image was turned
        from           the turned image
        collapse       the angle is given, so one answer for all is wrong
        parts          none

    encoder   images -> (N, encoder.num_features)
    angles    2, 4 or 8, evenly over the circle
    views     images -> square images, before they are turned; by default a crop of at least half of the image and a
              mirror. A mirror image stands as upright as its image; anything that turns images must stay out.

    Raises ValueError for other angles, and for images that are not square.

    >>> from sslcourse import models
    >>> method = Rotation(models.ResNet(4, (1, 1)))
    >>> _ = nn.init.zeros_(method.classifier.weight), nn.init.zeros_(method.classifier.bias)
    >>> round(method.loss(torch.rand(5, 3, 16, 16)).item(), 4)      # no idea, and four angles: ln 4
    1.3863
    """

    def __init__(self, encoder: nn.Module, angles: int = 4, *, views: Callable[[Tensor], Tensor] | None = None):
        super().__init__()
        expect.one_of(angles, "angles", (2, 4, 8))
        self.encoder, self.angles, self.views = encoder, angles, views
        self.classifier = nn.Linear(encoder.num_features, angles)

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """Mean cross-entropy over all copies of a batch of images (N, C, S, S), or of (images, …)."""
        images = batch if isinstance(batch, Tensor) else batch[0]
        _check_square(images)
        views = self.views or augment.weak_views(tuple(images.shape[2:]))
        copies, labels = rotate_all(views(images), self.angles)
        return F.cross_entropy(self.logits(copies), labels)

    def logits(self, copies: Tensor) -> Tensor:
        """The answer to each copy, (M, angles), before the softmax."""
        return self.classifier(self.encoder(copies))

    def encode(self, images: Tensor) -> Tensor:
        """The representation before the classifier, (N, D)."""
        return self.encoder(images)


def _circle(x: Tensor) -> Tensor:
    """(S, S), True where a pixel's middle lies in the circle that fits into images (N, C, S, S)."""
    middle = torch.arange(x.shape[-1], device=x.device) - (x.shape[-1] - 1) / 2
    return middle[:, None].square() + middle.square() <= (x.shape[-1] / 2) ** 2
