"""The nearest rows by cosine similarity: exact, in blocks of bounded memory, ties broken by position."""

from __future__ import annotations

import torch
from torch import Tensor

from .. import expect
from .arrays import points

BLOCK = 2**25  # similarities held at once: 128 MB of float32
SPARE = 4      # candidates beyond k, so that a tie at the k-th place is seen


def nearest_rows(queries: Tensor, bank: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """For each row of `queries` (N, D) its `k` most similar rows of `bank` (M, D) by cosine, most similar first.

    Returns similarities (N, k), float64, and indices (N, k). Candidates are found by float32 matrix products, then
    compared in float64, and equal similarities are ordered by their index: the answer depends neither on how the work
    is cut into blocks nor on how many queries come at once. A row of zeros has similarity 0 to everything.

    >>> nearest_rows(torch.tensor([[1.0, 0.1]]), torch.tensor([[0.0, 1.0], [5.0, 0.0], [1.0, 1.0]]), k=2)[1]
    tensor([[1, 2]])
    """
    queries = points(queries, "queries").float()
    bank = points(bank, "bank", ("M", queries.shape[1])).float()
    expect.integer(k, "k", at_least=1, at_most=len(bank))
    return search(queries, bank, k)


def unit_rows(x: Tensor) -> Tensor:
    """Rows of length 1; rows of zeros stay zero."""
    largest = torch.linalg.vector_norm(x, ord=torch.inf, dim=1, keepdim=True)               # (N, 1)
    x = x / largest.masked_fill(largest == 0, 1)  # so that squares neither overflow nor vanish
    length = x.norm(dim=1, keepdim=True)
    return x.div_(length.masked_fill(length == 0, 1))


def search(queries: Tensor, bank: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """nearest_rows of float32 matrices on the CPU, unchecked."""
    unit_queries, unit_bank = unit_rows(queries), unit_rows(bank)
    in_order = _Exact(queries, bank)
    m = min(k + SPARE, len(bank))
    # two float32 similarities nearer than this may stand in the wrong order: their sums of D products were rounded
    rounding = 4 * 2**-24 * bank.shape[1] ** 0.5
    similarities = torch.empty(len(queries), k, dtype=torch.float64)
    indices = torch.empty(len(queries), k, dtype=torch.int64)

    rows = min(max(1, BLOCK // len(bank)), len(queries))
    rough = torch.empty(rows, len(bank))  # written again for every block
    for block in torch.arange(len(queries)).split(rows):
        found = torch.mm(unit_queries[block], unit_bank.T, out=rough[:len(block)])    # (B, M)
        values, columns = _topk(found, m)
        exact, columns = in_order(block, columns)
        last = exact[:, k - 1] - rounding
        if m < len(bank):  # a row left out may be as near as the k-th: then look at every row that is
            for i in (values[:, -1] >= last).nonzero().flatten().tolist():
                close = (found[i] >= last[i]).nonzero().T                             # (1, how many)
                best, which = in_order(block[i:i + 1], close)
                exact[i, :k], columns[i, :k] = best[0, :k], which[0, :k]
        similarities[block], indices[block] = exact[:, :k], columns[:, :k]
    return similarities, indices


class _Exact:
    """Cosines in float64, from the rows as they came: dividing by their lengths first would round each number."""

    def __init__(self, queries: Tensor, bank: Tensor):
        self.queries, self.bank = queries, bank
        self.lengths = [torch.linalg.vector_norm(x, dim=1, dtype=torch.float64) for x in (queries, bank)]

    def __call__(self, rows: Tensor, columns: Tensor) -> tuple[Tensor, Tensor]:
        """Cosines of the queries `rows` (B,) to the bank's `columns` (B, m), largest first, equal ones by index."""
        columns = columns.sort(dim=1).values
        step = max(1, 2**19 // self.bank.shape[1])  # 4 MB of products: what a cache holds
        pairs = zip(rows.repeat_interleave(columns.shape[1]).split(step), columns.flatten().split(step))
        exact = torch.cat([self.cosine(row, column) for row, column in pairs]).view(columns.shape)
        exact, order = exact.sort(dim=1, descending=True, stable=True)
        return exact, columns.gather(1, order)

    def cosine(self, rows: Tensor, columns: Tensor) -> Tensor:
        products = self.bank[columns].double().mul_(self.queries[rows]).sum(dim=1)    # (pairs, D) → (pairs,)
        lengths = self.lengths[0][rows] * self.lengths[1][columns]
        return products / lengths.masked_fill(lengths == 0, 1)


def _topk(x: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """``x.topk(k)`` of long rows, faster: a row's k largest entries lie in the k groups with the largest maxima."""
    size = int((x.shape[1] / k) ** 0.5)
    if size < 4:
        return x.topk(k)
    groups = x.shape[1] // size
    body = x[:, :groups * size].view(len(x), size, groups)                           # group j: columns j, j + groups, …
    best = body.amax(dim=1).topk(k, sorted=False).indices                             # (B, k)
    members = best[:, None, :] + groups * torch.arange(size)[:, None]                 # (B, size, k)
    rest = torch.arange(groups * size, x.shape[1]).expand(len(x), -1)                 # columns in no group
    columns = torch.cat([members.flatten(1), rest], dim=1)
    values, at = x.gather(1, columns).topk(k)
    return values, columns.gather(1, at)
