"""The set of permutations: far apart, different, repeatable."""

from __future__ import annotations

import itertools

import pytest
import torch

from sslcourse import methods


def hamming(permutations):
    pairs = itertools.combinations(permutations.tolist(), 2)
    return [sum(a != b for a, b in zip(one, other)) for one, other in pairs]


def test_the_farthest_permutation_is_that_of_a_plain_loop():
    generator = torch.Generator().manual_seed(0)
    for m, k in ((1, 5), (4, 30), (12, 30)):
        chosen, candidates = (torch.rand(n, 6, generator=generator).argsort(dim=1) for n in (m, k))
        nearest = [min(sum(a != b for a, b in zip(c, o)) for o in chosen.tolist()) for c in candidates.tolist()]
        assert methods.farthest_permutation(chosen, candidates) == nearest.index(max(nearest))


@pytest.mark.parametrize("tiles, n", [(9, 64), (4, 24), (3, 6), (2, 2)])
def test_the_set_holds_different_permutations(tiles, n):
    chosen = methods.greedy_permutations(tiles, n)
    assert chosen.shape == (n, tiles) and chosen.dtype == torch.int64
    assert bool((chosen.sort(dim=1).values == torch.arange(tiles)).all())
    assert len(chosen.unique(dim=0)) == n


def test_the_set_is_farther_apart_than_a_random_one():
    ours = hamming(methods.greedy_permutations(9, 40))
    drawn = torch.rand(40, 9, generator=torch.Generator().manual_seed(0)).argsort(dim=1)
    assert min(ours) >= 6 > min(hamming(drawn)) and sum(ours) > sum(hamming(drawn))


def test_the_set_is_grown_and_repeatable_and_draws_nothing_from_the_global_generator():
    before = torch.get_rng_state()
    few, many, other = (methods.greedy_permutations(9, n, seed=s) for n, s in ((5, 0), (20, 0), (5, 1)))
    assert torch.equal(many[:5], few) and not torch.equal(few, other)
    assert torch.equal(before, torch.get_rng_state())
