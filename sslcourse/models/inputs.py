"""What every model asks of its arguments; the checks raise ValueError through `expect`.

They look at shapes and types, and at indices, which would otherwise crash a GPU. NaN is left to the losses and to the
training loop: looking for it in each forward pass would make a GPU wait.
"""

from __future__ import annotations

import torch

from .. import expect


def sizes(**values: object) -> None:
    """Every value is a whole number of at least one."""
    for argument, value in values.items():
        expect.integer(value, argument, at_least=1)


def images(value: object, channels: int) -> None:
    """`value` is a batch of floating-point images, (N, channels, H, W)."""
    expect.tensor(value, "images", ("N", channels, "H", "W"))
    expect.that(value.is_floating_point(), "images", value, "floating point (uint8 / 255 is)")


def vectors(value: object, argument: str, size: int) -> None:
    """`value` is a batch of floating-point vectors, (N, size)."""
    expect.tensor(value, argument, ("N", size))
    expect.that(value.is_floating_point(), argument, value, "floating point")


def batch_for_norm(x: torch.Tensor, module: torch.nn.Module) -> None:
    """In training, BatchNorm needs at least two rows to have a variance."""
    wanted = "at least 2, for BatchNorm in training takes their variance"
    expect.that(len(x) > 1 or not module.training, "x", expect.Words("1 row"), wanted)


def indices(value: object, argument: str, shape: tuple[str | int | None, ...], below: int) -> None:
    """`value` is a tensor of int64 indices in [0, below)."""
    expect.tensor(value, argument, shape)
    expect.that(value.dtype == torch.int64, argument, value, "int64")
    low, high = expect.extremes(value)
    got = expect.Words(f"numbers from {low} to {high}")
    expect.that(0 <= low and high < below, argument, got, f"numbers in [0, {below})")


def divides(part: int, whole: int, argument: str, whole_name: str) -> None:
    """`part` divides `whole` without a rest."""
    expect.that(whole % part == 0, argument, part, f"a divisor of {whole_name}, {whole}")


def in_patches(height: int, width: int, patch_size: int) -> tuple[int, int]:
    """How many patches stand in a column and in a row; the image must be a whole number of patches."""
    got = expect.Words(f"{height} × {width} pixels")
    wanted = f"a height and a width that are multiples of patch_size, {patch_size}"
    expect.that(height % patch_size == 0 and width % patch_size == 0, "images", got, wanted)
    return height // patch_size, width // patch_size
