"""The optimiser, with weight decay only where it belongs."""

from __future__ import annotations

import torch
from torch import nn

from .. import expect
from .muon import Muon

OPTIMIZERS = ("adamw", "muon", "sgd")


def make(method: nn.Module, name: str, lr: float, weight_decay: float, momentum: float) -> torch.optim.Optimizer:
    """AdamW (Loshchilov & Hutter, 2019), Muon or SGD with Nesterov momentum over the parameters that want a gradient.

    Norms' scales and all biases are not decayed: pulling them to 0 regularises nothing, and changes what the layer before
    may produce (Chen et al., 2020, appendix B.7 leave them out likewise).
    """
    expect.one_of(name, "optimizer", OPTIMIZERS)
    wanted = [p for p in method.parameters() if p.requires_grad]
    expect.that(bool(wanted), "method", method, "a module with parameters to train")
    groups = [
        {"params": [p for p in wanted if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in wanted if p.ndim <= 1], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    if name == "adamw":
        return torch.optim.AdamW(groups, lr=lr)
    if name == "muon":
        return Muon(groups, lr=lr, momentum=momentum)
    return torch.optim.SGD(groups, lr=lr, momentum=momentum, nesterov=momentum > 0)
