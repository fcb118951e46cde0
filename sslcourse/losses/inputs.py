"""What every loss asks of its inputs, and the precision it computes in.

The checks raise ValueError through `expect`: "argument: got …, wanted …".
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from .. import expect


def floats(value: object, argument: str, shape: tuple[str | int | None, ...] | None = None) -> None:
    """`value` is a finite floating-point tensor whose shape fits `shape` (see `expect.tensor`)."""
    expect.tensor(value, argument, shape)
    expect.that(value.is_floating_point() and value.numel() > 0, argument, value, "floating-point numbers")
    extremes = torch.stack(value.detach().aminmax())  # NaN if there is one; one pass, where isfinite().all() takes four
    expect.numbers_that(extremes.isfinite().all(), argument, lambda: "NaN or infinity inside", "finite numbers")


def pair(first: object, second: object, names: tuple[str, str], shape: tuple[str, str] = ("N", "D")) -> None:
    """Two batches of vectors: finite and of one shape."""
    for value, name in zip((first, second), names):
        floats(value, name, shape)
    expect.same_shape(first, second, ", ".join(names))


def rows(count: int, argument: str, at_least: int) -> None:
    """A batch of `count` rows is large enough for the loss to be defined."""
    wanted = f"at least {at_least}, because the loss compares each row with others"
    expect.that(count >= at_least, argument, expect.Words(f"{count} row"), wanted)


def triplets_possible(labels: Tensor) -> None:
    """Among (N,) labels two are equal and two are not: an anchor has a positive and a negative."""
    pairs = (labels[:, None] == labels[None, :]).sum()      # each label with itself, too
    expect.numbers_that((len(labels) < pairs) & (pairs < len(labels) ** 2), "labels",
                        lambda: f"{len(labels.unique())} classes in a batch of {len(labels)}",
                        "two rows that share a label and one that does not")


def full_precision(loss: Callable) -> Callable:
    """Call `loss` with its tensors in float32 (or float64, where one of them is), and with autocast switched off.

    A similarity of 0.99 in bfloat16 is off by up to 0.004, and a temperature of 0.1 makes that 0.04 in the exponent; in
    float16 the sum of a few thousand exponentials overflows. The matrices here are small beside the encoder's work, so
    full precision costs next to nothing. Tensors of whole numbers stay as they are, tensors within lists are found, and
    the gradient goes back in the input's own precision.

    >>> full_precision(lambda *, views: views[0].sum())(views=[torch.ones(3, dtype=torch.float16)])
    tensor(3.)
    """
    @functools.wraps(loss)
    def call(*args, **kwargs):
        found = [tensor for tensor in _tensors([*args, *kwargs.values()]) if tensor.is_floating_point()]
        dtype = functools.reduce(torch.promote_types, (tensor.dtype for tensor in found), torch.float32)
        with torch.autocast(found[0].device.type if found else "cpu", enabled=False):
            return loss(*_cast(args, dtype), **{name: _cast(value, dtype) for name, value in kwargs.items()})

    return call


def _tensors(value: object) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _tensors(item)


def _cast(value: object, dtype: torch.dtype) -> object:
    if isinstance(value, Tensor):
        return value.to(dtype) if value.is_floating_point() else value
    return type(value)(_cast(item, dtype) for item in value) if type(value) in (list, tuple) else value
