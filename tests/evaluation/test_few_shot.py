"""few_shot_indices: exactly n per class, by chance, nested."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sslcourse.evaluation import few_shot_indices

LABELS = torch.randint(0, 5, (300,), generator=torch.Generator().manual_seed(0)) * 3 + 1  # 1, 4, 7, 10, 13


@pytest.mark.parametrize("per_class", (1, 2, 17))
def test_exactly_so_many_of_each_class(per_class):
    indices = few_shot_indices(LABELS, per_class)
    classes, counts = LABELS[indices].unique(return_counts=True)
    assert classes.tolist() == [1, 4, 7, 10, 13] and set(counts.tolist()) == {per_class}
    assert len(indices.unique()) == len(indices) == 5 * per_class and indices.dtype == torch.int64


@pytest.mark.parametrize("seed", (0, 1))
def test_fewer_are_the_first_of_more(seed):
    """Catches a draw in which one class's number changes the next class's draw."""
    most = few_shot_indices(LABELS, 20, seed)
    for n in range(1, 20):
        assert torch.equal(few_shot_indices(LABELS, n, seed), most[:5 * n])


def test_the_seed_decides():
    assert torch.equal(few_shot_indices(LABELS, 5, 3), few_shot_indices(LABELS, 5, 3))
    assert not torch.equal(few_shot_indices(LABELS, 5, 3), few_shot_indices(LABELS, 5, 4))


def test_the_global_generator_is_not_touched():
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    few_shot_indices(LABELS, 5)
    assert torch.equal(torch.rand(1), expected)


def test_every_image_has_its_chance():
    """Catches the first n of each class instead of a draw."""
    labels = torch.zeros(20, dtype=torch.int64)
    drawn = torch.cat([few_shot_indices(labels, 5, seed) for seed in range(200)])
    counts = drawn.bincount(minlength=20)
    assert counts.min() > 25 and counts.max() < 80  # 50 each, standard deviation 6


def test_all_of_the_rarest_class_is_possible_and_no_more():
    labels = np.array([0, 0, 0, 1, 1])
    assert sorted(few_shot_indices(labels, 2).tolist()[1::2]) == [3, 4]
    with pytest.raises(ValueError, match=r"per_class: got 3, wanted an integer in \[1, 2\] \(class 1 has 2\)"):
        few_shot_indices(labels, 3)
