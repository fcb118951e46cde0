"""Exercise `mean_var_init`: random weights that have the mean and the spread of trained ones."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ... import methods, runtime
from ..chance import uncorrelated
from ..engine import Exercise, Wrong, catches

#: what is asked of the network that comes back, in the order of `statistics`
NEW, REDRAWN, MEAN, SPREAD, VARIES, ALIKE, NORMAL, REST, MEMORY = range(9)

SEEDED = ("Two calls with the same input draw exactly the same numbers: a seed is set inside, and the notebook's own random "
          "numbers begin anew each time.")
FROZEN = ("Some parameters of the network that comes back do not learn: `requires_grad` is off, and the lab trains it on.")


def networks() -> dict[str, tuple]:
    return {
        "two linear layers": _pair([nn.Linear(60, 50), nn.ReLU(), nn.Linear(50, 60)], seed=0),
        "a convolution and a norm": _pair([nn.Conv2d(16, 32, 3), nn.BatchNorm2d(32)], seed=1),
        "a deeper one": _pair([nn.Linear(40, 60), nn.Linear(60, 80), nn.LayerNorm(80), nn.Linear(80, 40)], seed=2),
    }


@torch.no_grad()
def _pair(layers: list[nn.Module], seed: int) -> tuple[nn.Module, nn.Module]:
    """Two networks. In the first each weight has a mean and a spread of its own, far from those of the second, and so has
    each of its rows and columns; and its entries are skewed, so that those who keep them are seen."""
    pair = []
    with runtime.seeded(seed):
        for mean, spread in ((2.0, 0.3), (-1.0, 4.0)):
            net = nn.Sequential(*[type(layer)(*_arguments(layer)) for layer in layers])
            for i, parameter in enumerate(net.parameters()):
                draw = torch.empty_like(parameter).exponential_()
                if parameter.ndim > 1:
                    rows, columns = torch.randn(len(parameter), 1), torch.randn(1, parameter[0].numel())
                    draw = draw + (rows + columns).reshape_as(draw)
                parameter.copy_(mean * (1 + i) + draw * spread / (1 + i))
            for values in net.buffers():
                values.copy_(torch.randint_like(values, 1, 9) if values.dtype == torch.long else torch.rand_like(values))
            pair.append(net)
    return tuple(pair)


def _arguments(layer: nn.Module) -> tuple:
    if isinstance(layer, nn.Linear):
        return layer.in_features, layer.out_features
    if isinstance(layer, nn.Conv2d):
        return layer.in_channels, layer.out_channels, layer.kernel_size
    return () if isinstance(layer, nn.ReLU) else (layer.weight.shape[0],)


def statistics(function: Callable, source: nn.Module, target: nn.Module) -> Tensor | Wrong | None:
    """For each weight tensor (T, 9), 1 or 0: nothing left of source · nor of target · mean right · spread right · one draw
    for each entry · all rows and columns alike · normal · the rest untouched · own memory."""
    net = function(source, target)
    if net is None:
        return None
    if not isinstance(net, nn.Module):
        raise TypeError(f"a network should come back, and this is a {type(net).__name__}")
    learned, old = dict(source.named_parameters()), target.state_dict()
    memory = {value.data_ptr() for module in (source, target) for value in module.state_dict().values()}
    own = all(value.data_ptr() not in memory for value in net.state_dict().values())
    rest = all(torch.equal(value, old[name]) for name, value in net.state_dict().items() if value.ndim < 2)
    rows = []
    for name, parameter in net.named_parameters():
        if parameter.ndim >= 2:
            got, want = parameter.detach().double().flatten(1), learned[name].detach().double().flatten(1)
            draw, before = _inside(got), _inside(old[name].double().flatten(1))
            varies = draw.std() > 1e-4 * want.std()
            within = 5 * max(got.std(), want.std()) / want.numel() ** 0.5      # five standard errors of a mean
            rows.append([not varies or uncorrelated(draw, _inside(want)), not varies or uncorrelated(draw, before),
                         (got.mean() - want.mean()).abs() < within, (got.std() / want.std() - 1).abs() < 0.15, varies,
                         _alike(got) and _alike(got.T), _normal(got), rest, own])
    found = torch.tensor(rows, dtype=torch.float64)
    if not bool(found.all()):
        return found
    if not all(parameter.requires_grad for parameter in net.parameters()):
        return Wrong(found, "frozen", FROZEN, seen=found)
    again = function(source, target).state_dict()
    same = all(torch.equal(value, again[name]) for name, value in net.state_dict().items())
    return Wrong(found, "seeded", SEEDED, seen=found) if same else found


def _inside(x: Tensor) -> Tensor:
    """What is left of x (R, C) when the means of its rows and columns have been taken off."""
    return x - x.mean(dim=0) - x.mean(dim=1, keepdim=True) + x.mean()


def _alike(x: Tensor) -> bool:
    """The means of the rows of x (R, C) differ as little as chance has it: z² of all rows is 1 on average."""
    z = (x.mean(dim=1) - x.mean()) / x.std().clamp(min=1e-12) * x.shape[1] ** 0.5
    return bool(z.square().mean() < 1 + 8 * (2 / len(x)) ** 0.5)


def _normal(x: Tensor) -> bool:
    """Skewness and kurtosis are those of a normal distribution, 0 and 3, up to eight standard errors."""
    z = (x - x.mean()) / x.std().clamp(min=1e-12)
    n = x.numel()
    return bool(z.pow(3).mean().abs() < 8 * (6 / n) ** 0.5 and (z.pow(4).mean() - 3).abs() < 8 * (24 / n) ** 0.5)


def _fails(got: Tensor, *columns: int, but: tuple[int, ...] = (ALIKE, NORMAL)) -> bool:
    """Exactly these are wrong in most of the tensors, whatever `but` may be."""
    wrong = {column for column in range(got.shape[1]) if got[:, column].mean() <= 0.5}
    return wrong - set(but) == set(columns)


@catches("The network that comes back shares memory with one that was handed in. Draw into a `copy.deepcopy(target)`.")
def shares_memory(got, source, target):
    return not bool(got[:, MEMORY].any())


@catches("These are numbers of `source` itself, features and all, with or without something added. Wanted are new random "
         "ones that have only their mean and their spread.")
def weights_copied(got, source, target):
    return bool(got[:, REST].all()) and not bool(got[:, NEW].any())


@catches("The numbers are those of before, stretched and moved until mean and spread fit. Draw new ones: `torch.randn_like`.")
def old_ones_stretched(got, source, target):
    return bool(got[:, [MEAN, SPREAD, REST]].all()) and not bool(got[:, REDRAWN].any())


@catches("Some weights have stayed what they are in `target`. Linear layers have two dimensions and convolutions four: "
         "everything with two *or more* is drawn.")
def some_left_out(got, source, target):
    left = got[:, REDRAWN] == 0
    return bool(left.any()) and bool((got[left][:, SPREAD] == 0).all()) and bool(got[:, REST].all()) and (
        bool(got[~left][:, [MEAN, SPREAD]].all()))


@catches("The spread is right, the mean is not: add the mean of the weight in `source`.")
def mean_forgotten(got, source, target):
    return _fails(got, MEAN)


@catches("The draws of a weight are all one number, or one row again and again: draw once for each entry, "
         "`torch.randn_like(parameter)`.")
def one_draw_for_many(got, source, target):
    return bool(got[:, REST].all()) and not bool(got[:, VARIES].any())


@catches("The mean is right, the spread is not. `torch.randn_like` has standard deviation 1: times `weight.std()`, not "
         "times the variance.")
def wrong_spread(got, source, target):
    return _fails(got, SPREAD)


@catches("Each row, or each column, has a mean and a spread of its own, as in `source`: something of what it had learned is "
         "kept. Wanted are two numbers for a whole tensor: `mean()` and `std()` without `dim`.")
def row_by_row(got, source, target):
    return bool(got[:, [NEW, REDRAWN, VARIES, MEAN, REST]].all()) and not bool(got[:, ALIKE].any())


@catches("Mean and spread are right, the distribution is not: a normal one is wanted, `torch.randn_like`, and not `rand`, "
         "nor the old numbers shuffled.")
def not_normal(got, source, target):
    return _fails(got, NORMAL, but=(ALIKE,))


@catches("Drawn evenly, from 0 to the spread. Wanted is a bell curve, widened and moved: `torch.randn_like`, with an n.")
def evenly_drawn(got, source, target):
    return _fails(got, MEAN, SPREAD, NORMAL, but=(ALIKE,))


@catches("The two have changed places: wanted is a copy of `target`, and means and spreads from `source`.")
def changed_places(got, source, target):
    return _fails(got, MEAN, SPREAD, REST)


@catches("Neither mean nor spread fits. Take them from `source`, and from each weight on its own: no two layers have the "
         "same.")
def not_those_of_the_source(got, source, target):
    return _fails(got, MEAN, SPREAD)


@catches("The weights are right, but biases, norms or their statistics are not those of `target` any more. What has one "
         "dimension stays: begin with a copy of `target`, and draw only where `parameter.ndim >= 2`.")
def biases_too(got, source, target):
    return _fails(got, REST, but=())


EXERCISE = Exercise(
    "mean_var_init", "05_transfer_learning", "Random weights of a trained size", minutes=10, difficulty=2, importance=3,
    reference=methods.mean_var_init, returns=("network",), cases=networks, measure=statistics,
    random=True, used_in="in the transfer of blocks below",
    mistakes=(shares_memory, weights_copied, old_ones_stretched, some_left_out, one_draw_for_many, row_by_row, mean_forgotten,
              wrong_spread, not_normal, biases_too, evenly_drawn, changed_places, not_those_of_the_source),
    hints=("Throw away what the trained weights say, and keep how large they are: two numbers for each tensor.",
           "Walk over the parameters of a copy of `target`. Where one has two dimensions or more, look up the parameter of "
           "the same name in `source`, take its mean and standard deviation, and fill the copy with normal draws.",
           "Under `torch.no_grad()`: `parameter.copy_(w.mean() + w.std() * torch.randn_like(parameter))`, where "
           "`w = dict(source.named_parameters())[name]`."),
)
