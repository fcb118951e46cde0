"""Between sRGB and CIELAB: one axis for lightness, and two for color, on which equal steps look about equally large.

CIE 15:2004, section 8.2.1, with the white point D65 and sRGB as IEC 61966-2-1 defines it.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from ... import expect

# linear sRGB -> XYZ, IEC 61966-2-1; white, (1, 1, 1), becomes D65
_XYZ = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
_BEND = 6 / 29  # where CIELAB's cube root gives way to a straight line


def _check_rgb_to_lab(images):
    expect.images(images)
    expect.tensor(images, "images", ("N", 3, "H", "W"))


@expect.checked(_check_rgb_to_lab)
def rgb_to_lab(images: Tensor) -> Tensor:
    """sRGB (N, 3, H, W), uint8 or floats in [0, 1], as CIELAB (N, 3, H, W): L* from 0 to 100, then a* and b*.

    a* runs from green to magenta and b* from blue to yellow; a gray has 0 in both. Floats keep their dtype, bytes
    become float32. ValueError for another shape, number of channels or type.

        >>> import torch
        >>> red = torch.tensor([255, 0, 0], dtype=torch.uint8).reshape(1, 3, 1, 1)
        >>> [round(float(x)) for x in rgb_to_lab(red).flatten()]
        [53, 80, 67]
    """
    x = images if images.is_floating_point() else images.float() / 255
    # A screen's value is about the square root of its light; near black it is a straight line.
    light = torch.where(x <= 0.04045, x / 12.92, ((x.clamp(min=0.04045) + 0.055) / 1.055) ** 2.4)
    matrix, white = _matrix(x)
    t = torch.einsum("ij,njhw->nihw", matrix / white[:, None], light)
    f = torch.where(t > _BEND**3, t.clamp(min=_BEND**3) ** (1 / 3), t / (3 * _BEND**2) + 4 / 29)
    X, Y, Z = f.unbind(dim=1)
    return torch.stack([116 * Y - 16, 500 * (X - Y), 200 * (Y - Z)], dim=1)


def _check_lab_to_rgb(lab):
    expect.tensor(lab, "lab", ("N", 3, "H", "W"))
    expect.that(lab.is_floating_point(), "lab", lab, "floating point")


@expect.checked(_check_lab_to_rgb)
def lab_to_rgb(lab: Tensor) -> Tensor:
    """CIELAB (N, 3, H, W) as sRGB (N, 3, H, W) in [0, 1], the inverse of `rgb_to_lab`.

    A color that no screen can show is clipped, channel by channel. ValueError for another shape, or for integers.

        >>> import torch
        >>> gray = torch.tensor([50.0, 0, 0]).reshape(1, 3, 1, 1)
        >>> [round(float(x) * 255) for x in lab_to_rgb(gray).flatten()]
        [119, 119, 119]
    """
    L, a, b = lab.unbind(dim=1)
    Y = (L + 16) / 116
    f = torch.stack([Y + a / 500, Y, Y - b / 200], dim=1)
    t = torch.where(f > _BEND, f**3, 3 * _BEND**2 * (f - 4 / 29))
    matrix, white = _matrix(lab)
    inverse = torch.linalg.inv(matrix.double() / white.double()[:, None]).to(lab)
    light = torch.einsum("ij,njhw->nihw", inverse, t)
    bright = light.clamp(min=0.0031308)
    return torch.where(light <= 0.0031308, light * 12.92, 1.055 * bright ** (1 / 2.4) - 0.055).clamp(0, 1)


def grey_input(images: Tensor, channels: int = 3) -> Tensor:
    """What a colorising network sees of images (N, 3, H, W): L* / 100, in [0, 1], repeated in each of `channels`.

    ValueError as `rgb_to_lab`, or for fewer than one channel.

        >>> import torch
        >>> grey_input(torch.rand(2, 3, 8, 8)).shape
        torch.Size([2, 3, 8, 8])
    """
    expect.integer(channels, "channels", at_least=1)
    return (rgb_to_lab(images)[:, :1] / 100).expand(-1, channels, -1, -1)


def _matrix(like: Tensor) -> tuple[Tensor, Tensor]:
    """The matrix, and the white point: the sums of its rows, so that every gray has a* = b* = 0."""
    matrix = torch.tensor(_XYZ, dtype=like.dtype, device=like.device)
    return matrix, matrix.sum(dim=1)


def paint(images: Tensor, ab: Tensor) -> Tensor:
    """Color images by given a*b*: the lightness of images (N, 3, H, W) under ab (N, 2, h, w), enlarged; sRGB in [0, 1].

    Eyes are sharp for lightness and blurred for color (JPEG and television live on it), so coarse colors do.
    ValueError for other shapes.

        >>> import torch
        >>> images = torch.rand(2, 3, 8, 8)
        >>> bool((paint(images, torch.zeros(2, 2, 4, 4)).std(dim=1) < 1e-3).all())  # without color, gray
        True
    """
    expect.images(images)
    expect.tensor(ab, "ab", (len(images), 2, "h", "w"))
    lightness = rgb_to_lab(images)[:, :1]
    larger = F.interpolate(ab.float(), size=lightness.shape[2:], mode="bilinear", align_corners=False)
    return lab_to_rgb(torch.cat([lightness, larger.to(lightness)], dim=1))
