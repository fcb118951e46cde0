"""Bug hunt in lab 14: a masked error that falls with the share that is hidden, whatever the network says."""

from __future__ import annotations

import torch

from .. import engine
from .masked_mse import EXERCISE as MASKED_MSE


def hunt_masked_mse(prediction, target, mask, normalize_target=False):
    if normalize_target:
        variance, mean = torch.var_mean(target, dim=-1, keepdim=True)
        target = (target - mean) / (variance + 1e-6).sqrt()
    error = (prediction - target).square().mean(dim=-1)
    return (error * mask).mean()


EXERCISE = engine.hunt(
    MASKED_MSE, hunt_masked_mse, title="A loss that likes small masks",
    hints=("Say the network answers 0 everywhere. What should the loss be with a quarter hidden, and with three quarters?",
           "The visible patches are multiplied by 0. By what is the sum divided afterwards, and by what should it be?",
           "`(error * mask).mean()` divides by N · L. The number of hidden patches is `mask.sum()`."),
)
