"""What every data set can do with its rows: count them, pick some of them, draw a subset of them."""

from __future__ import annotations

import dataclasses
import numbers

import numpy as np
import torch

from .. import expect


def per_row(**options):
    """A dataclass field that holds one entry per row: a tensor or a list of length N, or a dict of these."""
    return dataclasses.field(metadata={"per_row": True}, **options)


class Rows:
    """Length, indexing and nested random subsets for a dataclass whose per-row fields are marked `per_row()`.

    ``data[3]`` is one row, as a tuple. A slice, an array of integers or a boolean mask gives a data set of the same
    kind; a slice shares its tensors with the original, the other two copy. Iterating gives the rows, so a torch
    DataLoader takes one too.
    """

    def __len__(self) -> int:
        return len(getattr(self, self._per_row()[0]))

    def __getitem__(self, index):
        if isinstance(index, numbers.Integral) and not isinstance(index, (bool, np.bool_)):
            if not -len(self) <= index < len(self):
                raise IndexError(f"row {index} of a data set with {len(self):,} rows")
            return self.row(int(index))
        chosen = _index(index, len(self))
        return dataclasses.replace(self, **{name: _pick(getattr(self, name), chosen) for name in self._per_row()})

    def subset(self, size: int, seed: int = 0):
        """`size` rows, drawn without replacement by a seeded permutation: a smaller size is a prefix of a larger one.

        Classes come out as the draw has it, about as frequent as in the whole set and not exactly balanced.
        ValueError when there are fewer than `size` rows.
        """
        return self[draw(size, len(self), seed, self.name)]

    def _per_row(self) -> list[str]:
        return [field.name for field in dataclasses.fields(self) if field.metadata.get("per_row")]

    def _check_rows(self) -> None:
        """Every per-row field has the length of the first one."""
        first, *others = self._per_row()
        for name in others:
            value = getattr(self, name)
            for key, column in value.items() if isinstance(value, dict) else [(name, value)]:
                wanted = f"{len(self)}, one for each of {first}"
                expect.that(len(column) == len(self), key, f"{len(column)} entries", wanted)


def draw(size: int, n: int, seed: int, name: str) -> torch.Tensor:
    """The row numbers, (size,), of a subset of `name`'s `n` rows: the head of a permutation that `seed` decides."""
    expect.integer(size, "size", at_least=1)
    expect.integer(seed, "seed", at_least=0)
    size, seed = int(size), int(seed)
    if size > n:
        raise ValueError(f"size: got {size}, wanted at most {n}, which is all that {name} has")
    return torch.randperm(n, generator=torch.Generator().manual_seed(int(seed)))[:size]


def check_ids(ids: torch.Tensor, names: tuple[str, ...], argument: str) -> None:
    """`ids` is a long tensor, (N,), of positions in `names`."""
    expect.that(isinstance(ids, torch.Tensor) and ids.dtype == torch.long and ids.ndim == 1, argument, ids,
                "a tensor of shape (N,), torch.int64")
    if ids.numel():
        expect.labels(ids, argument, num_classes=len(names))


def _index(index: object, n: int) -> slice | torch.Tensor:
    """`index` as a slice or as a tensor of row numbers in [0, n)."""
    if isinstance(index, slice):
        return index
    wanted = f"an integer, a slice, an array of row numbers, or a boolean mask of length {n}"
    if not isinstance(index, (torch.Tensor, np.ndarray, list, tuple, range)):
        raise ValueError(f"index: got {expect.describe(index)}, wanted {wanted}")
    try:
        chosen = index.cpu() if isinstance(index, torch.Tensor) else torch.as_tensor(np.asarray(index))
    except TypeError:
        raise ValueError(f"index: got {expect.describe(index)}, wanted {wanted}") from None
    if chosen.numel() == 0 and chosen.dtype != torch.bool:
        return torch.empty(0, dtype=torch.long)
    expect.that(chosen.ndim == 1 and not chosen.is_floating_point() and not chosen.is_complex(), "index", index, wanted)
    if chosen.dtype == torch.bool:
        expect.that(len(chosen) == n, "index", f"a mask of length {len(chosen)}", wanted)
        return chosen.nonzero().flatten()
    chosen = chosen.long()
    low, high = int(chosen.min()), int(chosen.max())
    expect.that(-n <= low and high < n, "index", f"row numbers from {low} to {high}", f"row numbers below {n}")
    return torch.where(chosen < 0, chosen + n, chosen)


def _pick(column, chosen: slice | torch.Tensor):
    if isinstance(column, dict):
        return {key: _pick(value, chosen) for key, value in column.items()}
    if isinstance(column, torch.Tensor) or isinstance(chosen, slice):
        return column[chosen]
    return [column[i] for i in chosen.tolist()]
