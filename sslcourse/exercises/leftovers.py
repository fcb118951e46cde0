"""What an answer may leave behind in the notebook, put back: the folder, the default dtype, the random numbers, and
functions of PyTorch that it has replaced by its own."""

from __future__ import annotations

import builtins
import contextlib
import math
import os
import random
from collections.abc import Iterator

import numpy as np
import torch

from .. import runtime

MODULES = (torch, torch.nn.functional, torch.linalg, torch.special, torch.autograd, math, builtins)


@contextlib.contextmanager
def put_back() -> Iterator[list[str]]:
    """Yields a list which in the end names what was replaced: ``["torch.nn.functional.normalize"]``."""
    dtype, threads, replaced = torch.get_default_dtype(), torch.get_num_threads(), []
    folder = _folder()
    before = [(module, dict(vars(module))) for module in MODULES]
    methods = dict(vars(torch.Tensor))
    try:
        yield replaced
    finally:
        for module, names in before:
            for name, value in names.items():
                now = vars(module).get(name)
                if now is not value and not str(getattr(now, "__module__", "")).startswith("torch"):
                    replaced.append(f"{module.__name__}.{name}")        # (PyTorch itself renews some on first use)
                    setattr(module, name, value)
        for name, value in dict(vars(torch.Tensor)).items():
            if methods.get(name, methods) is not value:
                replaced.append(f"torch.Tensor.{name}")
                setattr(torch.Tensor, name, methods[name]) if name in methods else delattr(torch.Tensor, name)
        torch.set_default_dtype(dtype)
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        if folder is not None and _folder() != folder:
            os.chdir(folder)


@contextlib.contextmanager
def random_numbers() -> Iterator[None]:
    """Whatever is drawn inside shifts none of the notebook's random numbers: PyTorch's, NumPy's or Python's."""
    numpy, python = np.random.get_state(), random.getstate()
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        np.random.set_state(numpy)
        random.setstate(python)


def seed(number: int) -> None:
    """Start all three generators from `number`, so that a check of a random answer ends the same each time."""
    # torch.manual_seed also writes down a stack for a GPU that may come later: without one, a hundred times as slow
    (torch.default_generator if runtime.device().type == "cpu" else torch).manual_seed(number)
    np.random.seed(number)
    random.seed(number)


def _folder() -> str | None:
    try:
        return os.getcwd()
    except OSError:                         # it was removed meanwhile
        return None
