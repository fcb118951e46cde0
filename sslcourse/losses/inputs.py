"""What every loss asks of its inputs, and the precision it computes in.

The checks raise ValueError through `expect`: "argument: got …, wanted …".
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from .. import expect


def floats(value: object, argument: str, shape: tuple[str | int | None, ...]) -> None:
    """`value` is a finite floating-point tensor whose shape fits `shape` (see `expect.tensor`)."""
    expect.tensor(value, argument, shape)
    expect.that(value.is_floating_point(), argument, value, "floating point")
    extremes = torch.stack(value.detach().aminmax())  # NaN if there is one; one pass, where isfinite().all() takes four
    expect.that(bool(extremes.isfinite().all()), argument, expect.Words("NaN or infinity inside"), "finite numbers")


def pair(first: object, second: object, names: tuple[str, str], shape: tuple[str, str] = ("N", "D")) -> None:
    """Two batches of vectors: finite and of one shape."""
    for value, name in zip((first, second), names):
        floats(value, name, shape)
    expect.same_shape(first, second, ", ".join(names))


def rows(count: int, argument: str, at_least: int) -> None:
    """A batch of `count` rows is large enough for the loss to be defined."""
    wanted = f"at least {at_least}, for the loss compares each row with others"
    expect.that(count >= at_least, argument, expect.Words(f"{count} row"), wanted)


@contextlib.contextmanager
def full_precision(*tensors: Tensor) -> Iterator[tuple[Tensor, ...]]:
    """The tensors in float32 (or float64, where one of them is), with autocast switched off inside the block.

    A similarity of 0.99 in bfloat16 is off by up to 0.004, and a temperature of 0.1 makes that 0.04 in the exponent; in
    float16 the sum of a few thousand exponentials overflows. The matrices here are small beside the encoder's work, so
    full precision costs next to nothing. The gradient goes back in the input's own precision.
    """
    dtype = functools.reduce(torch.promote_types, (tensor.dtype for tensor in tensors), torch.float32)
    with torch.autocast(tensors[0].device.type, enabled=False):
        yield tuple(tensor.to(dtype) for tensor in tensors)


def unit(x: Tensor, dim: int = -1) -> Tensor:
    """`x` divided by its L2 norm along `dim`: points on the unit sphere. It can be differentiated once.

    The same as `torch.nn.functional.normalize`, except at the origin. A vector shorter than 10⁻¹² has no direction, so
    it stays as it is, and its gradient stays the size of the others', where division would make it 10¹² times larger.
    """
    return _Unit.apply(x, dim)


class _Unit(torch.autograd.Function):
    """y = x / ‖x‖, and ∂L/∂x = (g − y (y·g)) / ‖x‖: the part of g in the sphere's tangent plane, in a third of the steps."""

    @staticmethod
    def forward(ctx, x: Tensor, dim: int) -> Tensor:
        norm = torch.linalg.vector_norm(x, dim=dim, keepdim=True)
        norm = torch.where(norm > 1e-12, norm, 1.0)
        y = x / norm
        ctx.dim = dim
        ctx.save_for_backward(y, norm)
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx, g: Tensor):
        y, norm = ctx.saved_tensors
        radial = (y * g).sum(ctx.dim, keepdim=True)
        return torch.addcmul(g, y, radial, value=-1).div_(norm), None
