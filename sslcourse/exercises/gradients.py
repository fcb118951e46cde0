"""What an answer that is trained on teaches its inputs, beside what the reference teaches them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from . import compare
from .faults import Finding

TOLERANCE = {torch.float64: 1e-5}           # of a gradient; 1e-3 for the other dtypes


@dataclass
class Traced:
    """What a function returned, cut off from the graph, and what each part of it teaches the inputs.

    `slopes` has one dict for each part that came back, from the input's name to the gradient: None for a part that no
    gradient goes through, or the error that stopped it. `cut` are the positions of inputs that were cut off in place.
    """

    value: object
    slopes: list[dict[str, Tensor] | Exception | None]
    cut: tuple[int, ...] = ()


def traced(function: Callable, inputs: Mapping[str, int], through: Mapping[str, Callable]) -> Callable[..., Traced]:
    """`function`, called with tensors that ask for a gradient at the positions `inputs` of its arguments.

    An input may be a network as well; it is then the network's parameters that ask. `through` has, for some of the inputs,
    what they go through once more on their way, which must leave their values as they are.
    """
    def around(*args: object) -> Traced:
        given, leaves, before = list(args), {}, {}
        for name, i in inputs.items():
            if isinstance(args[i], nn.Module):
                given[i] = copy.deepcopy(args[i]).requires_grad_()
                leaves[name] = list(given[i].parameters())
            else:                                           # not a leaf: in training it isn't one either
                leaf = args[i].detach().clone().requires_grad_()
                given[i], leaves[name] = through.get(name, _as_it_is)(leaf), [leaf]
                before[i] = given[i].detach().clone()
        value = function(*given)
        for i in inputs.values():                           # a change in place must stay to be seen
            if i in before and not compare.unchanged(before[i], given[i].detach()):
                args[i].data = given[i].detach().clone()
            elif isinstance(args[i], nn.Module):            # and so must a gradient that is left behind
                for own, used in zip(args[i].parameters(), given[i].parameters()):
                    own.grad = used.grad
        parts = value if isinstance(value, (tuple, list)) else [value]
        slopes = [_slopes(part, leaves) for part in parts]
        parts = [part.detach() if isinstance(part, Tensor) else part for part in parts]
        cut = tuple(i for i in inputs.values() if isinstance(given[i], Tensor) and not given[i].requires_grad)
        return Traced(type(value)(parts) if type(value) in (tuple, list) else parts[0], slopes, cut)

    return around


def _as_it_is(leaf: Tensor) -> Tensor:
    return leaf * 1


def _slopes(part: object, leaves: dict[str, list[Tensor]]) -> dict[str, Tensor] | Exception | None:
    if not isinstance(part, Tensor) or not part.requires_grad:
        return None
    weights = torch.ones_like(part)                         # a table is summed up with weights that tell its entries apart
    if part.ndim:
        drawn = torch.randn(part.shape, generator=torch.Generator().manual_seed(7), dtype=torch.float64)
        weights = drawn.to(part.device, part.dtype)
    total = (torch.where(part.isfinite(), part, 0.0) * weights).sum()
    flat = [leaf for several in leaves.values() for leaf in several]
    try:
        found = torch.autograd.grad(total, flat, retain_graph=True, allow_unused=True, materialize_grads=True)
    except Exception as error:
        return error
    found = iter(found)
    return {name: torch.cat([next(found).flatten() for _ in several]) if len(several) != 1 else next(found)
            for name, several in leaves.items()}


def right(got: dict | Exception | None, want: dict | None) -> bool:
    """`got` is what `want` is. Where nothing is to be taught, a part without any gradient will do."""
    if want is None:
        return True
    if got is None:
        return all(not _any(slope) for slope in want.values())
    return isinstance(got, dict) and all(_close(got[name], want[name]) for name in want)


def finding(pairs: list[tuple[object, dict]], part: str, networks: Collection[str] = ()) -> Finding:
    """What to say of a part whose value is right in every case and whose gradient is not; one pair (got, want) a case.

    `networks` are the names of the inputs that are no tensors: these have weights.
    """
    names = list(pairs[0][1])
    error = next((got for got, _ in pairs if isinstance(got, Exception)), None)
    if error is not None:
        why = (" A tensor was written into although its gradient needs what stood there: `+=`, `d[...] = …`, or a method "
               "that ends in `_`. Make a new tensor in its place: `masked_fill` without the `_`, or `torch.where`."
               if "modified by an inplace operation" in str(error) else "")
        return Finding("gradient_error", f"The value of `{part}` is right, but PyTorch cannot work out a gradient through "
                       f"the way it was computed.{why}", error=f"{type(error).__name__}: {error}"[:400])
    wanted = [name for name in names if any(_any(want[name]) for _, want in pairs)]
    if any(got is None for got, want in pairs if any(map(_any, want.values()))):
        return Finding("detached", f"The value of `{part}` is right, but no gradient gets back to {_listed(wanted)}: nothing "
                       "can be trained with it. `.detach()`, `torch.no_grad()`, `.data`, `.item()`, NumPy, or a new tensor "
                       "made of numbers all cut it off.")
    pairs = [(dict.fromkeys(want, torch.zeros(())) if got is None else got, want) for got, want in pairs]
    wrong = [name for name in names if not all(_close(got[name], want[name]) for got, want in pairs)]
    if any(not bool(got[name].isfinite().all()) for got, _ in pairs for name in wrong):
        return Finding("gradient_nan", f"The value of `{part}` is right, but its gradient is not a number: the root or the "
                       "norm of 0, a division by 0, or an infinity that was only masked afterwards?")
    cut = [name for name in wrong if name in wanted and all(not _any(got[name]) for got, _ in pairs)]
    if cut and cut == wrong:
        return Finding("half_detached", f"The value of `{part}` is right, but no gradient reaches {_listed(cut)}, "
                       "which should learn from it too. Something cuts it off on the way: a `.detach()` too many, a "
                       "`float(…)`, or a new tensor made of its numbers.")
    leaks = [name for name in wrong if name not in wanted]
    if leaks and leaks == wrong:
        still = "stand" if len(leaks) > 1 else "stands"
        how = "use its weights detached" if leaks[0] in networks else f"`{leaks[0]}.detach()`"
        return Finding("leaks", f"The value of `{part}` is right, but a gradient flows into {_listed(leaks)}, which {still} "
                       f"still here: {how}.")
    return Finding("gradient_differs", f"The value of `{part}` is right, but what it teaches {_listed(wrong)} is not: the "
                   "gradient is another one. Is something detached, rounded, or compared, that should be differentiated?")


def _close(got: Tensor, want: Tensor) -> bool:
    if got.shape != want.shape:
        return not _any(got) and not _any(want)
    within = TOLERANCE.get(want.dtype, 1e-3) * compare.scale(want)
    return bool(((got - want).abs() <= within).all())


def _any(slope: Tensor) -> bool:
    return bool((slope != 0).any())


def _listed(names: list[str]) -> str:
    return " and ".join(f"`{name}`" for name in names)
