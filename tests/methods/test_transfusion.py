"""sslcourse.methods.transfusion against plain loops and closed forms."""

import copy
import math

import pytest
import torch
from torch import nn

from sslcourse import models, runtime
from sslcourse.methods import mean_var_init, resnet_blocks, transfer_blocks

DEPTHS = [(1, 1, 1), (2, 1), (1,)]


def pair(depth=(1, 1, 1), width=4, num_classes=0):
    """Two networks that differ in every weight and every buffer."""
    with runtime.seeded(0):
        nets = [models.ResNet(width, depth, num_classes=num_classes) for _ in range(2)]
        for i, net in enumerate(nets):
            for _ in range(i + 1):
                net(torch.randn(6, 3, 8, 8) + i)            # in training mode: the running statistics move
    return nets


def states(net):
    return {key: value.clone() for key, value in net.state_dict().items()}


def equal(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)


@pytest.mark.parametrize("depth", DEPTHS)
def test_blocks_are_the_stem_and_the_stages_and_hold_every_weight(depth):
    net = models.ResNet(4, depth)
    blocks = resnet_blocks(net)
    assert len(blocks) == 1 + len(depth) and blocks[0] == ("conv1", "bn1")
    inside = sum(p.numel() for names in blocks for name in names for p in net.get_submodule(name).parameters())
    assert inside == sum(p.numel() for p in net.parameters())


@pytest.mark.parametrize("depth", DEPTHS)
def test_each_tensor_comes_from_the_network_that_a_plain_loop_says(depth):
    source, target = pair(depth)
    for n in range(len(depth) + 2):
        got = transfer_blocks(source, target, n).state_dict()
        old, new = target.state_dict(), source.state_dict()
        for key in got:
            top = key.split(".")[0]
            block = 0 if top in ("conv1", "bn1") else int(top.removeprefix("layer"))
            assert torch.equal(got[key], (new if block < n else old)[key]), (n, key)


def test_the_first_maps_are_those_of_the_source_and_the_whole_network_with_every_block():
    source, target = (net.eval() for net in pair())
    images = torch.rand(5, 3, 16, 16)
    with torch.no_grad():
        maps = transfer_blocks(source, target, 3).feature_maps(images)
        assert all(torch.equal(got, want) for got, want in zip(maps[:2], source.feature_maps(images)[:2]))
        assert not torch.allclose(maps[2], source.feature_maps(images)[2])
        assert torch.equal(transfer_blocks(source, target, 4)(images), source(images))
        assert torch.equal(transfer_blocks(source, target, 0)(images), target(images))


def test_nothing_is_shared_and_nothing_else_changes():
    source, target = pair()
    before = states(source), states(target)
    net = transfer_blocks(source, target, 2)
    with torch.no_grad():
        for value in net.state_dict().values():
            value.add_(1)
    assert equal(states(source), before[0]) and equal(states(target), before[1])


def test_a_classifier_stays_that_of_the_target():
    source, target = pair(num_classes=3)
    assert torch.equal(transfer_blocks(source, target, 4).fc.weight, target.fc.weight)


def test_the_mode_of_the_target_and_what_it_trains_are_kept():
    source, target = pair()
    target.eval().requires_grad_(False)
    net = transfer_blocks(source, target, 4)
    assert not net.training and not any(p.requires_grad for p in net.parameters())


@pytest.mark.parametrize("arguments, message", [
    (lambda s, t: (nn.Linear(2, 2), t, 1), "source: got .*, wanted a models.ResNet"),
    (lambda s, t: (s, nn.Linear(2, 2), 1), "target: got .*, wanted a models.ResNet"),
    (lambda s, t: (s, t, 5), r"n_blocks: got 5, wanted an integer in \[0, 4\]"),
    (lambda s, t: (s, t, -1), "n_blocks: got -1"),
    (lambda s, t: (s, t, 1.5), "n_blocks: got 1.5"),
    (lambda s, t: (s, t, True), "n_blocks: got True"),
    (lambda s, t: (s, models.ResNet(8, (1, 1, 1)), 1), "target: got another architecture"),
    (lambda s, t: (s, models.ResNet(4, (1, 1)), 1), "target: got another architecture"),
    (lambda s, t: (s, models.ResNet(4, (1, 2, 1)), 1), "target: got another architecture"),
])
def test_bad_input_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        transfer_blocks(*arguments(*pair()))


def test_blocks_of_something_else_are_refused():
    with pytest.raises(ValueError, match="encoder: got .*, wanted a models.ResNet"):
        resnet_blocks(nn.Linear(2, 2))


def wide():
    with runtime.seeded(1):
        source, target = (nn.Sequential(nn.Conv2d(8, 40, 3), nn.BatchNorm2d(40), nn.Flatten(), nn.Linear(40, 90))
                          for _ in range(2))
        for i, parameter in enumerate(source.parameters()):
            nn.init.normal_(parameter, mean=i + 1, std=0.2 * (i + 1))
    return source, target


def test_each_weight_has_the_mean_and_the_spread_of_the_same_weight_in_the_source_and_is_new():
    source, target = wide()
    with runtime.seeded(2):
        net = mean_var_init(source, target)
    learned, old = dict(source.named_parameters()), dict(target.named_parameters())
    for name, p in net.named_parameters():
        if p.ndim < 2:
            assert torch.equal(p, old[name])
            continue
        w = learned[name]
        assert abs(p.mean() - w.mean()) < 5 * w.std() / math.sqrt(w.numel())
        assert abs(p.std() / w.std() - 1) < 5 / math.sqrt(2 * w.numel())
        assert torch.corrcoef(torch.stack([p.flatten(), w.flatten()]))[0, 1].abs() < 5 / math.sqrt(w.numel())
        standard = ((p - p.mean()) / p.std()).flatten()
        assert abs((standard ** 4).mean() - 3) < 0.6                        # the fourth moment of a normal distribution


def test_the_draws_come_from_the_global_generator_and_the_arguments_stay():
    source, target = wide()
    before = states(source), states(target)
    with runtime.seeded(3):
        one, two = mean_var_init(source, target), mean_var_init(source, target)
    with runtime.seeded(3):
        again = mean_var_init(source, target)
    assert equal(states(one), states(again)) and not equal(states(one), states(two))
    assert equal(states(source), before[0]) and equal(states(target), before[1])
    assert all(p.requires_grad and p.is_leaf for p in one.parameters())
    assert not {p.data_ptr() for p in one.parameters()} & {p.data_ptr() for p in target.parameters()}


def test_mean_var_init_names_bad_input():
    with pytest.raises(ValueError, match="source: got 'net', wanted an nn.Module"):
        mean_var_init("net", nn.Linear(2, 2))
    with pytest.raises(ValueError, match="target: got other parameters"):
        mean_var_init(nn.Linear(2, 2), nn.Linear(2, 3))
    with pytest.raises(ValueError, match="target: got other parameters"):
        mean_var_init(nn.Linear(2, 2), nn.Linear(2, 2, bias=False))


def test_a_deep_copy_of_the_result_trains_without_touching_the_rest():
    source, target = pair()
    before = states(source)
    net = copy.deepcopy(transfer_blocks(source, target, 4))
    net(torch.rand(4, 3, 8, 8)).sum().backward()
    torch.optim.SGD(net.parameters(), lr=1.0).step()
    assert equal(states(source), before)
