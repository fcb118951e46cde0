"""Answers beside wanted answers: equal within what the dtype can hold, and put into a few words where they differ."""

from __future__ import annotations

import numbers

import numpy as np
import torch
from torch import Tensor

TOLERANCE = {torch.float64: 1e-8, torch.float32: 1e-4, torch.float16: 1e-2, torch.bfloat16: 5e-2}


def close(got: object, want: object) -> bool:
    """One shape, and the same everywhere to within the precision of `want` times its largest entry; NaN equals NaN.

    Anything else that `got` may be (another type, another shape, another number of parts) is simply not close.
    """
    if isinstance(want, (tuple, list)):
        return isinstance(got, (tuple, list)) and len(got) == len(want) and all(map(close, got, want))
    if isinstance(want, numbers.Number):
        want, got = torch.as_tensor(want), torch.as_tensor(got) if isinstance(got, numbers.Number) else got
    if not isinstance(want, Tensor):
        return type(got) is type(want) and bool(got == want)
    if not isinstance(got, Tensor) or got.shape != want.shape:
        return False
    within = TOLERANCE.get(want.dtype, 0.0)
    got, want = _plain(got), _plain(want)
    if not want.numel():
        return True
    finite = want[want.isfinite()].abs()
    scale = finite.max().item() if finite.numel() else 0.0
    return bool(torch.isclose(got, want, rtol=0.0, atol=within * scale, equal_nan=True).all())


def worst(got: Tensor, want: Tensor) -> str:
    """Where two tensors of one shape differ most, and by what: ``entry [1, 3] is 0.25, wanted 0.5``."""
    got, want = _plain(got), _plain(want)
    gap = torch.nan_to_num((got - want).abs(), nan=torch.inf)
    at = [int(i) for i in torch.unravel_index(gap.argmax(), gap.shape)]
    entry = f"entry {at} is" if at else "it is"
    return f"{entry} {got[tuple(at)].item():.5g}, wanted {want[tuple(at)].item():.5g}"


def unchanged(old: object, new: object) -> bool:
    """`new` still holds what `old`, a copy of it, held: tensors, arrays, modules, and containers of them."""
    if isinstance(old, Tensor):
        alike = old.shape == new.shape and old.dtype == new.dtype
        return alike and bool(((old == new) | ((old != old) & (new != new))).all())         # NaN differs from itself
    if isinstance(old, np.ndarray):
        return np.array_equal(old, new, equal_nan=old.dtype.kind in "fc") and old.dtype == new.dtype
    if isinstance(old, torch.nn.Module):
        return unchanged(dict(old.state_dict()), dict(new.state_dict()))
    if isinstance(old, dict):
        return old.keys() == new.keys() and all(unchanged(old[key], new[key]) for key in old)
    if isinstance(old, (list, tuple)):
        return len(old) == len(new) and all(map(unchanged, old, new))
    return not isinstance(old, (numbers.Number, str)) or old == new


def describe(values: dict[str, object]) -> str:
    """``X (40, 6) float32, k = 3``: arrays by shape and dtype, numbers by value, anything else not at all."""
    words = []
    for name, value in values.items():
        if isinstance(value, (Tensor, np.ndarray)):
            words.append(f"{name} {tuple(value.shape)} {str(value.dtype).removeprefix('torch.')}")
        elif isinstance(value, (bool, int, float)):
            words.append(f"{name} = {value!r}")
    return ", ".join(words)


def kind(value: object) -> str:
    """What `value` is, in words a student uses."""
    if isinstance(value, Tensor):
        return f"a tensor of shape {tuple(value.shape)}"
    if isinstance(value, np.ndarray):
        return "a NumPy array"
    if isinstance(value, numbers.Number):
        return f"the plain number {value:.5g}" if isinstance(value, float) else f"the plain number {value}"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    article = "an" if type(value).__name__[:1].lower() in "aeiou" else "a"
    return f"{article} {type(value).__name__}"


def _plain(value: Tensor) -> Tensor:
    value = value.detach().cpu()
    return value if value.is_complex() else value.double()
