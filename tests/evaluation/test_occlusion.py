"""sslcourse.evaluation.occlusion: the cost of each hidden square, against plain loops over pixels."""

from __future__ import annotations

import pytest
import torch

from sslcourse.evaluation import hidden_squares


def weighted(weights: torch.Tensor):
    """A network that needs some pixels more than others: a log-probability that is linear in the picture."""
    return lambda images: (images.double() / 255 * weights).sum(dim=(1, 2, 3))


@pytest.mark.parametrize(("square", "stride", "shape"), [(3, 2, (2, 3, 7, 9)), (2, 2, (1, 1, 6, 4)), (4, 3, (3, 3, 4, 10))])
def test_the_cost_is_what_the_hidden_pixels_said(square, stride, shape):
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(256, shape, generator=generator, dtype=torch.uint8)
    weights = torch.randn(shape[1:], generator=generator, dtype=torch.float64)
    cost = hidden_squares(weighted(weights), images, square, stride)
    tops, lefts = range(0, shape[2] - square + 1, stride), range(0, shape[3] - square + 1, stride)
    assert cost.shape == (shape[0], len(tops), len(lefts))
    for n in range(shape[0]):
        for i, top in enumerate(tops):
            for j, left in enumerate(lefts):
                lost = 0.0
                for c in range(shape[1]):
                    for y in range(top, top + square):
                        for x in range(left, left + square):
                            lost += float(weights[c, y, x]) * (int(images[n, c, y, x]) - 128) / 255
                assert float(cost[n, i, j]) == pytest.approx(max(0.0, lost), abs=1e-9)


def test_the_pictures_stay_as_they_are_and_gray_hides_nothing_of_a_gray_one():
    gray = torch.full((1, 3, 8, 8), 128, dtype=torch.uint8)
    before = gray.clone()
    assert hidden_squares(weighted(torch.ones(3, 8, 8)), gray).abs().max() == 0
    assert torch.equal(gray, before)
