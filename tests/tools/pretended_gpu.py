"""A second device on a machine that has one: tensors that say "cuda", and compute on the CPU.

    with pretended_gpu():
        method.to("cuda")
        method.loss(images.to("cuda")).backward()

A pretended tensor wraps a CPU tensor. Every operation unwraps, computes, and wraps its result, so that numbers are real and
autograd is PyTorch's own. Where CUDA would refuse, this refuses as well, by `Mixed`: a CPU tensor of one axis or more meets a
tensor on the GPU, a CPU generator draws on the GPU, a tensor on the GPU is asked for its NumPy array.

Where Python waits for the device is told to `waits.note`; threads that are begun inside have the device, too.
What it can't see: CUDA's own kernels, streams, and mixed precision.
"""

from __future__ import annotations

import contextlib
import threading
import warnings
from collections.abc import Iterator

import numpy as np
import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from tests.tools import waits

GPU, CPU = torch.device("cuda", 0), torch.device("cpu")
aten = torch.ops.aten
_READS = ("item", "tolist", "__float__", "__int__", "__bool__", "__index__")    # allowed: the CPU waits for the number


class Mixed(RuntimeError):
    """Two devices met in one operation."""


class Pretended(torch.Tensor):
    """`inner`, a CPU tensor, under the name of another device."""

    @staticmethod
    def __new__(cls, inner: torch.Tensor):
        made = torch.Tensor._make_wrapper_subclass(
            cls, inner.size(), strides=inner.stride(), storage_offset=inner.storage_offset(), dtype=inner.dtype,
            device="meta",  # what PyTorch's inside sees: a device that has no kernels, so that nothing passes by unseen
        )
        made.inner = inner
        return made

    device = property(lambda self: GPU)
    is_cuda, is_cpu, is_meta = (property(lambda self, says=says: says) for says in (True, False, False))

    def __repr__(self, **_) -> str:
        return f"{repr(self.detach().inner)[:-1]}, device='{GPU}')"

    def __format__(self, spec: str) -> str:
        return format(self.inner.item(), spec) if self.ndim == 0 else repr(self)

    def _no_array(self, *_, **__):
        raise Mixed("can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory.")

    numpy = __array__ = _no_array

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        return _compute(func, args, kwargs or {})


def wrapped(x: object) -> object:
    return Pretended(x) if isinstance(x, torch.Tensor) and not isinstance(x, Pretended) else x


def _on_gpu(device: object) -> bool:
    """Whether a device is the pretended one: "meta" is what PyTorch's own inside takes it for."""
    return device is not None and torch.device(device).type in ("cuda", "meta")


def _compute(func, args: tuple, kwargs: dict):
    """One operation: refused where devices mix, else computed on the CPU, its result on the device of its inputs."""
    tensors = [x for x in tree_leaves((args, kwargs)) if isinstance(x, torch.Tensor)]
    gpu = [x for x in tensors if isinstance(x, Pretended)]
    to = kwargs.get("device")
    there = _on_gpu(to) if to is not None else bool(gpu)
    if gpu and func not in (aten._to_copy.default, aten.copy_.default):
        # a CPU index into a GPU tensor is copied over by PyTorch; anything else of one axis or more is refused
        looked_at = [args[0], *args[2:3]] if func in waits.INDEXED else tensors
        alone = [x for x in looked_at if isinstance(x, torch.Tensor) and not isinstance(x, Pretended) and x.ndim > 0]
        if alone:
            shapes = ", ".join(f"{'gpu' if isinstance(x, Pretended) else 'CPU'} {tuple(x.shape)}" for x in tensors)
            raise Mixed(f"Expected all tensors to be on the same device, but found cuda:0 and cpu: {func} of {shapes}")
    waits.of_operation(func, args, kwargs, lambda x: isinstance(x, Pretended), there)
    generator = kwargs.get("generator")
    if there and generator is not None and generator.device.type == "cpu":
        raise Mixed(f"{func}: a CPU generator draws on the GPU")
    kwargs = {**kwargs, "device": CPU} if to is not None else kwargs
    inner_args, inner_kwargs = tree_map(lambda x: x.inner if isinstance(x, Pretended) else x, (args, kwargs))
    with torch.no_grad():
        out = func(*inner_args, **inner_kwargs)
    if gpu and torch.Tag.inplace_view in func.tags:  # squeeze_() and the like: the name has to change its shape, too
        with torch._C._DisableTorchDispatch():
            func(*args, **kwargs)
    if not there:
        return args[0] if func is aten.copy_.default else out
    known = {id(x.inner): x for x in gpu}  # an operation in place gives back the very tensor that came in
    return tree_map(lambda x: known.get(id(x), wrapped(x)) if isinstance(x, torch.Tensor) else x, out)


class _Inside(TorchDispatchMode):
    """Operations that name the GPU, and have no pretended tensor among their arguments."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return _compute(func, args, kwargs or {})


class _Front(TorchFunctionMode):
    """What would start CUDA before any operation is reached: factories with a device, `to`, `cuda`, `cpu`, reads."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs, name, first = dict(kwargs or {}), getattr(func, "__name__", ""), args[0] if args else None
        if name in ("to", "cuda") and isinstance(first, torch.Tensor):
            return _moved(first, (GPU,) if name == "cuda" else args[1:], kwargs)
        if name == "cpu" and isinstance(first, Pretended):
            return aten._to_copy.default(first, device=CPU)
        if name in _READS and isinstance(first, Pretended):
            waits.note(f"{name.strip('_')}()")
            with torch._C.DisableTorchFunction():
                return func(first.detach().inner, *args[1:], **kwargs)
        if name in ("__getitem__", "__setitem__") and isinstance(first, Pretended):     # a list would become a tensor in C++
            args = (first, _as_index(args[1]), *args[2:])
        if name == "new_tensor" and isinstance(first, Pretended):
            waits.note("new_tensor()")
            return wrapped(torch.tensor(args[1], dtype=kwargs.get("dtype", first.dtype)))
        if _on_gpu(kwargs.get("device")):
            generator = kwargs.get("generator")
            if generator is not None and generator.device.type == "cpu":
                raise Mixed(f"{name}: a CPU generator draws on the GPU")
            if name in ("tensor", "as_tensor", "asarray", "scalar_tensor") and not isinstance(first, Pretended):
                waits.note(f"torch.{name}(…, device=…)")
            if any(isinstance(a, Pretended) for a in args):
                return func(*args, **{k: v for k, v in kwargs.items() if k != "device"})
            return wrapped(func(*args, **{**kwargs, "device": "cpu"}))
        return func(*args, **kwargs)


def _as_index(index: object) -> object:
    """An index with tensors of the CPU in place of its lists and arrays."""
    if isinstance(index, tuple):
        return tuple(map(_as_index, index))
    return torch.as_tensor(index) if isinstance(index, (list, np.ndarray)) else index


def _moved(x: torch.Tensor, rest: tuple, kwargs: dict) -> torch.Tensor:
    """`x.to(…)`, in all its spellings."""
    device, dtype, layout = kwargs.get("device"), kwargs.get("dtype"), kwargs.get("memory_format")
    for word in rest:
        if isinstance(word, torch.Tensor):
            device, dtype = word.device, word.dtype
        elif isinstance(word, torch.dtype):
            dtype = word
        elif isinstance(word, (torch.device, str)):
            device = word
    away = device is not None and not _on_gpu(device) and isinstance(x, Pretended)
    there = _on_gpu(device) and not isinstance(x, Pretended)
    options = {k: v for k, v in (("dtype", dtype), ("memory_format", layout)) if v is not None}
    if not (away or there or kwargs.get("copy") or layout is not None or dtype not in (None, x.dtype)):
        return x
    if there:
        waits.note("copy to the GPU") if not kwargs.get("non_blocking") else None
        with torch._C.DisableTorchFunction(), torch.no_grad():
            return wrapped(aten._to_copy.default(x.detach(), **options))
    return aten._to_copy.default(x, **options, **({"device": CPU} if away else {}))


def move(module: nn.Module) -> nn.Module:
    """What ``module.to("cuda")`` does: parameters and buffers go over, other attributes stay where they are."""
    seen: dict[int, torch.Tensor] = {}
    for part in module.modules():
        for held, make in ((part._parameters, lambda p: nn.Parameter(wrapped(p.detach().clone()), p.requires_grad)),
                           (part._buffers, lambda b: wrapped(b.detach().clone()))):
            for name, value in held.items():
                if value is not None and not isinstance(value.detach(), Pretended):
                    held[name] = seen.setdefault(id(value), make(value))
    return module


@contextlib.contextmanager
def pretended_gpu() -> Iterator[None]:
    """Inside the block "cuda" is a device that any machine has."""
    own_to, own_run = nn.Module.to, threading.Thread.run

    def to(self, *args, **kwargs):
        device = kwargs.get("device", args[0] if args else None)
        return move(self) if isinstance(device, (str, torch.device)) and _on_gpu(device) else own_to(self, *args, **kwargs)

    def run(thread):
        with torch.autograd.set_multithreading_enabled(False), _Inside(), _Front():
            own_run(thread)

    nn.Module.to, threading.Thread.run = to, run
    try:
        with (
            warnings.catch_warnings(), torch.backends.cudnn.flags(enabled=False), sdpa_kernel([SDPBackend.MATH]),
            torch.autograd.set_multithreading_enabled(False), _Inside(), _Front(),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        nn.Module.to, threading.Thread.run = own_to, own_run
