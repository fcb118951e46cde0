"""The draws of sslcourse.augment: one per sample, from the generator, and distributed as torchvision's are.

Distributions are compared by two-sample Kolmogorov-Smirnov statistics under fixed seeds, against the value that equal
distributions exceed once in a thousand times. That the comparison can fail is shown on mutations.
"""

import math

import pytest
import torch
import torchvision.transforms as peer
from scipy.stats import chi2, ks_2samp

from sslcourse import augment, runtime
from sslcourse.augment import draws

DEVICE = runtime.device()
DRAWS = 4000
CRITICAL = 1.95 * math.sqrt(2 / DRAWS)  # of the KS statistic, at one in a thousand: 0.044

EVERY_TRANSFORM = [
    augment.RandomResizedCrop(12), augment.RandomHorizontalFlip(), augment.ColorJitter(0.4, 0.4, 0.4, 0.1, p=0.8),
    augment.RandomGrayscale(0.5), augment.GaussianBlur(), augment.Solarize(p=0.5),
    augment.Compose([augment.RandomResizedCrop(12), augment.ColorJitter(hue=0.5)]),
]
ids = [type(transform).__name__ for transform in EVERY_TRANSFORM]


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def distance(ours, theirs):
    return ks_2samp(ours.double().numpy(), theirs.double().numpy(), method="asymp").statistic


def crops(height, width, scale, ratio):
    """DRAWS boxes of ours and of torchvision's, (4, DRAWS): top, left, height, width."""
    ours = augment.RandomResizedCrop(8, scale, ratio).boxes(DRAWS, height, width, seeded())
    with runtime.seeded(1):
        blank = torch.zeros(1, height, width)
        drawn = [peer.RandomResizedCrop.get_params(blank, list(scale), list(ratio)) for _ in range(DRAWS)]
    return ours, torch.tensor(drawn).T


def largest_distance(boxes, other):
    """Over area, width over height, and the box's place in the room that it has."""
    def measures(top, left, h, w):
        return h * w, w / h, top, left, top + h, left + w

    return max(distance(a, b) for a, b in zip(measures(*boxes), measures(*other)))


@pytest.mark.parametrize("height, width, scale, ratio", [
    (32, 32, (0.08, 1.0), (3 / 4, 4 / 3)),
    (200, 150, (0.08, 1.0), (3 / 4, 4 / 3)),
    (100, 100, (0.4, 1.0), (3 / 4, 4 / 3)),
    (40, 120, (0.5, 1.0), (3 / 4, 4 / 3)),  # few boxes of an allowed ratio fit: some fall back on the central one
    (120, 40, (0.9, 1.0), (3 / 4, 4 / 3)),  # none fits: all fall back
    (20, 30, (0.7, 1.0), (2.0, 2.5)),
])
def test_crops_are_distributed_as_torchvisions(height, width, scale, ratio):
    assert largest_distance(*crops(height, width, scale, ratio)) < CRITICAL


@pytest.mark.parametrize("mutation", ["uniform ratio", "squared area", "one attempt", "corner"])
def test_the_comparison_of_crops_tells_wrong_draws_from_right_ones(mutation, monkeypatch):
    uniform = draws.uniform

    def squared_area(shape, low, high, generator):
        return uniform(shape, low, high, generator) ** (2 if low == 0.08 else 1)

    def always_at_the_corner(shape, low, high, generator):
        return uniform(shape, low, high, generator) * (0 if low == 0 else 1)

    where, name, wrong = {
        "uniform ratio": (draws, "log_uniform", uniform),
        "squared area": (draws, "uniform", squared_area),
        "corner": (draws, "uniform", always_at_the_corner),
        "one attempt": (augment.crop, "ATTEMPTS", 1),
    }[mutation]
    monkeypatch.setattr(where, name, wrong)
    ours, theirs = crops(200, 150, (0.08, 1.0), (3 / 4, 4 / 3))
    assert largest_distance(ours, theirs) > CRITICAL


@pytest.mark.parametrize("strength", [(0.4, 0.4, 0.2, 0.1), (1.5, (0.2, 0.9), 0.8, (-0.1, 0.4))])
def test_jitters_strengths_are_distributed_as_torchvisions(strength):
    _, ours, order = augment.ColorJitter(*strength).draw(DRAWS, seeded())
    ranges = peer.ColorJitter(*strength)
    with runtime.seeded(1):
        args = ranges.brightness, ranges.contrast, ranges.saturation, ranges.hue
        theirs = [peer.ColorJitter.get_params(*args) for _ in range(DRAWS)]
    for k in range(4):
        assert distance(ours[:, k], torch.tensor([drawn[k + 1] for drawn in theirs])) < CRITICAL
    for orders in (order, torch.stack([drawn[0] for drawn in theirs])):  # each of the 24 orders equally often
        counts = torch.unique(orders, dim=0, return_counts=True)[1].double()
        assert len(counts) == 24
        assert ((counts - DRAWS / 24) ** 2 / (DRAWS / 24)).sum() < chi2.ppf(0.999, df=23)


def test_blurs_sigma_is_distributed_as_torchvisions():
    _, sigma = augment.GaussianBlur(sigma=(0.1, 2.0)).draw(DRAWS, seeded())
    with runtime.seeded(1):
        theirs = torch.tensor([peer.GaussianBlur.get_params(0.1, 2.0) for _ in range(DRAWS)])
    assert distance(sigma, theirs) < CRITICAL


def test_four_strengths_and_the_choice_are_independent():
    """Catches one number drawn for two purposes."""
    jitter = augment.ColorJitter(0.4, 0.4, 0.4, 0.4, p=0.5)
    chosen, strengths, order = jitter.draw(DRAWS, seeded())
    columns = torch.cat([chosen[:, None].float(), strengths, order[:, :1].float()], dim=1)
    correlations = torch.corrcoef(columns.T) - torch.eye(6)
    assert correlations.abs().max() < 4 / math.sqrt(DRAWS)


@pytest.mark.parametrize("p", [0.0, 0.2, 0.5, 1.0])
@pytest.mark.parametrize("transform", [
    augment.RandomHorizontalFlip, augment.RandomGrayscale, lambda p: augment.ColorJitter(brightness=(0.5, 0.5), p=p),
    lambda p: augment.GaussianBlur(p=p, sigma=(1.0, 2.0)), lambda p: augment.Solarize(p=p),
], ids=["flip", "grayscale", "jitter", "blur", "solarize"])
def test_each_image_is_changed_with_probability_p(transform, p):
    n = 2000
    image = torch.rand(1, 3, 4, 4, generator=seeded(5))
    images = image.expand(n, -1, -1, -1).to(DEVICE)
    changed = (transform(p)(images, generator=seeded()) - images).abs().flatten(1).amax(dim=1) > 1e-3
    assert abs(changed.float().mean().item() - p) <= 4 * math.sqrt(p * (1 - p) / n)


@pytest.mark.parametrize("transform", EVERY_TRANSFORM, ids=ids)
def test_samples_of_one_batch_differ(transform):
    """One image, 64 times: a transform that drew once for the batch would give 64 equal views."""
    images = torch.rand(1, 3, 16, 16, generator=seeded()).expand(64, -1, -1, -1).to(DEVICE)
    views = transform(images, generator=seeded()).flatten(1)
    assert len(torch.unique(views, dim=0)) > 1
    binary = isinstance(transform, (augment.RandomHorizontalFlip, augment.RandomGrayscale, augment.Solarize))
    assert len(torch.unique(views, dim=0)) >= (2 if binary else 25)


@pytest.mark.parametrize("transform", EVERY_TRANSFORM, ids=ids)
def test_the_generators_state_decides_the_views_bit_for_bit(transform):
    images = torch.rand(32, 3, 16, 16, generator=seeded()).to(DEVICE)
    generator = seeded(7)
    first, second = transform(images, generator=generator), transform(images, generator=generator)
    assert not torch.equal(first, second)
    generator = seeded(7)
    with runtime.seeded(8):  # the global generator plays no part
        assert torch.equal(transform(images, generator=generator), first)
    state = generator.get_state()
    assert torch.equal(transform(images, generator=generator), second)
    generator.set_state(state)
    assert torch.equal(transform(images, generator=generator), second)


@pytest.mark.parametrize("transform", EVERY_TRANSFORM, ids=ids)
def test_without_a_generator_the_global_one_decides(transform):
    images = torch.rand(32, 3, 16, 16, generator=seeded()).to(DEVICE)
    with runtime.seeded(3):
        first, second = transform(images), transform(images)
    with runtime.seeded(3):
        again = transform(images)
    assert torch.equal(first, again) and not torch.equal(first, second)


@pytest.mark.parametrize("transform", EVERY_TRANSFORM, ids=ids)
def test_the_device_does_not_change_what_is_drawn(transform):
    """An accelerator rounds otherwise, no more."""
    images = torch.rand(32, 3, 16, 16, generator=seeded())
    on_device = transform(images.to(DEVICE), generator=seeded()).cpu()
    assert (on_device - transform(images, generator=seeded())).abs().max() < 1e-5
