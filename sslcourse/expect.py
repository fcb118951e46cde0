"""Checks on arguments, one wording for all: what the argument is called, what came, and what was wanted.

    >>> positive(-1.0, "temperature")
    Traceback (most recent call last):
    ...
    ValueError: temperature: got -1.0, wanted a number > 0

Every public callable of the package refuses bad input through these, so that a student who mixes up two arguments reads
one sentence instead of a stack trace from inside a matrix product.
"""

from __future__ import annotations

import difflib
import functools
import inspect
import math
import numbers
from collections.abc import Callable, Iterable, Sequence

from . import asked


def checked(check: Callable[..., None]) -> Callable[[Callable], Callable]:
    """Run `check` before the function below it, so that the function's own lines are the algorithm and nothing else.

    `check` takes by name those of the function's arguments that it looks at, defaults filled in.
    ``inspect.unwrap(function)`` is the function without its checks.

    >>> @checked(lambda n: integer(n, "n", at_least=1))
    ... def halves(n, times=1):
    ...     return n / 2**times
    >>> halves(8, times=2)
    2.0
    >>> halves(0)
    Traceback (most recent call last):
    ...
    ValueError: n: got 0, wanted an integer ≥ 1
    """
    def around(function: Callable) -> Callable:
        signature, wanted = inspect.signature(function), list(inspect.signature(check).parameters)

        @functools.wraps(function)
        def call(*args, **kwargs):
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            check(**{name: bound.arguments[name] for name in wanted})
            return function(*args, **kwargs)

        return call

    return around


def that(ok: bool, argument: str, got: object, wanted: str) -> None:
    """Raise ``ValueError("argument: got …, wanted …")`` unless `ok`."""
    if not ok:
        raise ValueError(f"{argument}: got {describe(got)}, wanted {wanted}")


def numbers_that(ok: object, argument: str, got: Callable[[], str], wanted: str) -> None:
    """`that` for a question about a tensor's numbers: `ok` is a tensor of one bool, `got` tells in words what came.

    Where the numbers lie on a GPU and a step of training asks, the answer is read at the end of the step (see `asked`).
    """
    asked.holds(ok, lambda: f"{argument}: got {got()}, wanted {wanted}")


class Words(str):
    """What came, told in words: shown as it is, where a string that a caller passed is shown in quotation marks."""


def describe(value: object) -> str:
    """A short, readable account of `value`: arrays and tensors by shape and dtype, anything else by its repr."""
    if isinstance(value, Words):
        return str(value)
    if isinstance(value, numbers.Number) and hasattr(value, "item"):
        value = value.item()  # NumPy's 3 is a 3
    shape, dtype = getattr(value, "shape", None), getattr(value, "dtype", None)
    if shape is not None and dtype is not None:
        return f"{type(value).__name__} of shape {tuple(shape)}, {dtype}"
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "…"


def number(value: object, argument: str, *, at_least: float = -math.inf, at_most: float = math.inf) -> None:
    """`value` is a finite real number in [at_least, at_most]."""
    wanted = _range("a number", at_least, at_most)
    that(_is_real(value) and at_least <= value <= at_most, argument, value, wanted)


def positive(value: object, argument: str) -> None:
    """`value` is a finite real number greater than zero."""
    that(_is_real(value) and value > 0, argument, value, "a number > 0")


def integer(value: object, argument: str, *, at_least: float = -math.inf, at_most: float = math.inf) -> None:
    """`value` is a whole number in [at_least, at_most]; True and False are not numbers here."""
    is_whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    that(is_whole and at_least <= value <= at_most, argument, value, _range("an integer", at_least, at_most))


def one_of(value: object, argument: str, options: Iterable[object]) -> None:
    """`value` is one of `options`; a misspelling is answered with the nearest option."""
    options = list(options)
    if value in options:
        return
    spellings = {str(option).lower(): str(option) for option in options}  # CIFAR10 is near cifar10
    near = [spellings[word] for word in difflib.get_close_matches(str(value).lower(), spellings, n=3, cutoff=0.5)]
    hint = f" (did you mean {' or '.join(near)}?)" if near else ""
    raise ValueError(f"{argument}: got {describe(value)}, wanted one of {', '.join(map(str, options))}{hint}")


def tensor(
    value: object, argument: str, shape: Sequence[str | int | None] | None = None, *, finite: bool = False,
) -> None:
    """`value` is a torch tensor whose shape fits `shape`: an int must match, a letter or None stands for any size ≥ 1.

    A letter that stands twice must have the same size both times: ("N", "N") is a square matrix.
    """
    import torch

    wanted = "a tensor" if shape is None else f"a tensor of shape ({', '.join(str(s or '·') for s in shape)})"
    that(isinstance(value, torch.Tensor), argument, value, wanted)
    that(shape is None or _fits(value.shape, shape), argument, value, wanted)
    if finite and value.is_floating_point():
        numbers_that(torch.isfinite(value.detach()).all(), argument, lambda: "NaN or infinity inside", "finite numbers")


def images(value: object, argument: str = "images") -> None:
    """`value` is a batch of images: (N, C, H, W), uint8 in 0..255 or floating point, with one or three channels."""
    tensor(value, argument, ("N", "C", "H", "W"))
    that(value.shape[1] in (1, 3), argument, value, "one or three channels, (N, C, H, W)")
    import torch

    that(value.dtype == torch.uint8 or value.is_floating_point(), argument, value, "uint8 or floating point")


def labels(value: object, argument: str = "labels", *, n: int | None = None, num_classes: int | None = None) -> None:
    """`value` is a tensor of integer class labels, (N,), each in [0, num_classes)."""
    tensor(value, argument, ("N",) if n is None else (n,))
    that(not value.is_floating_point() and not value.is_complex(), argument, value, "integers")
    if num_classes is not None and value.numel():
        low, high = extremes(value)
        came = Words(f"labels from {low} to {high}")
        that(0 <= low and high < num_classes, argument, came, f"labels in [0, {num_classes})")


def extremes(indices: object) -> tuple[int, int]:
    """The least and the greatest of a tensor of whole numbers, which must be known before anything is looked up by them.

    A GPU is waited for. So a tensor keeps the answer, until its numbers are changed: a mask passes through three or four
    functions, and each of them asks.
    """
    import torch

    version = None if indices.is_inference() else indices._version
    known = getattr(indices, "_extremes", None)
    if known is None or version is None or known[0] != version:
        known = indices._extremes = (version, *torch.stack(indices.detach().aminmax()).tolist())
    return known[1:]


def same_shape(first: object, second: object, argument: str) -> None:
    """Both tensors have one shape; `argument` names the pair, for example ``"z0, z1"``."""
    if first.shape != second.shape:
        shapes = f"{tuple(first.shape)} and {tuple(second.shape)}"
        raise ValueError(f"{argument}: got shapes {shapes}, wanted one shape for both")


def _is_real(value: object) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value)


def _range(noun: str, low: float, high: float) -> str:
    if math.isinf(low) and math.isinf(high):
        return noun
    if math.isinf(high):
        return f"{noun} ≥ {low}"
    if math.isinf(low):
        return f"{noun} ≤ {high}"
    return f"{noun} in [{low}, {high}]"


def _fits(shape: Sequence[int], pattern: Sequence[str | int | None]) -> bool:
    if len(shape) != len(pattern):
        return False
    sizes: dict[str, int] = {}
    for size, wanted in zip(shape, pattern):
        if isinstance(wanted, int):
            if size != wanted:
                return False
        elif size < 1 or (wanted is not None and sizes.setdefault(wanted, size) != size):
            return False
    return True
