"""Colorization and its regression twin: what they see, what their losses are, and that they learn."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from sslcourse import data, methods, models, runtime, training

BINS = methods.ab_bins(20)


def as_they_are(images):
    return images.float() / 255


def make(kind, **settings):
    with runtime.seeded(0):
        encoder = models.ResNet(8, (1, 1), stem="half", in_channels=settings.pop("in_channels", 3))
        if kind == "bins":
            return methods.Colorization(encoder, BINS, hidden_dim=16, **settings)
        return methods.ColorRegression(encoder, hidden_dim=16, **settings)


both = pytest.mark.parametrize("kind", ["bins", "regression"])


@pytest.fixture(scope="module")
def shapes():
    return data.shapes(64, seed=0)


@both
@pytest.mark.parametrize("in_channels", [1, 3])
def test_only_lightness_is_looked_at(kind, in_channels, shapes):
    method = make(kind, in_channels=in_channels).eval()
    grey = (methods.paint(shapes.images, torch.zeros(64, 2, 16, 16)) * 255).round().to(torch.uint8)  # colours taken out
    assert (grey.float() - shapes.images.float()).abs().max() > 50
    for see in (method.predict, method.encode, method.chroma):
        torch.testing.assert_close(see(shapes.images), see(grey), atol=0.2 if see == method.chroma else 0.05, rtol=0.02)


@both
def test_shapes_of_what_comes_out(kind, shapes):
    method, images = make(kind), shapes.images[:6]
    half = images.shape[2] // 2
    assert method.predict(images).shape == (6, len(BINS) if kind == "bins" else 2, half, half)
    assert method.chroma(images).shape == (6, 2, half, half)
    assert method.encode(images).shape == (6, 16)
    painted = method.colorize(images)
    assert painted.shape == images.shape and painted.min() >= 0 and painted.max() <= 1


def test_a_hypercolumn_is_each_map_at_its_place(shapes):
    method = make("bins").eval()
    grey = methods.grey_input(shapes.images[:3])
    maps = method.encoder.feature_maps(grey)
    columns = method.hypercolumns(grey)
    assert columns.shape[1] == sum(m.shape[1] for m in maps) == method.head[0].in_channels
    assert torch.equal(columns[:, :8], maps[0])
    larger = nn.functional.interpolate(maps[1], scale_factor=2, mode="bilinear", align_corners=False)
    torch.testing.assert_close(columns[:, 8:], larger)


def true_pixels(images):
    ab = methods.rgb_to_lab(images.float() / 255)[:, 1:]
    return nn.functional.avg_pool2d(ab, 2).permute(0, 2, 3, 1).reshape(-1, 2)


def test_the_loss_over_all_pixels_is_cross_entropy_to_the_soft_bins(shapes):
    images = shapes.images[:5]
    method = make("bins", views=as_they_are, pixels=10_000).eval()  # more than there are: all of them
    logits = method.predict(images).permute(0, 2, 3, 1).reshape(-1, len(BINS))
    want = nn.functional.cross_entropy(logits, methods.encode_ab(true_pixels(images), BINS))
    torch.testing.assert_close(method.loss(images), want, atol=1e-4, rtol=1e-4)


def test_weights_count_each_pixel_by_its_nearest_bin(shapes):
    images = shapes.images[:5]
    weights = torch.linspace(0.1, 3, len(BINS))
    method = make("bins", views=as_they_are, pixels=10_000, weights=weights).eval()
    logits = method.predict(images).permute(0, 2, 3, 1).reshape(-1, len(BINS))
    ab = true_pixels(images)
    each = nn.functional.cross_entropy(logits, methods.encode_ab(ab, BINS), reduction="none")
    nearest = torch.cdist(ab, BINS).argmin(dim=1)
    torch.testing.assert_close(method.loss(images), (weights[nearest] * each).mean(), atol=1e-4, rtol=1e-4)


def test_the_regression_s_loss_is_the_mean_squared_distance(shapes):
    images = shapes.images[:5]
    method = make("regression", views=as_they_are, pixels=10_000).eval()
    error = (method.chroma(images).permute(0, 2, 3, 1).reshape(-1, 2) - true_pixels(images)).square().sum(1).mean()
    torch.testing.assert_close(method.loss(images) * method.SCALE**2, error, atol=1e-2, rtol=1e-4)


@both
def test_pixels_are_drawn_anew_from_the_global_generator_and_labels_play_no_part(kind, shapes):
    method = make(kind, views=as_they_are, pixels=4).eval()
    assert method.loss(shapes.images) != method.loss(shapes.images)
    found = []
    for labels in (shapes.labels, shapes.labels.flip(0)):
        with runtime.seeded(3):
            found.append(method.loss((shapes.images, labels)))
    assert found[0] == found[1]


@both
def test_building_one_leaves_the_encoder_as_it_was(kind):
    encoder = models.ResNet(8, (1, 1))
    encoder.layer1.eval()
    before = copy.deepcopy(encoder.state_dict())
    modes = [part.training for part in encoder.modules()]
    methods.Colorization(encoder, BINS) if kind == "bins" else methods.ColorRegression(encoder)
    assert all(torch.equal(before[name], value) for name, value in encoder.state_dict().items())
    assert modes == [part.training for part in encoder.modules()]


def test_the_annealed_mean_of_the_network_s_own_logits(shapes):
    method, images = make("bins").eval(), shapes.images[:3]
    logits = method.predict(images)
    for temperature in (0.2, 1.0):
        chroma = method.chroma(images, temperature)
        at = methods.annealed_mean(logits[1, :, 2, 5][None], BINS, temperature)[0]
        torch.testing.assert_close(chroma[1, :, 2, 5], at)


def test_paint_keeps_lightness_and_gives_back_a_photograph_its_own_colours(shapes):
    images = shapes.images[:4]
    lab = methods.rgb_to_lab(images)
    assert torch.equal((methods.paint(images, lab[:, 1:]) * 255).round().to(torch.uint8), images)
    grey = methods.rgb_to_lab(methods.paint(images, torch.zeros(4, 2, 8, 8)))
    torch.testing.assert_close(grey[:, 0], lab[:, 0], atol=0.01, rtol=0)


def two_colours_for_one_grey(n=256):
    """Grey squares that were red or green before, at random: the grey image cannot tell."""
    with runtime.seeded(0):
        ab = torch.where(torch.rand(n, 1, 1, 1) < 0.5, torch.tensor([40.0, 20.0])[None, :, None, None],
                         torch.tensor([-40.0, 20.0])[None, :, None, None])
    lab = torch.cat([torch.full((n, 1, 1, 1), 60.0), ab], dim=1).expand(-1, -1, 16, 16)
    return methods.lab_to_rgb(lab), ab.flatten(1)


def a_little_brighter_or_darker(images):
    """Rounding gives red a grey of its own, a millionth off, and eighty steps can find it; beside this it is nothing."""
    return (images + 0.02 * torch.randn(len(images), 1, 1, 1)).clamp(0, 1)


@pytest.mark.slow
def test_where_two_colours_are_as_likely_regression_answers_between_and_bins_keep_both():
    images, _ = two_colours_for_one_grey()
    made = {}
    for kind in ("bins", "regression"):
        method = make(kind, views=a_little_brighter_or_darker, pixels=8)
        training.train(method, images, steps=80, batch_size=64, lr=0.02)
        made[kind] = method.eval()
    with torch.no_grad():
        a, _ = made["regression"].chroma(images[:1]).mean(dim=(0, 2, 3)).tolist()
        p = made["bins"].predict(images[:1])[0, :, 4, 4].softmax(0)
    assert abs(a) < 12  # neither red nor green
    red, green = p[BINS[:, 0] > 20].sum(), p[BINS[:, 0] < -20].sum()
    assert red > 0.25 and green > 0.25 and red + green > 0.9


@pytest.mark.slow
@both
def test_both_learn_and_stay_finite_in_bfloat16(kind, shapes):
    for bfloat16 in (False, True):
        method = make(kind)
        history = training.train(method, shapes, steps=40, batch_size=32, lr=0.01, bfloat16=bfloat16)
        assert history.recent(10) < sum(history.loss[:5]) / 5


@pytest.mark.parametrize("call, message", [
    (lambda: methods.Colorization(nn.Linear(3, 3), BINS), "encoder: got"),
    (lambda: methods.Colorization(models.small_resnet(), BINS.T), "bins: got"),
    (lambda: methods.Colorization(models.small_resnet(), BINS, weights=torch.ones(3)), "weights: got"),
    (lambda: methods.Colorization(models.small_resnet(), BINS, hidden_dim=0), "hidden_dim: got 0"),
    (lambda: methods.ColorRegression(models.small_resnet(), pixels=0), "pixels: got 0"),
    (lambda: make("bins").loss(torch.zeros(4, 8, 8)), "images: got"),
    (lambda: make("bins").chroma(torch.zeros(1, 3, 32, 32), 0), "temperature: got 0"),
    (lambda: methods.paint(torch.zeros(2, 3, 8, 8), torch.zeros(1, 2, 4, 4)), "ab: got"),
])
def test_bad_input_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()
