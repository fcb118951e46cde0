"""Rotation prediction: every copy where it belongs, turned as it should be; and maps pooled to one size."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch import nn

from sslcourse import augment, data, methods, models, runtime, training
from sslcourse.evaluation import extract_features


@pytest.fixture
def images():
    return torch.rand(5, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def test_rotations_are_numpy_s_of_each_image_in_blocks(images):
    copies, labels = methods.rotate_all(images)
    assert copies.shape == (20, 3, 8, 8) and labels.dtype == torch.int64
    for k in range(4):
        for i, image in enumerate(images):
            wanted = np.stack([np.rot90(channel.numpy(), k) for channel in image])  # anticlockwise
            assert np.array_equal(copies[k * 5 + i].numpy(), wanted) and labels[k * 5 + i] == k


def test_two_angles_are_the_first_and_third_of_four(images):
    four, two = methods.rotate_all(images)[0], methods.rotate_all(images, 2)
    assert torch.equal(two[0], torch.cat([four[:5], four[10:15]])) and two[1].tolist() == [0] * 5 + [1] * 5


def test_bytes_stay_bytes_and_the_input_stays_as_it_was():
    batch = data.shapes(4, seed=0).images
    before = batch.clone()
    for angles in (2, 4, 8):
        copies, labels = methods.rotate_all(batch, angles)
        assert copies.dtype == torch.uint8 and len(copies) == len(labels) == 4 * angles
    assert torch.equal(batch, before)


def test_a_quarter_turn_four_times_is_none(images):
    again = images
    for _ in range(4):
        again = methods.rotate_all(again)[0][5:10]
    assert torch.equal(again, images)


def circle(size):
    middle = np.arange(size) - (size - 1) / 2
    return middle[:, None] ** 2 + middle[None] ** 2 <= (size / 2) ** 2


@pytest.mark.parametrize("k", range(4))
def test_turn_by_quarters_is_exact_inside_the_circle_and_grey_outside(images, k):
    inside = torch.from_numpy(circle(8))
    turned = methods.turn(images, 90 * k)
    torch.testing.assert_close(turned[:, :, inside], torch.rot90(images, k, (2, 3))[:, :, inside], atol=1e-5, rtol=0)
    assert (turned[:, :, ~inside] == 0.5).all()


@pytest.mark.parametrize("degrees", [45, 30, -100, 222.5])
def test_turn_is_scipy_s_bilinear_rotation(images, degrees):
    inside = circle(8) & ndimage.binary_erosion(np.ones((8, 8)))  # at the very border the two extend the image differently
    turned = methods.turn(images, degrees).numpy()
    for image, got in zip(images.numpy(), turned):
        for channel, ours in zip(image, got):
            wanted = ndimage.rotate(channel, degrees, reshape=False, order=1, mode="nearest")
            assert np.allclose(ours[inside], wanted[inside], atol=1e-4)


def test_turning_keeps_a_thing_whose_shape_is_a_circle():
    ring = torch.from_numpy(circle(9)).float()[None, None].expand(2, 3, 9, 9)
    assert torch.allclose(methods.turn(ring, 45)[..., 2:7, 2:7], ring[..., 2:7, 2:7], atol=1e-5)


def test_no_angle_of_eight_is_told_by_what_is_missing(images):
    white = torch.ones_like(images)
    copies, _ = methods.rotate_all(white, 8)
    torch.testing.assert_close(copies, copies[:1].expand_as(copies))


def test_undecided_is_a_plain_loop_over_copies():
    logits = torch.randn(4 * 3, 4, generator=torch.Generator().manual_seed(1)) * 2
    for i in range(3):
        rows = [logits[k * 3 + i].softmax(0).tolist() for k in range(4)]
        wanted = sum(-p * math.log2(p) for row in rows for p in row) / 4
        assert methods.undecided(logits)[i].item() == pytest.approx(wanted, abs=1e-5)


def test_undecided_runs_from_certain_to_a_guess():
    assert methods.undecided(torch.eye(8).repeat(3, 1) * 1e4).tolist() == [0.0] * 3
    assert methods.undecided(torch.zeros(16, 8)).tolist() == pytest.approx([3.0] * 2, abs=1e-5)


def test_the_loss_is_the_cross_entropy_of_every_copy(images):
    method = methods.Rotation(models.small_resnet(), views=lambda batch: batch).eval()
    copies, labels = methods.rotate_all(images)
    rows = method.classifier(method.encoder(copies)).log_softmax(dim=1)
    wanted = sum(-rows[i, label] for i, label in enumerate(labels)) / len(labels)
    torch.testing.assert_close(method.loss(images), wanted)
    assert torch.equal(method.encode(images), method.encoder(images))


def test_labels_are_not_looked_at_and_views_are_drawn_anew():
    shapes = data.shapes(16, seed=0)
    method = methods.Rotation(models.small_resnet())
    with runtime.seeded(0):
        first = method.loss((shapes.images, shapes.labels))
    with runtime.seeded(0):
        assert first == method.loss(shapes.images)
    assert first != method.loss(shapes.images)


@pytest.mark.parametrize("angles", [2, 4, 8])
def test_it_learns_which_way_is_up(angles):
    ramp = torch.linspace(0.1, 0.9, 16)[:, None].expand(3, 16, 16)  # dark above, light below
    pictures = (ramp + 0.05 * torch.randn(64, 3, 16, 16, generator=torch.Generator().manual_seed(3))).clamp(0, 1)
    views = augment.RandomHorizontalFlip()
    with runtime.seeded(0):
        method = methods.Rotation(models.ResNet(8, (1, 1), stem="half"), angles, views=views)
    training.train(method, pictures, steps=40, batch_size=16, lr=0.01)
    copies, labels = methods.rotate_all(pictures, angles)
    right = extract_features(method.logits, copies).argmax(dim=1) == labels
    assert right.float().mean() > (0.95 if angles < 8 else 0.7)


@pytest.mark.parametrize("call, message", [
    (lambda x: methods.rotate_all(x[:, :, :5]), "images: got Tensor of shape .*wanted square images"),
    (lambda x: methods.rotate_all(x, 3), "angles: got 3, wanted one of 2, 4, 8"),
    (lambda x: methods.rotate_all(x[0]), "images: got Tensor of shape"),
    (lambda x: methods.turn(x, float("nan")), "degrees: got nan"),
    (lambda x: methods.turn(x[..., :5], 45), "images: got .*wanted square"),
    (lambda x: methods.undecided(torch.zeros(6, 4)), "logits: got .*wanted \\(K · N, K\\)"),
    (lambda x: methods.undecided(torch.zeros(4, 1)), "logits"),
    (lambda x: methods.undecided(torch.full((4, 4), torch.nan)), "logits: got NaN"),
    (lambda x: methods.pool_to(x.flatten(1), 9), "feature_map: got"),
    (lambda x: methods.pool_to(x, 0), "numbers: got 0"),
    (lambda x: methods.Rotation(nn.Identity(), 5), "angles: got 5"),
])
def test_bad_input(images, call, message):
    with pytest.raises(ValueError, match=message):
        call(images)
