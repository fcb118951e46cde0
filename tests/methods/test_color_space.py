"""CIELAB and the way back, against kornia, the formulas one color at a time, and closed forms."""

from __future__ import annotations

import kornia
import pytest
import torch

from sslcourse import methods

DTYPES = pytest.mark.parametrize("dtype", [torch.float32, torch.float64])


def colours(n=4, size=16, seed=0, dtype=torch.float32):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(n, 3, size, size, generator=generator, dtype=torch.float64).to(dtype)


def lab_of(r, g, b):
    """CIE 15:2004, one colour at a time."""
    light = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (r, g, b)]
    rows = [(0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505)]
    t = [sum(m * c for m, c in zip(row, light)) / sum(row) for row in rows]
    x, y, z = (v ** (1 / 3) if v > (6 / 29) ** 3 else v * (29 / 6) ** 2 / 3 + 4 / 29 for v in t)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def test_lab_equals_the_formulas_one_colour_at_a_time():
    images = torch.cat([colours(1, 6, dtype=torch.float64), colours(1, 6, 1, torch.float64) * 0.05])  # dark ones too
    lab = methods.rgb_to_lab(images)
    for n in range(2):
        for y in range(6):
            for x in range(6):
                want = lab_of(*images[n, :, y, x].tolist())
                assert lab[n, :, y, x].tolist() == pytest.approx(want, abs=1e-9)


def test_lab_equals_kornia_up_to_its_rounded_white_point():
    images = colours(8)
    assert (methods.rgb_to_lab(images) - kornia.color.rgb_to_lab(images)).abs().max() < 0.05
    lab = methods.rgb_to_lab(images)
    assert (methods.lab_to_rgb(lab) - kornia.color.lab_to_rgb(lab)).abs().max() < 2e-3


def test_every_eight_bit_colour_on_a_fine_grid_survives_the_round_trip():
    levels = torch.arange(0, 256, 5, dtype=torch.uint8)  # 52 levels, 0 and 255 among them
    every = torch.cartesian_prod(levels, levels, levels).T.reshape(1, 3, -1, 52)
    back = (methods.lab_to_rgb(methods.rgb_to_lab(every)) * 255).round().to(torch.uint8)
    assert torch.equal(back, every)


@DTYPES
def test_round_trip_in_floats_and_the_dtype_is_kept(dtype):
    images = colours(dtype=dtype)
    lab = methods.rgb_to_lab(images)
    assert lab.dtype == dtype
    torch.testing.assert_close(methods.lab_to_rgb(lab), images, atol=2e-5, rtol=0)


def test_greys_have_no_colour_black_is_0_and_white_100():
    grey = torch.arange(256, dtype=torch.uint8).repeat(1, 3, 1, 1)
    lab = methods.rgb_to_lab(grey)
    assert lab[:, 1:].abs().max() < 1e-3
    assert lab[0, 0, 0, 0].abs() < 1e-4 and abs(lab[0, 0, 0, 255] - 100) < 1e-3
    assert (lab[0, 0, 0].diff() > 0).all()


def test_a_colour_outside_the_gamut_is_clipped_and_finite():
    rgb = methods.lab_to_rgb(torch.tensor([50.0, 150, -150]).reshape(1, 3, 1, 1))
    assert rgb.isfinite().all() and rgb.min() >= 0 and rgb.max() <= 1


def test_grey_input_is_lightness_in_each_channel():
    images = colours()
    grey = methods.grey_input(images, channels=2)
    assert grey.shape == (4, 2, 16, 16)
    for channel in grey.unbind(1):
        torch.testing.assert_close(channel, methods.rgb_to_lab(images)[:, 0] / 100)


@pytest.mark.parametrize("call, message", [
    (lambda: methods.rgb_to_lab(torch.zeros(3, 8, 8)), "images: got"),
    (lambda: methods.rgb_to_lab(torch.zeros(1, 1, 8, 8)), "images: got"),
    (lambda: methods.rgb_to_lab(torch.zeros(1, 3, 8, 8, dtype=torch.long)), "images: got"),
    (lambda: methods.lab_to_rgb(torch.zeros(1, 2, 8, 8)), "lab: got"),
    (lambda: methods.lab_to_rgb(torch.zeros(1, 3, 8, 8, dtype=torch.uint8)), "lab: got"),
    (lambda: methods.grey_input(torch.zeros(1, 3, 8, 8), channels=0), "channels: got 0"),
])
def test_bad_colors_are_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()
