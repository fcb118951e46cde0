"""Transforms one after another (Compose) and side by side (MultiView)."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence

import torch

from .. import expect
from .transform import Transform, check_generator, float_images

View = Callable[..., torch.Tensor]  # a Transform, or any f(images, generator=...) on float32 images in [0, 1]


class Compose(Transform):
    """Transforms one after another, all drawing from the one generator.

    Besides those of this package, any callable serves that takes float32 images in [0, 1] and the keyword `generator`
    and returns a new tensor of such images.

    >>> from sslcourse.augment import RandomHorizontalFlip, RandomResizedCrop
    >>> Compose([RandomResizedCrop(24), RandomHorizontalFlip()])
    Compose(
        RandomResizedCrop(size=(24, 24), scale=(0.08, 1), ratio=(0.75, 1.333))
        RandomHorizontalFlip(p=0.5)
    )
    """

    def __init__(self, transforms: Sequence[View]) -> None:
        _check_list(transforms)
        for transform in transforms:
            _check_callable(transform)
        self.transforms = list(transforms)

    def apply(self, images: torch.Tensor, generator: torch.Generator | None) -> torch.Tensor:
        for transform in self.transforms:
            images = _run(transform, images, generator)
        return images

    def __repr__(self) -> str:
        return _indented("Compose", [repr(transform) for transform in self.transforms])


class MultiView:
    """Several views of each image: one call, one list of batches.

    transforms   the transforms, one view each; a pair (transform, count) stands for `count` views. Sizes may differ
                 (multi-crop: Caron et al., 2020, arXiv:2006.09882); views come in the order given
    dtype        of the views; torch.bfloat16 halves their memory, once the arithmetic is done

    Raises ValueError for an empty list, what cannot be called, a count below 1, or a dtype that is not floating point.

    >>> from sslcourse.augment import RandomResizedCrop
    >>> views = MultiView([RandomResizedCrop(24), (RandomResizedCrop(16, scale=(0.05, 0.4)), 2)])
    >>> [tuple(view.shape) for view in views(torch.rand(8, 3, 32, 32))]
    [(8, 3, 24, 24), (8, 3, 16, 16), (8, 3, 16, 16)]
    """

    def __init__(self, transforms: Sequence[View | tuple[View, int]], dtype: torch.dtype = torch.float32) -> None:
        _check_list(transforms)
        entries = [entry if isinstance(entry, tuple) and len(entry) == 2 else (entry, 1) for entry in transforms]
        for transform, count in entries:
            _check_callable(transform)
            expect.integer(count, "transforms", at_least=1)
        is_float = isinstance(dtype, torch.dtype) and dtype.is_floating_point
        expect.that(is_float, "dtype", dtype, "a floating-point dtype")
        self.pairs = entries
        self.dtype = dtype

    def __len__(self) -> int:
        return sum(count for _, count in self.pairs)

    def __call__(self, images: torch.Tensor, *, generator: torch.Generator | None = None) -> list[torch.Tensor]:
        check_generator(generator)
        with float_images(images) as batch:
            transforms = [transform for transform, count in self.pairs for _ in range(count)]
            return [_run(transform, batch, generator).to(self.dtype) for transform in transforms]

    def __repr__(self) -> str:
        lines = [repr(view) if count == 1 else f"{count} × {view!r}" for view, count in self.pairs]
        return _indented("MultiView", lines + ([] if self.dtype == torch.float32 else [f"dtype={self.dtype}"]))


def _run(transform: View, images: torch.Tensor, generator: torch.Generator | None) -> torch.Tensor:
    """`transform` on images that are known to be float32 in [0, 1]: our own need not look again."""
    if isinstance(transform, Transform):
        return transform.apply(images, generator)
    return transform(images, generator=generator)


def _check_list(transforms: object) -> None:
    is_list = isinstance(transforms, Sequence) and len(transforms) > 0
    expect.that(is_list, "transforms", transforms, "a list of at least one transform")


def _check_callable(transform: object) -> None:
    expect.that(callable(transform), "transforms", transform, "transforms: callables of (images, generator=...)")


def _indented(name: str, lines: list[str]) -> str:
    return f"{name}(\n{textwrap.indent(chr(10).join(lines), '    ')}\n)"
