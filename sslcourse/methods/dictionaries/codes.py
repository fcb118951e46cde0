"""Which entries of a code may stay: the k largest of each row, or as many of a whole batch.

Makhzani and Frey (2014), "k-sparse autoencoders", ICLR, arXiv:1312.5663; Gao et al. (2024), "Scaling and evaluating sparse
autoencoders", arXiv:2406.04093; Bussmann, Leask and Nanda (2024), "BatchTopK sparse autoencoders", arXiv:2412.06410.
"""

from __future__ import annotations

from torch import Tensor

from ... import expect


def _check(a: Tensor, k: int) -> None:
    expect.tensor(a, "a", ("N", "K"))
    expect.that(a.is_floating_point(), "a", a, "floating point")
    expect.integer(k, "k", at_least=1, at_most=a.shape[1])


@expect.checked(_check)
def topk_code(a: Tensor, k: int) -> Tensor:
    """The k largest entries of each row, negative ones raised to 0, and 0 everywhere else (arXiv:2406.04093, equation 3).

        f = TopK(ReLU(a))

    a   (N, K), what the encoder says before its activation
    k   how many entries of a row stay; fewer are positive where a row has fewer positive ones

    Returns (N, K), in the precision of `a`. A gradient reaches the entries that stay, and no other.
    Raises ValueError for another rank, integers, and k outside of 1..K.

    >>> import torch
    >>> topk_code(torch.tensor([[0.3, 2.0, -1.0, 0.5], [-1.0, -2.0, 0.1, -3.0]]), 2).tolist()
    [[0.0, 2.0, 0.0, 0.5], [0.0, 0.0, 0.10000000149011612, 0.0]]
    """
    values, places = a.relu().topk(k, dim=1)
    return a.new_zeros(a.shape).scatter(1, places, values)


@expect.checked(_check)
def batch_topk_code(a: Tensor, k: int) -> Tensor:
    """The N · k largest entries of the whole batch, negative ones raised to 0: k a row on average (arXiv:2412.06410).

    A row that is harder to put together may take more of them, and an easy one gives some up.

    a   (N, K), what the encoder says before its activation
    k   how many entries of a row stay on average

    Returns (N, K), in the precision of `a`. Raises as `topk_code` does.

    >>> import torch
    >>> batch_topk_code(torch.tensor([[3.0, 2.0, 1.0], [0.5, 0.0, -4.0]]), 1).tolist()
    [[3.0, 2.0, 0.0], [0.0, 0.0, 0.0]]
    """
    values, places = a.relu().flatten().topk(len(a) * k)
    return a.new_zeros(a.numel()).scatter(0, places, values).view_as(a)
