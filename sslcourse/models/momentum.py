"""A teacher that follows its student: the exponential moving average of MoCo (arXiv:1911.05722), BYOL and DINO."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from .. import expect


@torch.no_grad()
def update_momentum(model: nn.Module, model_ema: nn.Module, m: float) -> None:
    """Move every parameter θ̄ of `model_ema` towards its θ in `model`, in place, and copy the buffers.

    MoCo (He et al., 2020), equation (2); BYOL (arXiv:2006.07733), equation (1):

        θ̄ ← m θ̄ + (1 − m) θ

    Buffers, such as BatchNorm's running means, are statistics and no weights: they are copied, whatever m is.
    (lightly's function of this name leaves them alone; a teacher in eval mode then normalises with the statistics that
    it was born with.)

    model, model_ema   two modules of one architecture, the second a `copy.deepcopy` of the first, say
    m                  in [0, 1]; 0 copies the student, 1 leaves the teacher's parameters as they are

    Raises ValueError for one and the same module, parameters or buffers of other names or shapes, a model_ema in half
    precision (which would stand still), m outside [0, 1].

    >>> student, teacher = nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)
    >>> _ = nn.init.constant_(student.weight, 1.0), nn.init.constant_(teacher.weight, 0.0)
    >>> for _ in range(3):
    ...     update_momentum(student, teacher, m=0.5)
    >>> teacher.weight.item()  # 1 − 0.5³
    0.875
    """
    for module, name in ((model, "model"), (model_ema, "model_ema")):
        expect.that(isinstance(module, nn.Module), name, module, "an nn.Module")
    got = expect.Words("the model itself")
    expect.that(model is not model_ema, "model_ema", got, "a model of its own, such as copy.deepcopy(model)")
    expect.number(m, "m", at_least=0, at_most=1)
    for name, weight in model_ema.named_parameters():
        got = expect.Words(f"{weight.dtype} weights ({name})")
        half = weight.dtype in (torch.float16, torch.bfloat16)
        expect.that(not half, "model_ema", got, "float32 ones: a step of 1 − m is lost in half precision's rounding")
    new, old = _matched(model.named_parameters(), model_ema.named_parameters(), "parameters")
    if old:
        torch._foreach_lerp_(old, new, 1 - m)  # θ̄ + (1 − m)(θ − θ̄), all in one go
    for buffer, target in zip(*_matched(model.named_buffers(), model_ema.named_buffers(), "buffers")):
        target.copy_(buffer)


def deactivate_requires_grad(model: nn.Module) -> None:
    """No gradient for any parameter of the model: a teacher is moved, never trained (BYOL, arXiv:2006.07733, 3.1).

    ValueError: no module.

    >>> teacher = nn.Linear(2, 2)
    >>> deactivate_requires_grad(teacher)
    >>> any(p.requires_grad for p in teacher.parameters())
    False
    """
    expect.that(isinstance(model, nn.Module), "model", model, "an nn.Module")
    model.requires_grad_(False)


def _matched(
    new: Iterable[tuple[str, Tensor]], old: Iterable[tuple[str, Tensor]], kind: str
) -> tuple[list[Tensor], list[Tensor]]:
    """The tensors of both models, name by name, the new ones in the old ones' type and place."""
    new, old = dict(new), dict(old)
    strangers = sorted(new.keys() ^ old.keys())
    got = expect.Words(f"other {kind} than the model: {', '.join(strangers[:3])}")
    expect.that(not strangers, "model_ema", got, f"the same {kind}")
    for name, value in new.items():
        got = expect.Words(f"{name} of shape {tuple(old[name].shape)}")
        expect.that(value.shape == old[name].shape, "model_ema", got, f"shape {tuple(value.shape)}, as in the model")
    return [value.detach().to(old[name]) for name, value in new.items()], [old[name].detach() for name in new]
