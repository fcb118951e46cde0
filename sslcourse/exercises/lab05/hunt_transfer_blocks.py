"""Bug hunt of lab 05: every weight has come across, and something has not."""

from __future__ import annotations

import copy

import torch

from ... import methods
from ..engine import hunt
from .transfer_blocks import EXERCISE as TRANSFER_BLOCKS


def hunt_transfer_blocks(source, target, n_blocks):
    """A copy of `target` whose first n_blocks blocks are those of `source`."""
    net = copy.deepcopy(target)
    learned = dict(source.named_parameters())
    wanted = [name for names in methods.resnet_blocks(source)[:n_blocks] for name in names]
    with torch.no_grad():
        for name, weight in net.named_parameters():
            if name.split(".")[0] in wanted:
                weight.copy_(learned[name])
    return net


EXERCISE = hunt(
    TRANSFER_BLOCKS, hunt_transfer_blocks, title="Bug hunt: all weights are there",
    hints=("The new network has the old one's weights, number by number, and still it gives other features for the same "
           "image, in evaluation mode. What does a network hold besides what it learns by gradients?",
           "Compare `source.state_dict()` with `dict(source.named_parameters())`: which names stand in one of them alone, "
           "and to which modules do they belong?",
           "The running means and variances of the BatchNorms are buffers. For each wanted name, "
           "`net.get_submodule(name).load_state_dict(source.get_submodule(name).state_dict())` brings both."),
)
