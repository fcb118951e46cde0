"""Which shuffles a jigsaw network has to tell apart: permutations that are far from one another."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import expect

POOL = 10_000  # candidates: all 9! = 362,880 would take a hundred times longer and end with nearly the same set


def _check_farthest_permutation(chosen, candidates):
    expect.tensor(chosen, "chosen", ("M", "T"))
    expect.tensor(candidates, "candidates", ("K", chosen.shape[1]))


@expect.checked(_check_farthest_permutation)
def farthest_permutation(chosen: Tensor, candidates: Tensor) -> int:
    """The index of the candidate whose nearest chosen permutation is farthest away, the first one if several are.

        chosen      (M, T) permutations already in the set, one a row
        candidates  (K, T) permutations to choose from
        returns     i, a row of `candidates`

    Distance is Hamming's: the number of places at which two permutations differ. The pair that is easiest to confuse is
    the closest, so what counts is the smallest of a candidate's M distances. (Noroozi & Favaro, 2016, arXiv:1603.09246,
    Algorithm 1, take the largest mean distance instead, and remove from the candidates what has been chosen.)
    ValueError: tables of another rank or of different T.

    >>> chosen = torch.tensor([[0, 1, 2, 3]])
    >>> farthest_permutation(chosen, torch.tensor([[0, 1, 3, 2], [1, 0, 3, 2], [0, 2, 3, 1]]))
    1
    """
    distances = (candidates[:, None] != chosen[None]).sum(dim=2)  # (K, 1, T) against (1, M, T) -> (K, M)
    return int(distances.min(dim=1).values.argmax())


def greedy_permutations(n_tiles: int, n_permutations: int, *, seed: int = 0) -> Tensor:
    """Permutations of `n_tiles` tiles that lie far from one another, (n_permutations, n_tiles), int64.

    The first one is drawn, and each further one is `farthest_permutation` of a pool of random ones; all are drawn by
    `seed` and leave torch's global generator alone. ValueError: fewer than two tiles, more permutations than there are,
    or more than half the pool.

    >>> chosen = greedy_permutations(4, 6)
    >>> chosen.shape, chosen.sort(dim=1).values.unique(dim=0).tolist()
    (torch.Size([6, 4]), [[0, 1, 2, 3]])
    """
    expect.integer(n_tiles, "n_tiles", at_least=2)
    all_of_them = float(torch.lgamma(torch.tensor(n_tiles + 1.0, dtype=torch.float64)).exp().round())
    expect.integer(n_permutations, "n_permutations", at_least=1, at_most=int(min(all_of_them, POOL // 2)))
    generator = torch.Generator().manual_seed(int(seed))
    if all_of_them <= POOL:  # few tiles: every permutation, in random order
        pool = torch.cartesian_prod(*[torch.arange(n_tiles)] * n_tiles).view(-1, n_tiles)
        pool = pool[(pool.sort(dim=1).values == torch.arange(n_tiles)).all(dim=1)]
        pool = pool[torch.randperm(len(pool), generator=generator)]
    else:
        pool = torch.rand(POOL, n_tiles, generator=generator).argsort(dim=1)
    chosen = pool[:1]
    while len(chosen) < n_permutations:
        i = farthest_permutation(chosen, pool)
        chosen = torch.cat([chosen, pool[i : i + 1]])
    return chosen
