"""Random resized crops (Szegedy et al., 2015): a random box of each image, resampled to one size."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from .. import expect
from . import draws
from .arguments import interval, size_pair
from .separable import filter_rows_and_columns
from .transform import Transform, float_images

ATTEMPTS = 10  # boxes drawn per image before the largest central one is taken: torchvision's number


class RandomResizedCrop(Transform):
    """A random box of each image, resized to `size` bilinearly with antialiasing (as torchvision does).

    A box's area is uniform in `scale` (a fraction of the image's) and its width over height log-uniform in `ratio`. Ten
    such boxes are drawn and the first that fits is taken; if none does, it is the largest central box of an allowed
    ratio. SimCLR uses scale (0.08, 1) (Chen et al., 2020, arXiv:2002.05709, appendix A). Views smaller
    than the images train faster.

    size    height and width of the output, or one integer for a square
    scale   smallest and largest area, as fractions of the image's, in (0, 1]
    ratio   smallest and largest width over height

    Raises ValueError for a size below 1, or bounds that are not ordered or not positive.

    >>> crop = RandomResizedCrop(24, scale=(0.2, 1.0))
    >>> crop
    RandomResizedCrop(size=(24, 24), scale=(0.2, 1), ratio=(0.75, 1.333))
    >>> crop(torch.zeros(8, 3, 32, 32, dtype=torch.uint8)).shape
    torch.Size([8, 3, 24, 24])
    """

    def __init__(self, size: int | Sequence[int], scale: Sequence[float] = (0.08, 1.0),
                 ratio: Sequence[float] = (3 / 4, 4 / 3)) -> None:
        self.size = size_pair(size)
        self.scale = interval(scale, "scale", at_least=0, at_most=1, above=0)
        self.ratio = interval(ratio, "ratio", at_least=0, above=0)

    def boxes(self, n: int, height: int, width: int, generator: torch.Generator | None = None) -> torch.Tensor:
        """Boxes for n images of height × width: (4, n), whole numbers: top, left, height, width."""
        area = height * width * draws.uniform((ATTEMPTS, n), *self.scale, generator)
        ratio = draws.log_uniform((ATTEMPTS, n), *self.ratio, generator)
        w, h = (area * ratio).sqrt_().round_(), (area / ratio).sqrt_().round_()
        fits = (0 < w) & (w <= width) & (0 < h) & (h <= height)
        first = fits.to(torch.uint8).argmax(dim=0, keepdim=True)  # the first attempt that fits, or attempt 0
        found = fits.gather(0, first)[0]
        central_h, central_w = self._largest(height, width)
        h = torch.where(found, h.gather(0, first)[0], central_h)
        w = torch.where(found, w.gather(0, first)[0], central_w)
        top, left = draws.uniform((2, n), 0, 1, generator)
        top = torch.where(found, (top * (height - h + 1)).floor_(), (height - central_h) // 2)
        left = torch.where(found, (left * (width - w + 1)).floor_(), (width - central_w) // 2)
        return torch.stack([top, left, h, w])

    def apply(self, images: torch.Tensor, generator: torch.Generator | None) -> torch.Tensor:
        n, _, height, width = images.shape
        return crop_and_resize(images, draws.on(images.device, self.boxes(n, height, width, generator)), self.size)

    def _largest(self, height: int, width: int) -> tuple[int, int]:
        """Height and width of the largest box whose ratio is allowed."""
        ratio = min(max(width / height, self.ratio[0]), self.ratio[1])
        if ratio > width / height:
            return max(1, round(width / ratio)), width
        return height, max(1, round(height * ratio))


def resized_crop(images: torch.Tensor, boxes: torch.Tensor, size: int | Sequence[int]) -> torch.Tensor:
    """The given box of each image, resized bilinearly with antialiasing.

    images    (N, C, H, W)
    boxes     (4, N), whole numbers: top, left, height, width of each image's box, inside the image
    size      height and width of the output, or one integer for a square
    returns   (N, C, *size), float32 in [0, 1]

    Raises ValueError for boxes that are empty or reach beyond the image.
    """
    size = size_pair(size)
    with float_images(images) as batch:
        n, _, h, w = batch.shape
        expect.tensor(boxes, "boxes", (4, n), finite=True)
        boxes = boxes.to(batch.device, torch.float32)
        top, left, height, width = boxes
        inside = (boxes >= 0).all() & (boxes[2:] >= 1).all() & (top + height <= h).all() & (left + width <= w).all()
        got = "a box that is empty, reaches beyond its image or is not of whole pixels"
        expect.that(bool(inside & (boxes == boxes.round()).all()), "boxes", got, f"boxes inside images of {h} × {w}")
        return crop_and_resize(batch, boxes, size)


def crop_and_resize(images: torch.Tensor, boxes: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """`resized_crop` without its checks: float32 images, boxes on their device."""
    top, left, height, width = boxes
    rows = interpolation(top, height, images.shape[2], size[0])
    columns = interpolation(left, width, images.shape[3], size[1])
    return filter_rows_and_columns(images, rows, columns)


def interpolation(start: torch.Tensor, length: torch.Tensor, n_in: int, n_out: int) -> torch.Tensor:
    """Weights of n_in pixels for n_out pixels spread over [start, start + length): (N, n_out, n_in).

    Bilinear with antialiasing, as Pillow and torchvision do it: output pixel i looks at the point
    x = start + (i + 1/2) · length / n_out. A triangle of half-width max(1, length / n_out) around x weighs the pixels
    inside the box, and the weights are made to sum to one.
    """
    step = length / n_out
    reach = step.clamp_min(1)
    pixels = torch.arange(n_in, device=start.device)
    centers = start[:, None] + (torch.arange(n_out, device=start.device) + 0.5) * step[:, None]  # (N, n_out)
    centers /= reach[:, None]
    places = (pixels + 0.5) / reach[:, None]  # (N, n_in), in half-widths, as the centers are
    outside = (pixels < start[:, None]) | (pixels >= (start + length)[:, None])
    peak = torch.ones_like(places).masked_fill_(outside, -math.inf)  # no weight for a pixel outside the box
    distance = (centers[:, :, None] - places[:, None, :]).abs_()  # (N, n_out, n_in)
    weights = torch.sub(peak[:, None, :], distance, out=distance).clamp_min_(0)
    return weights.div_(weights.sum(dim=2, keepdim=True))
