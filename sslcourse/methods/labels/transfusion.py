"""Transfusion: start a network from another one's first blocks, or only from the scale of its weights.

Raghu, Zhang, Kleinberg & Bengio (2019), "Transfusion: understanding transfer learning for medical imaging",
arXiv:1902.07208, section 5: the Mean Var init (5.1) and weight transfusion (5.2).
"""

from __future__ import annotations

import copy

import torch
from torch import nn

from ... import expect, models


def _check_resnet(encoder):
    expect.that(isinstance(encoder, models.ResNet), "encoder", encoder, "a models.ResNet")


@expect.checked(_check_resnet)
def resnet_blocks(encoder: models.ResNet) -> list[tuple[str, ...]]:
    """The blocks of a ResNet from the image upwards, each as the names of its modules; the classifier is none of them.

    The stem, a convolution and its BatchNorm, is one block; then each stage is one. ValueError: not a `models.ResNet`.

    >>> resnet_blocks(models.small_resnet())
    [('conv1', 'bn1'), ('layer1',), ('layer2',), ('layer3',)]
    """
    return [("conv1", "bn1"), *((f"layer{s + 1}",) for s in range(encoder.stages))]


def _check_transfer_blocks(source, target, n_blocks):
    for module, name in ((source, "source"), (target, "target")):
        expect.that(isinstance(module, models.ResNet), name, module, "a models.ResNet")
    blocks = resnet_blocks(source)
    expect.integer(n_blocks, "n_blocks", at_least=0, at_most=len(blocks))
    same = resnet_blocks(target) == blocks
    same = same and all(_shapes(source, name) == _shapes(target, name) for names in blocks for name in names)
    expect.that(same, "target", expect.Words("another architecture"), "the architecture of source")


@expect.checked(_check_transfer_blocks)
def transfer_blocks(source: models.ResNet, target: models.ResNet, n_blocks: int) -> models.ResNet:
    """A copy of `target` whose first `n_blocks` blocks are those of `source`; both stay as they were.

    source    a trained ResNet
    target    one of the same architecture, as a rule with fresh random weights
    n_blocks  0, a plain copy of `target`, to the number of `resnet_blocks`, all of them. With a block go its weights and
              its BatchNorms' running statistics. A classifier is never transferred.

    The paper's weight transfusion (section 5.2). Raises ValueError for other modules, two architectures, or n_blocks out of
    range.

    >>> source, target = models.small_resnet(), models.small_resnet()
    >>> net = transfer_blocks(source, target, n_blocks=2)
    >>> same = lambda name, other: torch.equal(net.get_parameter(name), other.get_parameter(name))
    >>> same("layer1.0.conv1.weight", source), same("layer2.0.conv1.weight", target)
    (True, True)
    """
    net = copy.deepcopy(target)
    for names in resnet_blocks(source)[:n_blocks]:
        for name in names:
            # a state dict holds the buffers too, and loading one copies the numbers into the memory of `net`
            net.get_submodule(name).load_state_dict(source.get_submodule(name).state_dict())
    return net


def _check_mean_var_init(source, target):
    for module, name in ((source, "source"), (target, "target")):
        expect.that(isinstance(module, nn.Module), name, module, "an nn.Module")
    shapes = [{name: tuple(p.shape) for name, p in module.named_parameters()} for module in (source, target)]
    expect.that(shapes[0] == shapes[1], "target", expect.Words("other parameters"), "the parameters that source has")


@expect.checked(_check_mean_var_init)
def mean_var_init(source: nn.Module, target: nn.Module) -> nn.Module:
    """A copy of `target` with new random weights, which have in each tensor the mean and the spread of `source`'s tensor.

    Every parameter of two dimensions or more is drawn anew, each entry from a normal distribution with the mean and the
    standard deviation of the same parameter of `source`. Biases and BatchNorms stay as in `target`. What `source` has
    learned about images is gone; what it has learned about the size of its weights is kept (section 5.1 of the paper, the
    "Mean Var init"). Draws come from torch's global generator. `source` and `target` stay as they were.

    Raises ValueError where the two have other parameters.

    >>> source, target = nn.Linear(400, 100), nn.Linear(400, 100)
    >>> _ = nn.init.normal_(source.weight, mean=2.0, std=0.5)
    >>> net = mean_var_init(source, target)
    >>> round(net.weight.mean().item(), 1), round(net.weight.std().item(), 1), torch.equal(net.bias, target.bias)
    (2.0, 0.5, True)
    """
    net = copy.deepcopy(target)
    learned = dict(source.named_parameters())
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            if parameter.ndim >= 2:
                weight = learned[name]
                parameter.copy_(weight.mean() + weight.std() * torch.randn_like(parameter))
    return net


def _shapes(net: nn.Module, name: str) -> dict[str, tuple[int, ...]]:
    return {key: tuple(value.shape) for key, value in net.get_submodule(name).state_dict().items()}
