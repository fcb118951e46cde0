"""sslcourse.evaluation.figure: figure and ground, and colors that mean the same in every image."""

from __future__ import annotations

import pytest
import torch

from sslcourse.evaluation import figure_colors


def scene(seed=0, side=1.0):
    """Two images of 6 × 6 patches: a block of 4 × 4 in the middle, left half and right half differ; noise everywhere."""
    generator = torch.Generator().manual_seed(seed)
    patches = 0.05 * torch.randn(2, 6, 6, 5, generator=generator) + 3
    patches[:, 1:5, 1:5, 0] += 6 * side
    patches[:, 1:5, 1:3, 1] += 2
    return patches


@pytest.mark.parametrize("side", (1.0, -1.0))
def test_the_ground_is_black_and_the_figure_is_not(side):
    colors = figure_colors(scene(side=side))
    lit = (colors > 0).any(dim=3)
    assert lit[:, 1:5, 1:5].float().mean() > 0.95 and lit.sum() <= 2 * 16


def test_the_first_color_is_what_parts_the_figure_most_and_the_same_in_both_images():
    red = figure_colors(scene())[..., 0]
    left, right = red[:, 1:5, 1:3], red[:, 1:5, 3:5]
    assert left.std() < 0.05 and right.std() < 0.05 and (left.mean() - right.mean()).abs() > 0.8


def test_each_color_runs_from_0_to_1():
    colors = figure_colors(scene())
    assert torch.equal(colors.amin(dim=(0, 1, 2)), torch.zeros(3)) and torch.equal(colors.amax(dim=(0, 1, 2)), torch.ones(3))


def test_a_shift_of_all_features_changes_nothing():
    torch.testing.assert_close(figure_colors(scene() + 100), figure_colors(scene()), rtol=0, atol=1e-3)


def test_too_small_a_figure_is_left_black():
    patches = torch.zeros(1, 5, 5, 4)
    patches[0, 2, 2] = torch.tensor([9.0, 1, 2, 3])
    assert not figure_colors(patches).any()
