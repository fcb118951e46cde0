"""Random batches out of memory: on a laptop, slicing a tensor is faster than any loader's workers."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from .. import expect


class Batches:
    """The rows of `data`, in a new random order each epoch that depends on `seed` and the epoch alone.

    `data` is an ImageSet (a batch is then images, labels), a tensor (a batch is a tensor), or a sequence of tensors of
    one length (a batch is a tuple). The last, incomplete batch of an epoch is left out. Raises ValueError for anything
    else, or for fewer rows than one batch.
    """

    def __init__(self, data, batch_size: int, seed: int):
        expect.integer(batch_size, "batch_size", at_least=1)
        columns = (data.images, data.labels) if hasattr(data, "images") else data
        self._single = isinstance(columns, Tensor)
        columns = (columns,) if self._single else columns
        good = isinstance(columns, Sequence) and columns and all(isinstance(c, Tensor) and c.ndim for c in columns)
        expect.that(bool(good), "data", data, "an ImageSet, a tensor, or a tuple of tensors")
        self.columns = tuple(columns)
        self.rows = len(self.columns[0])
        shapes = [tuple(column.shape) for column in self.columns]
        expect.that(len({shape[0] for shape in shapes}) == 1, "data", shapes, "as many rows in each tensor")
        expect.integer(batch_size, "batch_size", at_most=self.rows)
        self.batch_size, self.seed = batch_size, seed
        self.per_epoch = self.rows // batch_size
        self._epoch, self._order = -1, torch.empty(0)

    def to(self, device: torch.device) -> Batches:
        """Keep the rows on `device`: a data set of the course fits into a GPU's memory whole."""
        self.columns = tuple(column.to(device) for column in self.columns)
        return self

    def index(self, step: int) -> Tensor:
        """The row numbers of the batch of `step`, (batch_size,)."""
        epoch, place = divmod(step, self.per_epoch)
        if epoch != self._epoch:
            generator = torch.Generator().manual_seed(hash((self.seed, epoch)) % 2**63)
            self._epoch, self._order = epoch, torch.randperm(self.rows, generator=generator)
        return self._order[place * self.batch_size : (place + 1) * self.batch_size]

    def take(self, index: Tensor) -> Tensor | tuple[Tensor, ...]:
        """Those rows, as a method's `loss` gets them."""
        index = index.to(self.columns[0].device, non_blocking=True)
        batch = tuple(column[index] for column in self.columns)
        return batch[0] if self._single else batch
