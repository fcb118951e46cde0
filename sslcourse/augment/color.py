"""Color operations with given strengths: brightness, contrast, saturation, hue and grayscale, one strength per image.

The first three blend an image x with a gray target t: clamp(f·x + (1 − f)·t). Brightness blends with black, contrast
with the image's mean luminance, saturation with each pixel's luminance. Definitions and weights are torchvision's.

    >>> images = torch.rand(2, 3, 4, 4)
    >>> darker, brighter = adjust_brightness(images, torch.tensor([0.5, 1.5]))
"""

from __future__ import annotations

import torch

from .. import expect
from .arguments import per_sample
from .transform import float_images

BRIGHTNESS, CONTRAST, SATURATION, HUE = range(4)
LUMINANCE = (0.2989, 0.587, 0.114)  # of red, green and blue; ITU-R BT.601, as torchvision rounds it


def adjust_brightness(images: torch.Tensor, brightness_factor: float | torch.Tensor) -> torch.Tensor:
    """Blend with black. Images (N, C, H, W); a factor ≥ 0, or one per image (N,): 0 is black, 1 changes nothing."""
    with float_images(images) as x:
        return adjust(x, BRIGHTNESS, per_sample(brightness_factor, x, "brightness_factor", at_least=0))


def adjust_contrast(images: torch.Tensor, contrast_factor: float | torch.Tensor) -> torch.Tensor:
    """Blend with the image's mean luminance. A factor ≥ 0, or one per image (N,): 0 is flat gray, 1 changes nothing."""
    with float_images(images) as x:
        return adjust(x, CONTRAST, per_sample(contrast_factor, x, "contrast_factor", at_least=0))


def adjust_saturation(images: torch.Tensor, saturation_factor: float | torch.Tensor) -> torch.Tensor:
    """Blend with each pixel's luminance. A factor ≥ 0, or one per image (N,): 0 is grayscale, 1 changes nothing."""
    with float_images(images) as x:
        return adjust(x, SATURATION, per_sample(saturation_factor, x, "saturation_factor", at_least=0))


def adjust_hue(images: torch.Tensor, hue_factor: float | torch.Tensor) -> torch.Tensor:
    """Turn the hue by a fraction of the circle in [−1/2, 1/2], or one per image (N,); what is gray stays as it is."""
    with float_images(images) as x:
        turn = per_sample(hue_factor, x, "hue_factor", at_least=-0.5, at_most=0.5)
        return rotate_hue_(x.clone(), turn)


def rgb_to_grayscale(images: torch.Tensor, num_output_channels: int = 1) -> torch.Tensor:
    """Luminance, (N, num_output_channels, H, W), with one channel or three equal ones."""
    expect.one_of(num_output_channels, "num_output_channels", (1, 3))
    with float_images(images) as x:
        return luminance(x).repeat(1, num_output_channels, 1, 1)


def luminance(x: torch.Tensor) -> torch.Tensor:
    """(N, C, H, W) → (N, 1, H, W), always new: the weighted sum of three channels, or the one there is."""
    if x.shape[1] == 1:
        return x.clone()
    (r, g, b), (of_r, of_g, of_b) = x.split(1, dim=1), LUMINANCE
    return (of_r * r).add_(g, alpha=of_g).add_(b, alpha=of_b)


def adjust(x: torch.Tensor, what: int | torch.Tensor, factor: torch.Tensor,
           out: torch.Tensor | None = None) -> torch.Tensor:
    """clamp(f·x + (1 − f)·target) of images (N, C, H, W), each with its own factor, (N,), and its own target.

    what   BRIGHTNESS, CONTRAST or SATURATION, for all images or for each, (N,): which target an image is blended with
    """
    what = torch.as_tensor(what, device=x.device).view(-1, 1, 1, 1)
    gray = luminance(x)
    mean = gray.mean(dim=(2, 3), keepdim=True)
    target = mean * (what == CONTRAST) + gray * (what == SATURATION)  # for brightness 0: black
    return torch.lerp(target, x, factor.view(-1, 1, 1, 1), out=out).clamp_(0, 1)


def rotate_hue_(x: torch.Tensor, turn: torch.Tensor) -> torch.Tensor:
    """Turn each image's hue by `turn`, (N,), in [−1/2, 1/2] of the circle, in place. HSV without its case distinctions.

    With M and m the largest and smallest of a pixel's channels and c = M − m, the hue h, in sixths of the circle from
    red, is 1 + (g + b − r − m) / c, with the sign of g − b. Going back, for h in [−3, 3], each channel is m + c·k, with
    k clamped to [0, 1]: k_r = 2 − |h|, k_g = |h + 1| − 1, k_b = |h − 1| − 1. M and c, so value and saturation, stay.
    """
    if x.shape[1] == 1:
        return x  # gray has no hue
    r, g, b = x.unbind(dim=1)  # (N, H, W) each, views
    low = torch.minimum(torch.minimum(r, g), b)
    chroma = torch.maximum(torch.maximum(r, g), b).sub_(low)
    h = (g + b).sub_(r).sub_(low).div_(chroma.clamp_min(1e-12)).add_(1).copysign_(g - b)
    h += 6 * turn[:, None, None]
    h.sub_((h / 6).round_(), alpha=6)  # back into [−3, 3]
    torch.addcmul(low, chroma, h.abs().neg_().add_(2).clamp_(0, 1), out=r)
    torch.addcmul(low, chroma, (h + 1).abs_().sub_(1).clamp_(0, 1), out=g)
    torch.addcmul(low, chroma, h.sub_(1).abs_().sub_(1).clamp_(0, 1), out=b)
    return x
