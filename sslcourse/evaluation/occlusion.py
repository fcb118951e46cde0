"""Where would the answer change? Hide one square of a picture after another (Zeiler & Fergus, 2014, arXiv:1311.2901)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from .. import expect


def _check(log_p, images, square, stride):
    expect.tensor(images, "images", ("N", "C", "H", "W"))
    expect.that(images.dtype == torch.uint8, "images", images, "images of bytes, torch.uint8")
    expect.integer(square, "square", at_least=1, at_most=min(images.shape[2:]))
    expect.integer(stride, "stride", at_least=1)


@expect.checked(_check)
def hidden_squares(log_p: Callable[[Tensor], Tensor], images: Tensor, square: int = 8, stride: int = 4) -> Tensor:
    """By how much the log-probability of the right answer drops when a square of the picture is grey.

        log_p    images (N, C, H, W) -> (N,): the log-probability of each image's right answer
        images   (N, C, H, W), uint8
        square   side of the square, in pixels
        stride   from one place to the next; every square lies inside the picture
        returns  cost (N, rows, columns): log_p before less log_p after, at least 0

    A large cost says that the answer hangs on this place, and not why (Zeiler & Fergus, section 4.2). ValueError: images of
    another rank or dtype, a square that is larger than the picture.

    >>> white = torch.full((1, 3, 4, 4), 255, dtype=torch.uint8)
    >>> hidden_squares(lambda x: x[:, 0, 0, 0].float() / 255, white, square=2, stride=2).round(decimals=2)
    tensor([[[0.5000, 0.0000],
             [0.0000, 0.0000]]])
    """
    H, W = images.shape[2:]
    tops, lefts = range(0, H - square + 1, stride), range(0, W - square + 1, stride)
    before = log_p(images)  # (N,)
    cost = before.new_zeros(len(images), len(tops), len(lefts))
    for i, top in enumerate(tops):
        for j, left in enumerate(lefts):
            hidden = images.clone()
            hidden[:, :, top : top + square, left : left + square] = 128  # grey
            cost[:, i, j] = (before - log_p(hidden)).clamp_min(0)
    return cost
