"""Arrays and tensors alike, checked: points (N, D), scores (N, K), and the true classes beside them."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from .. import expect


def prepared(prepare: Callable[..., dict[str, object]]) -> Callable[[Callable], Callable]:
    """Run `prepare` before the function below it: what it checks and turns into tensors, the function takes as it is.

    `prepare` takes by name those of the function's arguments that it looks at, defaults filled in, and returns the ones
    that it has changed. As with `expect.checked`, the function's own lines are then the algorithm and nothing else, and
    ``inspect.unwrap(function)`` is the function without its checks.

    >>> @prepared(lambda z: {"z": points(z, "z")})
    ... def mean(z):
    ...     return z.mean(dim=0)
    >>> mean(np.array([[1, 2], [3, 4]]))
    tensor([2., 3.])
    """
    def around(function: Callable) -> Callable:
        signature, wanted = inspect.signature(function), list(inspect.signature(prepare).parameters)

        @functools.wraps(function)
        def call(*args, **kwargs):
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            bound.arguments.update(prepare(**{name: bound.arguments[name] for name in wanted}))
            return function(*bound.args, **bound.kwargs)

        return call

    return around


def to_numpy(values: object) -> object:
    """A tensor as an array (bfloat16, which NumPy lacks, as float32); anything else as it is."""
    if not isinstance(values, Tensor):
        return values
    values = values.detach().cpu()
    return (values.float() if values.dtype == torch.bfloat16 else values).numpy()


def points(values: object, argument: str, shape: Sequence[str | int] = ("N", "D")) -> Tensor:
    """`values`, an array or a tensor, as a finite floating-point tensor of that shape on the CPU, without gradient."""
    if isinstance(values, np.ndarray):
        expect.that(values.dtype.kind in "fiub", argument, values, "numbers")
        values = torch.from_numpy(np.array(values, copy=not values.flags.writeable or None))
    expect.tensor(values, argument, shape, finite=True)
    values = values.detach().cpu()
    return values if values.dtype in (torch.float32, torch.float64) else values.float()


def score_matrix(values: object, argument: str) -> np.ndarray:
    """`values` as a finite float64 array (N, K)."""
    array = _array(values, argument)
    expect.that(array.ndim == 2 and array.size > 0, argument, array, "a matrix (N, number of classes)")
    expect.that(array.dtype.kind in "fiub", argument, array, "numbers")
    array = array.astype(np.float64)
    expect.that(bool(np.isfinite(array).all()), argument, "NaN or infinity inside", "finite numbers")
    return array


def probability_matrix(values: object, argument: str) -> np.ndarray:
    """`values` as a float64 array (N, K) of rows that are probabilities (to the rounding of half precision)."""
    array = score_matrix(values, argument)
    low, high = array.min(), array.max()
    wanted = "probabilities in [0, 1] (softmax of the logits)"
    expect.that(bool(low >= 0 and high <= 1 + 1e-2), argument, f"values from {low:.4g} to {high:.4g}", wanted)
    sums = array.sum(axis=1)
    worst = sums[np.abs(sums - 1).argmax()]
    expect.that(bool(abs(worst - 1) <= 1e-2), argument, f"a row that sums to {worst:.4g}", "rows that sum to 1")
    return array


def class_indices(y: object, n: int, n_classes: int, classes: Sequence | None = None) -> np.ndarray:
    """`y` (n,) as columns in [0, n_classes): as it is, or looked up in `classes`, the columns' labels."""
    y = _array(y, "y")
    expect.that(y.shape == (n,), "y", y, f"one label for each of {n} rows, ({n},)")
    if classes is not None:
        columns = {label: column for column, label in enumerate(_array(classes, "classes").tolist())}
        wanted = f"{n_classes} different labels, one per column"
        expect.that(len(columns) == len(classes) == n_classes, "classes", classes, wanted)
        strangers = [label for label in y.tolist() if label not in columns]
        expect.that(not strangers, "y", strangers[:1], f"labels among {list(columns)[:10]}")
        return np.array([columns[label] for label in y.tolist()])
    expect.that(y.dtype.kind in "iub", "y", y, "integers: columns of the scores (or give `classes`)")
    y = y.astype(np.int64)
    wanted = f"classes in [0, {n_classes})"
    expect.that(bool(y.min() >= 0 and y.max() < n_classes), "y", f"classes from {y.min()} to {y.max()}", wanted)
    return y


def _array(values: object, argument: str) -> np.ndarray:
    try:
        return np.asarray(to_numpy(values))
    except ValueError as error:  # rows of different lengths
        raise ValueError(f"{argument}: got {expect.describe(values)}, wanted an array ({error})") from error
