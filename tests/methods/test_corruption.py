"""sslcourse.methods.corruption: what is spoiled, how often, and what stays as it was."""

from __future__ import annotations

import pytest
import torch

from sslcourse import runtime
from sslcourse.methods import gaussian_noise, masking_noise, salt_and_pepper_noise

DTYPES = (torch.float32, torch.float64, torch.bfloat16)


@pytest.fixture
def images():
    """Grey, so that neither black nor white is there already."""
    return torch.rand(16, 3, 40, 40, generator=torch.Generator().manual_seed(0)) * 0.8 + 0.1


def about(happened: torch.Tensor, chance: float) -> bool:
    """As often as `chance` says, within six standard deviations."""
    slack = 6 * (chance * (1 - chance) / happened.numel()) ** 0.5
    return abs(happened.double().mean().item() - chance) <= slack


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.93, 1.0])
def test_masking_takes_the_share_and_leaves_the_rest(images, share):
    with runtime.seeded(0):
        noisy = masking_noise(images, share)
    gone = (noisy == 0).all(dim=1)
    assert ((noisy == images).all(dim=1) | gone).all()
    assert about(gone, share)


def test_masking_equals_a_plain_loop_over_the_same_draws(images):
    with runtime.seeded(3):
        noisy = masking_noise(images[:2, :, :5, :6], 0.4)
    with runtime.seeded(3):
        draws = torch.rand(2, 1, 5, 6)
    for n in range(2):
        for c in range(3):
            for y in range(5):
                for x in range(6):
                    wanted = 0.0 if draws[n, 0, y, x] < 0.4 else images[n, c, y, x].item()
                    assert noisy[n, c, y, x].item() == wanted


@pytest.mark.parametrize("noise", [masking_noise, salt_and_pepper_noise])
def test_pixels_and_images_are_drawn_independently(images, noise):
    with runtime.seeded(0):
        hit = (noise(images, 0.3) != images).any(dim=1)                 # (N, H, W)
    agree = 0.3**2 + 0.7**2
    for one, other in ((hit[1:], hit[:-1]), (hit[:, 1:], hit[:, :-1]), (hit[:, :, 1:], hit[:, :, :-1])):
        assert about(one == other, agree)


def test_salt_and_pepper_are_equally_frequent_and_go_through_all_channels(images):
    with runtime.seeded(0):
        noisy = salt_and_pepper_noise(images, 0.4)
    pepper, salt, same = (noisy == 0).all(1), (noisy == 1).all(1), (noisy == images).all(1)
    assert (pepper.int() + salt.int() + same.int() == 1).all()
    assert about(pepper, 0.2) and about(salt, 0.2)


def test_gaussian_noise_has_its_mean_and_width_in_each_channel(images):
    with runtime.seeded(0):
        noise = gaussian_noise(images, 0.3) - images
    n = noise[:, 0].numel()
    for channel in range(3):
        assert abs(noise[:, channel].mean()) < 6 * 0.3 / n**0.5
        assert abs(noise[:, channel].std() - 0.3) < 6 * 0.3 / (2 * n) ** 0.5
    correlation = torch.corrcoef(noise.transpose(0, 1).flatten(1)) - torch.eye(3)
    assert correlation.abs().max() < 6 / n**0.5


@pytest.mark.parametrize("noise", [masking_noise, salt_and_pepper_noise, gaussian_noise])
@pytest.mark.parametrize("dtype", DTYPES)
def test_none_of_it_is_nothing_and_dtype_and_input_stay(images, noise, dtype):
    x = images.to(dtype)
    before = x.clone()
    assert torch.equal(noise(x, 0.0), x)
    assert noise(x, 0.5).dtype == dtype and noise(x, 0.5).shape == x.shape
    assert torch.equal(x, before)


@pytest.mark.parametrize("noise", [masking_noise, salt_and_pepper_noise, gaussian_noise])
def test_the_global_generator_decides(images, noise):
    with runtime.seeded(1):
        first = noise(images, 0.5)
    with runtime.seeded(1):
        assert torch.equal(noise(images, 0.5), first)
    with runtime.seeded(2):
        assert not torch.equal(noise(images, 0.5), first)


BAD = [
    ((torch.zeros(3, 4, 4), 0.5), "images"), ((torch.zeros(2, 5, 4, 4), 0.5), "images"),
    ((torch.zeros(2, 3, 4, 4, dtype=torch.uint8), 0.5), "images"), (("photo", 0.5), "images"),
]


@pytest.mark.parametrize("noise", [masking_noise, salt_and_pepper_noise, gaussian_noise])
@pytest.mark.parametrize("args, argument", BAD)
def test_bad_images_are_named(noise, args, argument):
    with pytest.raises(ValueError, match=rf"^{argument}: got .+, wanted .+"):
        noise(*args)


@pytest.mark.parametrize("noise, amount, argument", [
    (masking_noise, -0.1, "share"), (masking_noise, 1.1, "share"), (masking_noise, float("nan"), "share"),
    (masking_noise, "half", "share"), (salt_and_pepper_noise, 2, "share"), (gaussian_noise, -1, "sigma"),
    (gaussian_noise, float("inf"), "sigma"),
])
def test_a_bad_amount_is_named(images, noise, amount, argument):
    with pytest.raises(ValueError, match=rf"^{argument}: got .+, wanted .+"):
        noise(images, amount)
