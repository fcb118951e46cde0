"""sslcourse.augment's recipes and what holds a view together: sizes, order, types, reprs, and what is left alone."""

import copy

import pytest
import torch

from sslcourse import augment, runtime

DEVICE = runtime.device()
VIEWS = {
    "simclr": augment.simclr_views(), "simclr with blur": augment.simclr_views(24, blur_p=0.5, n_views=3),
    "dino": augment.dino_views(n_local_views=3), "dino, no local views": augment.dino_views(28, n_local_views=0),
}
SINGLE = [
    augment.RandomResizedCrop((12, 20)), augment.RandomHorizontalFlip(), augment.ColorJitter(0.8, 0.8, 0.8, 0.5),
    augment.RandomGrayscale(0.5), augment.GaussianBlur(), augment.Solarize(p=0.5),
    augment.Compose([augment.RandomGrayscale(0.0), augment.RandomHorizontalFlip()]),
]


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def batch(channels=3, height=32, width=32, n=8):
    return torch.rand(n, channels, height, width, generator=seeded(1)).to(DEVICE)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("height, width", [(32, 32), (20, 48), (96, 64)])
def test_multicrop_gives_large_views_first_then_small_ones_each_in_its_size(height, width, channels):
    views = augment.dino_views((30, 34), 16, n_local_views=4)(batch(channels, height, width), generator=seeded())
    assert [tuple(view.shape) for view in views] == [(8, channels, 30, 34)] * 2 + [(8, channels, 16, 16)] * 4


@pytest.mark.parametrize("size", [24, (16, 40), 64])
@pytest.mark.parametrize("channels", [1, 3])
def test_simclr_gives_two_views_of_the_size_asked_for(channels, size):
    v0, v1 = augment.simclr_views(size=size)(batch(channels), generator=seeded())
    assert v0.shape == v1.shape == (8, channels, *(size if isinstance(size, tuple) else (size, size)))
    assert not torch.equal(v0, v1)


@pytest.mark.parametrize("views", VIEWS.values(), ids=VIEWS)
@pytest.mark.parametrize("kind", ["noise", "black", "white", "extreme"])
def test_views_are_float32_in_0_to_1_and_finite(views, kind):
    images = {"noise": batch(), "black": batch() * 0, "white": batch() * 0 + 1, "extreme": batch().round()}[kind]
    for view in views(images, generator=seeded()):
        assert view.dtype == torch.float32 and view.device.type == DEVICE.type and view.is_contiguous()
        assert view.min() >= 0 and view.max() <= 1  # false for NaN


@pytest.mark.parametrize("views", VIEWS.values(), ids=VIEWS)
def test_bytes_and_floats_give_the_same_views(views):
    pixels = (batch() * 255).to(torch.uint8)
    for ours, theirs in zip(views(pixels, generator=seeded()), views(pixels.float() / 255, generator=seeded())):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize("views", VIEWS.values(), ids=VIEWS)
def test_the_generators_state_decides_all_views(views):
    images = batch()
    first, again, other = (views(images, generator=seeded(seed)) for seed in (0, 0, 1))
    assert all(torch.equal(a, b) for a, b in zip(first, again))
    assert not any(torch.equal(a, b) for a, b in zip(first, other))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_another_dtype_comes_only_when_asked_for_and_is_the_rounded_view(dtype):
    plain = augment.simclr_views()(batch(), generator=seeded())
    asked = augment.simclr_views(dtype=dtype)(batch(), generator=seeded())
    assert all(torch.equal(a, p.to(dtype)) for a, p in zip(asked, plain))


@pytest.mark.parametrize("transform", [*SINGLE, *VIEWS.values()], ids=lambda transform: type(transform).__name__)
@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
def test_the_images_are_left_alone_and_share_no_memory_with_what_comes_out(transform, dtype):
    """Catches work in place on the caller's batch, and an unchanged batch handed back as it is."""
    images = (batch() * (255 if dtype == torch.uint8 else 1)).to(dtype)
    before = images.clone()
    out = transform(images, generator=seeded())
    outs = out if isinstance(out, list) else [out]
    for view in outs:
        view.fill_(0.123)
    assert torch.equal(images, before)
    assert len({view.data_ptr() for view in outs}) == len(outs)


@pytest.mark.parametrize("transform", SINGLE, ids=lambda transform: type(transform).__name__)
def test_memory_layout_does_not_matter(transform):
    """Channels-last, strided, transposed: catches code that takes contiguous memory for granted."""
    images = batch(n=16)
    want = transform(images[::2].contiguous(), generator=seeded())
    for other in (images[::2], images[::2].to(memory_format=torch.channels_last), images.mT.contiguous().mT[::2]):
        assert torch.allclose(transform(other, generator=seeded()), want, atol=1e-6)


@pytest.mark.parametrize("transform", SINGLE, ids=lambda transform: type(transform).__name__)
def test_autocast_outside_changes_nothing_inside(transform):
    """Catches a crop whose matrix products run in bfloat16: errors of 1/256, and no float32 out."""
    with torch.autocast(DEVICE.type, dtype=torch.bfloat16):
        inside = transform(batch(), generator=seeded())
    assert torch.equal(inside, transform(batch(), generator=seeded()))


@pytest.mark.parametrize("transform", SINGLE, ids=lambda transform: type(transform).__name__)
def test_no_gradient_is_recorded(transform):
    assert not transform(batch().requires_grad_(), generator=seeded()).requires_grad


def test_a_transform_of_probability_zero_changes_nothing_and_one_left_out_neither():
    none = augment.simclr_views(flip_p=0, jitter_p=0, grayscale_p=0, blur_p=0, scale=(1.0, 1.0), ratio=(1.0, 1.0))
    for view in none(batch(), generator=seeded()):
        assert torch.allclose(view, batch(), atol=1e-6)
    assert "Jitter" not in repr(none)


def test_compose_runs_in_order_and_takes_a_plain_function():
    def black(images, *, generator=None):
        return torch.zeros_like(images)

    solarize = augment.Solarize(threshold=0.0, p=1.0)  # inverts everything
    assert augment.Compose([black, solarize])(batch()).min() == 1
    assert augment.Compose([solarize, black])(batch()).max() == 0


def test_compose_draws_from_one_generator_in_turn():
    crop, jitter = augment.RandomResizedCrop(16), augment.ColorJitter(0.4, 0.4, 0.4, 0.1)
    generator = seeded(3)
    by_hand = jitter(crop(batch(), generator=generator), generator=generator)
    assert torch.equal(augment.Compose([crop, jitter])(batch(), generator=seeded(3)), by_hand)


def test_multiview_takes_pairs_of_a_transform_and_a_count():
    views = augment.MultiView([augment.RandomResizedCrop(8), (augment.RandomResizedCrop(4), 3)])
    assert len(views) == 4
    assert [view.shape[-1] for view in views(batch(), generator=seeded())] == [8, 4, 4, 4]


def test_dinos_first_large_view_is_blurred_and_only_the_second_solarised():
    recipe = augment.dino_views(n_local_views=2)
    first, second, small = (repr(view) for view, _ in recipe.pairs)
    assert "GaussianBlur(kernel_size=None, sigma=(0.1, 2), p=1)" in first and "Solarize" not in first
    assert "p=0.1)" in second and "Solarize(threshold=0.5, p=0.2)" in second
    assert "size=(16, 16), scale=(0.05, 0.4)" in small and "Solarize" not in small


def test_reprs_read_as_a_list_of_what_happens():
    assert repr(augment.dino_views(n_local_views=6, dtype=torch.bfloat16)) == """\
MultiView(
    Compose(
        RandomResizedCrop(size=(32, 32), scale=(0.4, 1), ratio=(0.75, 1.333))
        RandomHorizontalFlip(p=0.5)
        ColorJitter(brightness=(0.6, 1.4), contrast=(0.6, 1.4), saturation=(0.8, 1.2), hue=(-0.1, 0.1), p=0.8)
        RandomGrayscale(p=0.2)
        GaussianBlur(kernel_size=None, sigma=(0.1, 2), p=1)
    )
    Compose(
        RandomResizedCrop(size=(32, 32), scale=(0.4, 1), ratio=(0.75, 1.333))
        RandomHorizontalFlip(p=0.5)
        ColorJitter(brightness=(0.6, 1.4), contrast=(0.6, 1.4), saturation=(0.8, 1.2), hue=(-0.1, 0.1), p=0.8)
        RandomGrayscale(p=0.2)
        GaussianBlur(kernel_size=None, sigma=(0.1, 2), p=0.1)
        Solarize(threshold=0.5, p=0.2)
    )
    6 × Compose(
        RandomResizedCrop(size=(16, 16), scale=(0.05, 0.4), ratio=(0.75, 1.333))
        RandomHorizontalFlip(p=0.5)
        ColorJitter(brightness=(0.6, 1.4), contrast=(0.6, 1.4), saturation=(0.8, 1.2), hue=(-0.1, 0.1), p=0.8)
        RandomGrayscale(p=0.2)
        GaussianBlur(kernel_size=None, sigma=(0.1, 2), p=0.5)
    )
    dtype=torch.bfloat16
)"""


def test_recipes_can_be_copied():
    """A method is copied for its teacher, and its views with it."""
    views = copy.deepcopy(augment.simclr_views())
    ours, theirs = views(batch(), generator=seeded()), augment.simclr_views()(batch(), generator=seeded())
    assert all(torch.equal(a, b) for a, b in zip(ours, theirs))


@pytest.mark.parametrize("views", [augment.weak_views, augment.strong_views])
def test_a_view_of_an_image_of_any_size_has_the_size_asked_for(views):
    images = torch.rand(3, 1, 20, 28)
    assert views(16)(images).shape == (3, 1, 16, 16) and views((10, 14))(images).shape == (3, 1, 10, 14)


def test_a_weak_view_shows_half_of_an_image_or_more_and_changes_no_color():
    """Each pixel holds its own place, so what comes back says which part of the image was taken."""
    place = torch.linspace(0, 1, 64)
    ramps = torch.stack([place.expand(64, 64), place[:, None].expand(64, 64), torch.full((64, 64), 0.3)])
    views = augment.weak_views(64)(ramps.expand(400, 3, 64, 64))
    across = (views[:, 0, 32, -1] - views[:, 0, 32, 0]).abs()
    down = (views[:, 1, -1, 32] - views[:, 1, 0, 32]).abs()
    area = across * down
    assert 0.45 < area.min() < 0.6 and area.max() > 0.9
    assert 0.4 < (views[:, 0, 32, -1] < views[:, 0, 32, 0]).float().mean() < 0.6  # in a mirror, half of the time
    torch.testing.assert_close(views[:, 2], torch.full((400, 64, 64), 0.3))


def test_a_strong_view_shows_a_fifth_or_more_and_changes_colors():
    red = torch.stack([torch.full((64, 64), 0.8), torch.full((64, 64), 0.3), torch.full((64, 64), 0.3)])
    views = augment.strong_views(8)(red.expand(1000, 3, 64, 64))
    spread = views.amax(dim=1).mean(dim=(1, 2)) - views.amin(dim=1).mean(dim=(1, 2))
    assert 0.15 < (spread < 1e-6).float().mean() < 0.25                          # a fifth are gray
    changed = (views.mean(dim=(2, 3)) - torch.tensor([0.8, 0.3, 0.3])).abs().amax(dim=1) > 1e-3
    assert 0.78 < changed.float().mean() < 0.90                                  # 1 − 0.2 · 0.8 are jittered, gray or both
    crop = augment.strong_views(64).transforms[0]
    boxes = crop.boxes(1000, 64, 64)
    area = boxes[2] * boxes[3] / 64**2
    assert 0.19 < area.min() < 0.25 and area.max() > 0.95
