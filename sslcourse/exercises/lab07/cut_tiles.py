"""Exercise `cut_tiles`: nine tiles of each image, with a gap, each at a place of its own in its cell."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import methods
from ..chance import about
from ..engine import RIGHT, Exercise, Wrong, catches


def where(n: int, height: int, width: int, dtype: torch.dtype = torch.uint8) -> Tensor:
    """Images whose pixels say where they come from: their channels are the row, the column and the image's number."""
    row, column = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    images = torch.stack([torch.stack([row, column, torch.full_like(row, i)]) for i in range(n)])
    return images.to(dtype) if dtype == torch.uint8 else images.to(dtype) / 64


def cut_cases() -> dict[str, tuple]:
    return {
        "forty photographs": (where(40, 32, 32), 2, True),
        "photographs without jitter": (where(5, 32, 32), 3, False),
        "float images, a large gap": (where(30, 32, 32, torch.float32), 4, True),
        "a wide image": (where(24, 33, 45), 3, True),
        "no gap": (where(4, 32, 32, torch.float32), 0, True),
        "double precision, high images": (where(6, 50, 31, torch.float64), 5, False),
    }


def cells(images: Tensor) -> tuple[int, Tensor, Tensor]:
    """The side of a cell, and the rows and the columns (9,) at which the cells begin."""
    side, place = min(images.shape[2:]) // 3, torch.arange(9)
    top, left = ((length - 3 * side) // 2 for length in images.shape[2:])
    return side, top + place // 3 * side, left + place % 3 * side


def shifts(got: Tensor, images: Tensor) -> tuple[Tensor, Tensor] | None:
    """How far down and to the right in its cell each tile lies, (N, 9) each; None if one is no whole piece of its image."""
    if got.ndim != 5 or got.shape[:3] != (len(images), 9, 3) or got.shape[3] * got.shape[4] == 0:
        return None
    numbers = got.double() * (255 if images.dtype == torch.uint8 else 64)
    found = numbers.round()
    rows, columns, image = (found[:, :, channel] for channel in range(3))
    down, right = rows[:, :, :1, :1], columns[:, :, :1, :1]
    whole = (torch.equal(rows, (down + torch.arange(rows.shape[2])[:, None]).expand_as(rows))
             and torch.equal(columns, (right + torch.arange(rows.shape[3])).expand_as(rows))
             and torch.equal(image, torch.arange(len(images))[:, None, None, None].expand_as(image).double()))
    if not whole or float((numbers - found).abs().max()) > 1e-3:
        return None
    _, top, left = cells(images)
    return down[..., 0, 0] - top, right[..., 0, 0] - left


def within(shift: tuple[Tensor, Tensor] | None, gap: int) -> bool:
    return shift is not None and all(bool(((s >= 0) & (s <= gap)).all()) for s in shift)


def still(shift: tuple[Tensor, Tensor]) -> bool:
    """Every tile lies at the same place in its cell."""
    return all(len(s.unique()) == 1 for s in shift)


def cut(function, images: Tensor, gap: int, jitter: bool) -> object:
    """Right answers draw different places, so that only what chance allows can be asked; without jitter they are alike."""
    out = function(images, gap, jitter)
    if not jitter:
        return out
    size = cells(images)[0] - gap
    comparable = (isinstance(out, Tensor) and out.shape == (len(images), 9, 3, size, size)
                  and out.dtype == (torch.float32 if images.dtype == torch.uint8 else images.dtype))
    return RIGHT if comparable and _right(shifts(out, images), gap) else Wrong(out)


def _right(shift: tuple[Tensor, Tensor] | None, gap: int) -> bool:
    if not within(shift, gap):
        return False
    down, right = shift
    chance = 1 / (gap + 1)                      # how often one place is drawn, and how often two draws agree
    pairs = [(down, right)] + [(s[1:], s[:-1]) for s in shift] + [(s[:, 1:], s[:, :-1]) for s in shift]
    return (all(about(s == place, chance) for s in shift for place in range(gap + 1))
            and all(about(one == other, chance) for one, other in pairs))


@catches("The tiles are as large as their cells, or smaller on both sides. A tile is a cell less `gap` pixels, once each "
         "way: cell − gap.")
def another_size(got, images, gap, jitter):
    side = cells(images)[0]
    return gap > 0 and got.shape[3:] in ((side, side), (side - 2 * gap,) * 2)


@catches("The cells of an image that isn't square are stretched here. They are squares: a third of the *shorter* side, in "
         "the middle of the image.")
def stretched_cells(got, images, gap, jitter):
    height, width = (length // 3 for length in images.shape[2:])
    return height != width and got.shape[3:] == (height - gap, width - gap)


@catches("The tiles have the size of another image's. c = ⌊min(H, W) / 3⌋ is worked out from each batch anew, and the "
         "shorter side counts, be it the height or the width.")
def size_of_another_image(got, images, gap, jitter):
    if isinstance(got, RuntimeError):
        return "must match the existing size" in str(got)
    return got.ndim == 5 and cells(images)[0] - gap not in got.shape[3:]


@catches("The pixels are still whole numbers up to 255. uint8 images become float in [0, 1]: divide by 255.")
def still_bytes(got, images, gap, jitter):
    return images.dtype == torch.uint8 and (got.dtype == torch.uint8 or float(got.max()) > 1)


@catches("Images that are float already, in [0, 1], are divided by 255 as well. Look at `images.dtype` first.")
def divided_twice(got, images, gap, jitter):
    return images.dtype != torch.uint8 and within(shifts(got * 255, images), gap)


@catches("The tiles come column by column. Tile 1 lies to the right of tile 0, and tile 3 under it: `place // 3` is a tile's "
         "row and `place % 3` its column.")
def columns_first(got, images, gap, jitter):
    turned = got.unflatten(1, (3, 3)).transpose(1, 2).flatten(1, 2)
    return not within(shifts(got, images), gap) and within(shifts(turned, images), gap)


@catches("The cells begin at the first pixel. 3 cells seldom fill the image: what is left over is cut off on both sides, so "
         "that they lie in its middle.")
def from_the_corner(got, images, gap, jitter):
    _, top, left = cells(images)
    down, right = shifts(got, images)
    return int(top[0] + left[0]) > 0 and not within((down, right), gap) and within((down + top[0], right + left[0]), gap)


@catches("A tile reaches over the edge of its cell. It is `gap` pixels smaller than the cell, so it can be moved by 0, 1, … "
         "or `gap` of them, and by no more.")
def out_of_its_cell(got, images, gap, jitter):
    shift = shifts(got, images)
    return shift is not None and not within(shift, gap)


@catches("`jitter` makes no difference: all tiles lie at the same place in their cells. Draw for each a place of its own.")
def no_jitter(got, images, gap, jitter):
    return jitter and gap > 0 and still(shifts(got, images))


@catches("The tiles are moved at random though `jitter` is off. Then each lies in the middle of its cell.")
def always_jitter(got, images, gap, jitter):
    shift = shifts(got, images)
    return not jitter and within(shift, gap) and not still(shift)


@catches("Without jitter a tile lies in the middle of its cell: `gap // 2` pixels from the upper left corner.")
def not_in_the_middle(got, images, gap, jitter):
    shift = shifts(got, images)
    return not jitter and still(shift) and any(bool((s != gap // 2).any()) for s in shift)


@catches("Every image is cut in the same way. Draw for each image by itself: the draw needs an axis of N.")
def alike_in_all_images(got, images, gap, jitter):
    shift = shifts(got, images)
    return jitter and not still(shift) and all(bool((s == s[:1]).all()) for s in shift)


@catches("All nine tiles of an image are moved alike, so that the gap between two of them is always the same. Draw for each "
         "tile by itself: the draw needs an axis of 9.")
def alike_in_all_tiles(got, images, gap, jitter):
    shift = shifts(got, images)
    return jitter and not still(shift) and all(bool((s == s[:, :1]).all()) for s in shift)


@catches("Each tile is moved down as far as to the right, along the diagonal. Those are two draws.")
def alike_both_ways(got, images, gap, jitter):
    down, right = shifts(got, images)
    return jitter and not still((down, right)) and torch.equal(down, right)


@catches("A tile is never moved by the full `gap`. `torch.randint(k, …)` draws from 0 to k − 1: there are gap + 1 places.")
def never_the_last(got, images, gap, jitter):
    return jitter and gap > 1 and all(int(s.max()) == gap - 1 for s in shifts(got, images))


@catches("These tiles aren't windows of their own image: their pixels don't lie side by side there, or belong to another "
         "image or channel. A `reshape` takes row after row of the whole image, and cuts no window.")
def no_piece_of_the_image(got, images, gap, jitter):
    return got.ndim == 5 and got.shape[:3] == (len(images), 9, 3) and shifts(got, images) is None


EXERCISE = Exercise(
    "cut_tiles", "07_jigsaw", "Cut, with a gap and at random", minutes=25, difficulty=4, importance=4,
    reference=methods.cut_tiles, returns=("tiles",), cases=cut_cases, measure=cut, random=True, longer=True,
    used_in="in the training below",
    mistakes=(another_size, stretched_cells, size_of_another_image, still_bytes, divided_twice, columns_first,
              from_the_corner, out_of_its_cell, no_jitter, always_jitter, not_in_the_middle, alike_in_all_images,
              alike_in_all_tiles, alike_both_ways, never_the_last, no_piece_of_the_image),
    hints=("First say in numbers where each cell begins; then where in its cell each tile lies. Only then take pixels.",
           "Tile t lies in row `t // 3` and column `t % 3` of the cells. With jitter, two draws for each image and tile: "
           "`torch.randint(gap + 1, (2, N, 9))`. A loop may take `images[n, :, r : r + size, c : c + size]`, and "
           "`torch.stack` joins them; without a loop, `unfold` makes a window at every corner.",
           "`windows = images.unfold(2, size, 1).unfold(3, size, 1)` is (N, C, rows, columns, size, size), and "
           "`windows[torch.arange(N)[:, None], :, top + down, left + right]` is (N, 9, C, size, size), where `top`, `left` "
           "are (9,) and `down`, `right` (N, 9), all on `images.device`."),
)
