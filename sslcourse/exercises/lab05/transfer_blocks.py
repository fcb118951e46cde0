"""Exercise `transfer_blocks`: the first blocks of one network, the rest of another."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn

from ... import methods, models, runtime
from ..compare import close
from ..engine import Exercise, Wrong, catches


def networks() -> dict[str, tuple]:
    return {
        "the stem alone": (*_pair(4, (1, 1), seed=1), 1),
        "the first two blocks of four": (*_pair(4, (1, 1, 1), seed=0), 2),
        "all but the last block": (*_pair(3, (1, 2, 1), seed=2), 3),
        "a network of one stage": (*_pair(5, (2,), seed=3), 1),
        "no block at all": (*_pair(4, (1, 1), seed=4), 0),
        "every block": (*_pair(3, (1, 1), seed=5), 3),
    }


@torch.no_grad()
def _pair(width: int, depth: tuple[int, ...], seed: int) -> tuple[models.ResNet, models.ResNet]:
    """Two ResNets with other weights, and other BatchNorm statistics, in each."""
    with runtime.seeded(seed):
        pair = models.ResNet(width, depth), models.ResNet(width, depth)
        for net in pair:
            for part in net.modules():
                if isinstance(part, nn.BatchNorm2d):
                    for values in (part.weight, part.running_var):
                        values.copy_(0.5 + torch.rand_like(values))
                    for values in (part.bias, part.running_mean):
                        values.copy_(torch.randn_like(values))
                    part.num_batches_tracked += int(torch.randint(1, 100, ()))
    return pair


FROZEN = ("Some parameters of the network that comes back do not learn: `requires_grad` is off, which it is in neither of "
          "the two. The lab trains the whole network on.")


def weights_and_memory(function: Callable, source: models.ResNet, target: models.ResNet, n_blocks: int
                       ) -> Tensor | Wrong | None:
    """All weights and buffers of the network that comes back, in a row; then whether it shares memory with either."""
    net = function(source, target, n_blocks)
    if net is None:
        return None
    if not isinstance(net, nn.Module):
        raise TypeError(f"a network should come back, and this is a {type(net).__name__}")
    shares = [float(not _memory(net).isdisjoint(_memory(other))) for other in (source, target)]
    row = torch.cat([_row(net), torch.tensor(shares)])
    return row if all(p.requires_grad for p in net.parameters()) else Wrong(row, "frozen", FROZEN, seen=row)


def _row(net: nn.Module) -> Tensor:
    return torch.cat([value.detach().flatten().float() for value in net.state_dict().values()])


def _memory(net: nn.Module) -> set[int]:
    return {value.data_ptr() for value in net.state_dict().values()}


def _with(source: nn.Module, target: nn.Module, names: Iterable[str], *, buffers: bool = True) -> Tensor:
    """The row of a copy of `target` with these modules from `source`."""
    net = copy.deepcopy(target)
    for name in names:
        mine, theirs = net.get_submodule(name), source.get_submodule(name)
        if buffers:
            mine.load_state_dict(theirs.state_dict())
        else:
            mine.load_state_dict(dict(theirs.named_parameters()), strict=False)
    return _row(net)


def _names(blocks: Iterable[tuple[str, ...]]) -> list[str]:
    return [name for names in blocks for name in names]


def _first(net: models.ResNet, n_blocks: int) -> list[str]:
    return _names(methods.resnet_blocks(net)[:n_blocks])


@catches("The network that comes back shares memory with one that was handed in: training it would change that one too. "
         "Copy the numbers into a `copy.deepcopy(target)`.")
def shares_memory(got, source, target, n_blocks):
    return bool(got[-2:].any()) and not bool(((got[-2:] != 0) & (got[-2:] != 1)).any())


@catches("The weights have come across, but the BatchNorms still hold the running means and variances of `target`. These "
         "are buffers, not parameters: a state dict holds both.")
def buffers_forgotten(got, source, target, n_blocks):
    return close(got[:-2], _with(source, target, _first(source, n_blocks), buffers=False))


@catches("These are the last blocks of `source`, next to the classifier. Wanted are the first, next to the image.")
def last_blocks(got, source, target, n_blocks):
    blocks = methods.resnet_blocks(source)
    return close(got[:-2], _with(source, target, _names(blocks[len(blocks) - n_blocks:])))


@catches("The two have changed places: first blocks from `target`, the rest from `source`. The trained network gives the "
         "first blocks.")
def swapped(got, source, target, n_blocks):
    return close(got[:-2], _with(target, source, _first(source, n_blocks)))


@catches("These are the first modules of the network, and not its first blocks: the stem is a block of two modules, a "
         "convolution and its BatchNorm. `methods.resnet_blocks` gives the names of each block.")
def counts_modules(got, source, target, n_blocks):
    children = [name for name, _ in source.named_children()]
    names = _names(methods.resnet_blocks(source))
    return any(close(got[:-2], _with(source, target, listed[:n_blocks])) for listed in (children, names))


@catches("The convolution of the stem has come across, its BatchNorm has not. They were trained together and are one "
         "block.")
def stem_without_its_norm(got, source, target, n_blocks):
    return close(got[:-2], _with(source, target, [name for name in _first(source, n_blocks) if name != "bn1"]))


@catches("Only one block has come across, the last of those asked for. Wanted are *all* of the first `n_blocks`: a loop over "
         "`[:n_blocks]`.")
def one_block_alone(got, source, target, n_blocks):
    names = methods.resnet_blocks(source)[n_blocks - 1]
    return n_blocks > 1 and close(got[:-2], _with(source, target, names))


@catches("The convolutions have come across, the BatchNorms between them have not: a block is all that it holds.")
def convolutions_alone(got, source, target, n_blocks):
    net, first = copy.deepcopy(target), _first(source, n_blocks)
    state = {name: value for name, value in source.state_dict().items()
             if value.ndim == 4 and any(name.startswith(f"{block}.") for block in first)}
    net.load_state_dict(state, strict=False)
    return close(got[:-2], _row(net))


@catches("The weights are those of the first blocks, and the running means and variances are those of *all* blocks of "
         "`source`. Both stop with block `n_blocks`.")
def buffers_of_every_block(got, source, target, n_blocks):
    net = copy.deepcopy(target)
    for name in _first(source, n_blocks):
        net.get_submodule(name).load_state_dict(source.get_submodule(name).state_dict())
    net.load_state_dict(dict(source.named_buffers()), strict=False)
    return close(got[:-2], _row(net))


@catches("One block too many. With `n_blocks = 0` nothing is transferred, with 1 the stem alone.")
def one_too_many(got, source, target, n_blocks):
    return close(got[:-2], _with(source, target, _first(source, n_blocks + 1)))


@catches("One block too few. The stem counts: with `n_blocks = 1` it is transferred.")
def one_too_few(got, source, target, n_blocks):
    return n_blocks > 0 and close(got[:-2], _with(source, target, _first(source, n_blocks - 1)))


@catches("Everything has come from one of the two networks. Only the first `n_blocks` blocks shall be those of `source`, "
         "the rest stay those of `target`.")
def one_network_only(got, source, target, n_blocks):
    return close(got[:-2], _row(source)) or close(got[:-2], _row(target))


EXERCISE = Exercise(
    "transfer_blocks", "05_transfer_learning", "The first blocks of a trained network", minutes=12, difficulty=2,
    importance=5, reference=methods.transfer_blocks, returns=("network",), cases=networks, measure=weights_and_memory,
    used_in="in the transfer of blocks below",
    mistakes=(shares_memory, buffers_forgotten, last_blocks, swapped, stem_without_its_norm, counts_modules, one_too_many,
              one_too_few, one_network_only, one_block_alone, convolutions_alone,
              buffers_of_every_block),
    hints=("Make a copy of the one network. Then, block by block from the image upwards, overwrite what it holds with the "
           "numbers of the other.",
           "Copy `target` whole. Two loops, over the first so many entries of the list and over the names in an entry: "
           "`net.get_submodule(name)` is what bears the name, and its `state_dict()` holds weights and buffers.",
           "`net = copy.deepcopy(target)`; for each name in each of the first `n_blocks` blocks, "
           "`net.get_submodule(name).load_state_dict(source.get_submodule(name).state_dict())`; return `net`."),
)
