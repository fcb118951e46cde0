"""Blocks before and after a training: outputs against hooks, distances against a plain loop over names, CKA by itself."""

from __future__ import annotations

import copy

import pytest
import torch

from sslcourse import models, runtime
from sslcourse.evaluation import block_changes, block_features, linear_cka


def pair(depth=(1, 1), width=4):
    """A network with statistics of its own, and what a training might make of it."""
    with runtime.seeded(0):
        before = models.ResNet(width, depth)
        before(torch.rand(8, 3, 8, 8))
        after = copy.deepcopy(before)
        with torch.no_grad():
            for value in after.parameters():
                value += 0.2 * torch.randn_like(value)
    return before, after


@pytest.mark.parametrize("depth, stem", [((1, 1), "cifar"), ((2, 1, 1), "half"), ((1,), "imagenet")])
def test_features_are_the_means_of_the_maps_that_hooks_see_in_evaluation_mode(depth, stem):
    net, images, seen = models.ResNet(4, depth, stem=stem), torch.rand(6, 3, 16, 16), []
    net(images + 1)                                     # the running statistics move
    found = block_features(net, images)
    assert net.training, "modes are put back"
    net.eval()
    for module in (net.maxpool, *(net.get_submodule(f"layer{s + 1}") for s in range(len(depth)))):
        module.register_forward_hook(lambda module, given, out: seen.append(out.mean(dim=(2, 3)).detach()))
    net(images)
    assert len(found) == len(seen) == 1 + len(depth)
    for got, want in zip(found, seen):
        torch.testing.assert_close(got, want)


def test_uint8_images_are_scaled_as_everywhere():
    net, images = models.ResNet(4, (1,)), torch.randint(0, 256, (5, 3, 8, 8), dtype=torch.uint8)
    for got, want in zip(block_features(net, images), block_features(net, images.float() / 255)):
        torch.testing.assert_close(got, want)


def test_how_far_a_block_moved_is_a_plain_sum_over_its_convolutions():
    before, after = pair((2, 1))
    moved, same = block_changes(before, after, torch.rand(30, 3, 8, 8))
    for b, names in enumerate((("conv1",), ("layer1",), ("layer2",))):
        far = length = 0.0
        for (name, old), new in zip(before.named_parameters(), after.parameters()):
            if name.split(".")[0] in names and old.ndim == 4:
                far += ((new - old) ** 2).sum().item()
                length += (old**2).sum().item()
        assert moved[b].item() == pytest.approx((far / length) ** 0.5, rel=1e-4)
    assert moved.shape == same.shape == (3,) and not moved.requires_grad


def test_sameness_is_the_cka_of_the_two_outputs_and_1_where_nothing_moved():
    before, after = pair()
    images = torch.rand(40, 3, 8, 8)
    same = block_changes(before, after, images)[1]
    want = [linear_cka(x, y) for x, y in zip(block_features(before, images), block_features(after, images))]
    torch.testing.assert_close(same, torch.tensor(want))
    moved, same = block_changes(before, copy.deepcopy(before), images)
    assert moved.tolist() == [0, 0, 0] and torch.allclose(same, torch.ones(3))
