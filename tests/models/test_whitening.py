"""Filters that whiten, against a loop over every patch; and the encoder that looks at patches through them."""

from __future__ import annotations

import sys

import pytest
import torch
from torch.nn import functional as F

from sslcourse import models, runtime, training


def images(n=40, c=3, size=12, seed=0):
    """Smooth images, whose neighbouring pixels are nearly equal: uint8."""
    noise = torch.rand(n, c, size + 2, size + 2, generator=torch.Generator().manual_seed(seed))
    return (255 * F.avg_pool2d(noise, 3, stride=1)).byte()


def patches_of(x, kernel):
    """Every patch of every image as a row, by a plain loop: (N · places, C · kernel²), float64 in [0, 1]."""
    rows = []
    for image in x.double() / 255:
        for top in range(image.shape[1] - kernel + 1):
            for left in range(image.shape[2] - kernel + 1):
                rows.append(image[:, top:top + kernel, left:left + kernel].flatten())
    return torch.stack(rows)


@pytest.mark.parametrize("c", [1, 3])
@pytest.mark.parametrize("kernel", [1, 2, 3])
def test_outputs_are_uncorrelated_and_equally_strong(c, kernel):
    x = images(c=c)
    filters = models.whitening_filters(x, kernel, eps=1e-7)
    n = c * kernel**2
    assert filters.shape == (2 * n, c, kernel, kernel) and filters.dtype == torch.float32
    assert torch.equal(filters[n:], -filters[:n])
    outputs = patches_of(x, kernel) @ filters[:n].flatten(1).double().T
    torch.testing.assert_close(torch.cov(outputs.T, correction=0).view(n, n), torch.eye(n).double(), rtol=0, atol=1e-3)
    assert (torch.cov(patches_of(x, kernel).T) - torch.eye(n)).abs().max() > 0.1  # they were not


@pytest.mark.parametrize("eps", [1e-1, 1e-3])
def test_eps_keeps_small_directions_small(eps):
    x = images()
    variances = torch.linalg.eigvalsh(torch.cov(patches_of(x, 2).T, correction=0)).flip(0)
    outputs = patches_of(x, 2) @ models.whitening_filters(x, 2, eps)[:12].flatten(1).double().T
    wanted = variances / (variances + eps * variances[0])
    torch.testing.assert_close(torch.cov(outputs.T, correction=0), torch.diag(wanted), rtol=1e-4, atol=1e-4)


def test_components_are_the_first_of_all():
    every, few = models.whitening_filters(images()), models.whitening_filters(images(), components=5)
    assert torch.equal(few, torch.cat([every[:5], every[48:53]]))


def test_filters_depend_on_the_first_images_alone_and_on_nothing_else(monkeypatch):
    monkeypatch.setattr(sys.modules["sslcourse.models.whitening"], "IMAGES", 30)
    x = images()
    first = models.whitening_filters(x)
    with runtime.seeded(1):
        assert torch.equal(first, models.whitening_filters(x[:30]))
    assert not torch.allclose(first, models.whitening_filters(x[10:]))
    torch.testing.assert_close(first, models.whitening_filters(x.float() / 255), rtol=1e-3, atol=1e-3)
    largest = first[:48].flatten(1).gather(1, first[:48].flatten(1).abs().argmax(dim=1, keepdim=True))
    assert bool((largest > 0).all())


@pytest.mark.parametrize("c", [1, 3])
@pytest.mark.parametrize(("kernel", "stride", "size", "side"), [(4, 2, 32, 16), (4, 2, 24, 12), (3, 1, 9, 9), (6, 2, 28, 14)])
def test_encoder_shapes(c, kernel, stride, size, side):
    net = models.PatchResNet(torch.randn(10, c, kernel, kernel), 4, (1, 2), features=24, stride=stride)
    x = torch.rand(2, c, size, size)
    half = -(-side // 2)
    assert net.patches(x).shape == (2, 10, side, side)
    assert [m.shape for m in net.feature_maps(x)] == [(2, 4, side, side), (2, 8, half, half), (2, 24, half, half)]
    assert net(x).shape == (2, net.num_features) == (2, 24) and net.num_classes == 0


def test_patches_are_what_the_filters_answer():
    filters = models.whitening_filters(images(), 2)
    x = torch.rand(2, 3, 8, 8)
    seen = models.PatchResNet(filters, 4, (1,)).patches(x)
    by_hand = (filters[5] * x[1, :, 4:6, 2:4]).sum().clamp_min(0)
    torch.testing.assert_close(seen[1, 5, 2, 1], by_hand)


def test_the_mean_color_is_nothing_to_look_at():
    """Images of one color, that of the mean: every patch answers 0, those at the edge too."""
    mean = torch.tensor([0.2, 0.5, 0.7])
    net = models.PatchResNet(models.whitening_filters(images()), 4, (1,), mean=mean)
    flat = mean.view(1, 3, 1, 1).expand(2, 3, 8, 8)
    assert not net.patches(flat).any() and net.patches(flat + 0.1).any()
    x = images(size=8)
    found = models.patch_resnet(x).mean.flatten()
    torch.testing.assert_close(found, (x.float() / 255).mean(dim=(0, 2, 3)))
    torch.testing.assert_close(models.patch_resnet(x.float() / 255).mean.flatten(), found)


def test_filters_are_never_trained_and_travel_with_the_weights():
    x = images(64, size=16)
    with runtime.seeded(0):
        net = models.patch_resnet(x, num_classes=3)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    method = _Supervised(net)
    training.train(method, (x, torch.arange(64) % 3), steps=2, batch_size=32, bfloat16=False)
    changed = {name for name, value in net.state_dict().items() if not torch.equal(value, before[name])}
    assert changed == set(before) - {"filters", "mean"}
    other = models.PatchResNet(torch.zeros_like(net.filters), num_classes=3)
    other.load_state_dict(net.state_dict())
    floats = x.float() / 255
    assert torch.equal(other.eval()(floats), net.eval()(floats))


def test_bfloat16_reaches_the_blocks_but_not_the_patches():
    net = models.patch_resnet(images()).eval()
    x = torch.rand(2, 3, 16, 16)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(net.patches(x), net.patches(x.float())) and net.patches(x).dtype == torch.float32
        assert net.layer1[0].conv1(net.patches(x)).dtype == torch.bfloat16


class _Supervised(torch.nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def loss(self, batch):
        x, labels = batch
        return F.cross_entropy(self.net(x.float() / 255), labels)
