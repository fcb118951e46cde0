"""Exercise `mean_var_init`: random weights that have the mean and the spread of trained ones."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ... import methods, runtime
from ..engine import Exercise, catches

#: what is asked of the network that comes back, in the order of `statistics`
NEW, MEAN, SPREAD, REST, MEMORY = range(5)


def networks() -> dict[str, tuple]:
    return {
        "two linear layers": _pair([nn.Linear(60, 50), nn.ReLU(), nn.Linear(50, 60)], seed=0),
        "a convolution and a norm": _pair([nn.Conv2d(16, 32, 3), nn.BatchNorm2d(32)], seed=1),
        "a deeper one": _pair([nn.Linear(40, 60), nn.Linear(60, 80), nn.LayerNorm(80), nn.Linear(80, 40)], seed=2),
    }


@torch.no_grad()
def _pair(layers: list[nn.Module], seed: int) -> tuple[nn.Module, nn.Module]:
    """Two networks; in the first each weight has a mean and a spread of its own, far from those of the second."""
    pair = []
    with runtime.seeded(seed):
        for mean, spread in ((2.0, 0.3), (-1.0, 4.0)):
            net = nn.Sequential(*[type(layer)(*_arguments(layer)) for layer in layers])
            for i, parameter in enumerate(net.parameters()):
                parameter.normal_(mean * (1 + i), spread / (1 + i))
            pair.append(net)
    return tuple(pair)


def _arguments(layer: nn.Module) -> tuple:
    if isinstance(layer, nn.Linear):
        return layer.in_features, layer.out_features
    if isinstance(layer, nn.Conv2d):
        return layer.in_channels, layer.out_channels, layer.kernel_size
    return () if isinstance(layer, nn.ReLU) else (layer.weight.shape[0],)


def statistics(function: Callable, source: nn.Module, target: nn.Module) -> Tensor | None:
    """For each weight tensor (T, 5), 1 or 0: drawn anew · mean right · spread right · the rest untouched · own memory."""
    net = function(source, target)
    if net is None:
        return None
    if not isinstance(net, nn.Module):
        raise TypeError(f"a network should come back, and this is a {type(net).__name__}")
    learned, old = dict(source.named_parameters()), dict(target.named_parameters())
    memory = {value.data_ptr() for module in (source, target) for value in module.state_dict().values()}
    own = all(value.data_ptr() not in memory for value in net.state_dict().values())
    rest = all(torch.equal(p, old[name]) for name, p in net.named_parameters() if p.ndim < 2)
    rows = []
    for name, parameter in net.named_parameters():
        if parameter.ndim >= 2:
            got, want = parameter.detach().double(), learned[name].detach().double()
            within = 5 * max(got.std(), want.std()) / want.numel() ** 0.5      # five standard errors of a mean
            new = not _correlated(got, want) and not torch.equal(parameter, old[name])
            rows.append([new, (got.mean() - want.mean()).abs() < within, (got.std() / want.std() - 1).abs() < 0.15,
                         rest, own])
    return torch.tensor(rows, dtype=torch.float64)


def _correlated(got: Tensor, want: Tensor) -> bool:
    return bool(torch.corrcoef(torch.stack([got.flatten(), want.flatten()]))[0, 1].abs() > 0.5)


def _fails(got: Tensor, *columns: int) -> bool:
    """Exactly these are wrong in most of the tensors."""
    wrong = [column for column in range(5) if got[:, column].mean() <= 0.5]
    return wrong == list(columns)


@catches("These are the weights of `source` themselves, features and all. Wanted are new random ones that have only their "
         "mean and their spread.")
def weights_copied(got, source, target):
    return _fails(got, NEW) and bool(got[:, [MEAN, SPREAD]].all())


@catches("The spread is right, the mean is not: add the mean of the weight in `source`.")
def mean_forgotten(got, source, target):
    return _fails(got, MEAN)


@catches("The mean is right, the spread is not. `torch.randn_like` has standard deviation 1: times `weight.std()`, not "
         "times the variance.")
def wrong_spread(got, source, target):
    return _fails(got, SPREAD)


@catches("Neither mean nor spread fits. Take them from `source`, and from each weight on its own: no two layers have the "
         "same.")
def not_those_of_the_source(got, source, target):
    return _fails(got, MEAN, SPREAD) or _fails(got, NEW, MEAN, SPREAD)


@catches("The weights are right, but biases or norms have been drawn anew as well. Parameters with one dimension stay as "
         "they are in `target`: only `parameter.ndim >= 2` is drawn.")
def biases_too(got, source, target):
    return _fails(got, REST)


@catches("The network that comes back shares memory with one that was handed in. Draw into a `copy.deepcopy(target)`.")
def shares_memory(got, source, target):
    return not bool(got[:, MEMORY].any())


EXERCISE = Exercise(
    "mean_var_init", "05_transfer_learning", "Random weights of a trained size", minutes=10, difficulty=2, importance=3,
    reference=methods.mean_var_init, returns=("network",), cases=networks, measure=statistics,
    random=True,
    used_in="in the transfer of blocks below",
    mistakes=(shares_memory, weights_copied, mean_forgotten, wrong_spread, biases_too, not_those_of_the_source),
    hints=("Throw away what the trained weights say, and keep how large they are: two numbers for each tensor.",
           "Walk over the parameters of a copy of `target`. Where one has two dimensions or more, look up the parameter of "
           "the same name in `source`, take its mean and standard deviation, and fill the copy with normal draws.",
           "Under `torch.no_grad()`: `parameter.copy_(w.mean() + w.std() * torch.randn_like(parameter))`, where "
           "`w = dict(source.named_parameters())[name]`."),
)
