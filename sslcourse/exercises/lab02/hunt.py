"""The lab's bug hunt: a penalty that has the right value, and trains nothing."""

from __future__ import annotations

import torch

from ..engine import hunt
from . import jacobian_norm_estimate


def hunt_penalty(encode, x, v):
    x = x.detach().requires_grad_()
    z = encode(x)
    gradient = torch.autograd.grad((z * v).sum(), x)[0]
    return gradient.flatten(1).square().sum(dim=1)


EXERCISE = hunt(
    jacobian_norm_estimate.EXERCISE, hunt_penalty, title="A penalty that changes nothing",
    hints=("The value is right, so look at what comes after it. What does training do with this number next?",
           "The penalty must be differentiated once more, by the encoder's weights. Which line keeps no record of how its "
           "result was computed?",
           "`torch.autograd.grad` throws its graph away unless it is told otherwise: `create_graph=True`."),
)
