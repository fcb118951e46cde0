"""What all transforms share: how they are called, what goes in, what comes out.

A transform is called with a batch and, if wanted, a generator: ``transform(images, generator=generator)``.

- In: (N, C, H, W) on any device, uint8 in 0..255 or floating point in [0, 1], one or three channels. Never modified.
- Out: a new float32 tensor in [0, 1] on the same device.
- Every sample draws its own parameters, from `generator` or, without one, from torch's global CPU generator. The draws
  are a few numbers per sample, so they are made on the CPU and then moved: one seed draws the same views on every
  device, and nothing waits for a GPU. A transform holds no state of its own, so one can serve several threads.
- Inside, autocast is off (bfloat16 keeps 8 bits, which is less than a pixel has) and no gradient is recorded.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import torch

from .. import expect
from . import draws


class Transform:
    """A random change of a batch. A subclass writes `apply`, which makes a new batch of one in float32, in [0, 1]."""

    def __call__(self, images: torch.Tensor, *, generator: torch.Generator | None = None) -> torch.Tensor:
        check_generator(generator)
        with float_images(images) as batch:
            return self.apply(batch, generator)

    def apply(self, images: torch.Tensor, generator: torch.Generator | None) -> torch.Tensor:
        raise NotImplementedError(f"{type(self).__name__} has no apply(images, generator)")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={short(value)}' for name, value in vars(self).items())})"


def on_some(images: torch.Tensor, chosen: torch.Tensor, change: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
    """A new batch in which the images where `chosen`, (N,) and boolean, is true have been through `change`."""
    index = draws.on(images.device, chosen.nonzero()[:, 0])
    return images.index_copy(0, index, change(images.index_select(0, index)))


@contextlib.contextmanager
def float_images(images: torch.Tensor) -> Iterator[torch.Tensor]:
    """The batch, checked, in float32 and [0, 1] (uint8 divided by 255), for a block without autocast and gradient."""
    expect.images(images)
    with torch.no_grad(), torch.autocast(images.device.type, enabled=False):
        if images.dtype == torch.uint8:
            yield images.to(torch.float32).div_(255)
            return
        low, high = (float(bound) for bound in torch.aminmax(images))
        inside = 0 <= low and high <= 1  # false for NaN, too
        expect.that(inside, "images", f"values from {low:.4g} to {high:.4g}", "values in [0, 1], or uint8")
        yield images.to(torch.float32)


def check_generator(generator: object) -> None:
    """`generator` is None or a torch.Generator on the CPU."""
    on_cpu = isinstance(generator, torch.Generator) and generator.device.type == "cpu"
    expect.that(generator is None or on_cpu, "generator", generator, "a torch.Generator on the CPU, or None")


def short(value: object) -> str:
    """`value` as a repr shows it: floats to four digits, and those inside a tuple too."""
    if isinstance(value, tuple):
        return f"({', '.join(map(short, value))})"
    return f"{value:.4g}" if isinstance(value, float) else repr(value)
