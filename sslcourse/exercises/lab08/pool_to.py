"""Exercise `pool_to`: maps of every block, pooled to about the same size."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from ... import methods
from ..compare import close
from ..engine import Exercise, catches


def pool_to_cases() -> dict[str, tuple]:
    def some(n: int, c: int, h: int, w: int, seed: int, dtype: torch.dtype = torch.float32) -> Tensor:
        generator = torch.Generator().manual_seed(seed)
        return torch.randn(n, c, h, w, generator=generator, dtype=torch.float64).to(dtype)

    return {
        "few channels, a large map": (some(3, 4, 8, 8, seed=0), 40),
        "many channels": (some(2, 16, 6, 6, seed=1), 64),
        "room for no grid": (some(5, 12, 4, 4, seed=2), 40),
        "a map smaller than the grid": (some(3, 4, 2, 2, seed=3), 100),
        "a size that the grid does not divide": (some(2, 3, 5, 5, seed=4, dtype=torch.float64), 30),
        "more channels than numbers": (some(2, 10, 3, 3, seed=5), 6),
        "a high, narrow map": (some(2, 3, 6, 2, seed=6), 60),
        "a low, wide map": (some(2, 3, 2, 6, seed=7), 60),
    }


def _grid(feature_map: Tensor, numbers: int) -> int:
    C, H, W = feature_map.shape[1:]
    return max(g for g in range(1, min(H, W) + 1) if g == 1 or C * g * g <= numbers)


@catches("That is the mean of the whole map, one number a channel. An early block would come down to very few numbers, "
         "and where things are would be lost. Average over a grid of g × g cells.")
def one_cell(got, feature_map, numbers):
    return _grid(feature_map, numbers) > 1 and close(got, feature_map.mean(dim=(2, 3)))


@catches("The map is not pooled at all, only written out as a row. `F.adaptive_avg_pool2d(feature_map, g)` first.")
def not_pooled(got, feature_map, numbers):
    return close(got, feature_map.flatten(1)) and min(feature_map.shape[2:]) > 1


@catches("A grid of g × g cells has g² of them, so g is the root: C · g² ≤ numbers, not C · g ≤ numbers.")
def no_square(got, feature_map, numbers):
    C, H, W = feature_map.shape[1:]
    wrong = {max(numbers // C, 1), min(max(numbers // C, 1), H), min(max(numbers // C, 1), H, W)}
    return any(close(got, F.adaptive_avg_pool2d(feature_map, g).flatten(1)) for g in wrong)


@catches("The grid takes no notice of the channels: each cell costs C numbers, so C · g² has to stay within `numbers`.")
def channels_forgotten(got, feature_map, numbers):
    g = int(numbers**0.5)
    wrong = {max(g, 1), min(max(g, 1), feature_map.shape[2]), min(max(g, 1), *feature_map.shape[2:])}
    return any(close(got, F.adaptive_avg_pool2d(feature_map, g).flatten(1)) for g in wrong)


@catches("This grid is finer than the map itself, so cells repeat the same pixels. g ends at the map's height and width.")
def finer_than_the_map(got, feature_map, numbers):
    g = max(int((numbers / feature_map.shape[1]) ** 0.5), 1)
    return g > min(feature_map.shape[2:]) and close(got, F.adaptive_avg_pool2d(feature_map, g).flatten(1))


@catches("On a map that is higher than it is wide this grid has more columns than the map. g ends at the smaller of height "
         "and width: look at W too.")
def width_forgotten(got, feature_map, numbers):
    return _bounded_by(got, feature_map, numbers, feature_map.shape[2])


@catches("On a map that is wider than it is high this grid has more rows than the map. g ends at the smaller of height and "
         "width: look at H too.")
def height_forgotten(got, feature_map, numbers):
    return _bounded_by(got, feature_map, numbers, feature_map.shape[3])


def _bounded_by(got: Tensor, feature_map: Tensor, numbers: int, side: int) -> bool:
    g = max(1, min(int((numbers / feature_map.shape[1]) ** 0.5), side))
    return g > _grid(feature_map, numbers) and close(got, F.adaptive_avg_pool2d(feature_map, g).flatten(1))


@catches("One step too fine: with this g the row has more than `numbers` entries. Round the root down.")
def too_many(got, feature_map, numbers):
    g = _grid(feature_map, numbers) + 1
    return feature_map.shape[1] <= numbers and close(got, F.adaptive_avg_pool2d(feature_map, g).flatten(1))


@catches("These are maxima. The paper takes those; here it is averages, like the mean that ends the network.")
def maxima(got, feature_map, numbers):
    return close(got, F.adaptive_max_pool2d(feature_map, _grid(feature_map, numbers)).flatten(1))


@catches("The grid is right, but an image should become one row, (N, C · g²): `flatten(1)` keeps the images apart.")
def still_a_map(got, feature_map, numbers):
    pooled = F.adaptive_avg_pool2d(feature_map, _grid(feature_map, numbers))
    return close(got, pooled) or close(got, pooled.flatten()) or close(got, pooled.flatten(2))


@catches("The map was written out before it was pooled, so averages run over whatever stood side by side in the row, "
         "across channels too. Pool the map (N, C, H, W), then flatten.")
def flattened_first(got, feature_map, numbers):
    C, g = feature_map.shape[1], _grid(feature_map, numbers)
    return close(got, F.adaptive_avg_pool1d(feature_map.flatten(1)[:, None], C * g * g)[:, 0]) or close(
        got, F.adaptive_avg_pool1d(feature_map.flatten(1)[:, None], numbers)[:, 0])


@catches("A row of exactly `numbers` entries still keeps within the budget: C · g² ≤ numbers, with equality.")
def budget_not_used_up(got, feature_map, numbers):
    C, g = feature_map.shape[1], _grid(feature_map, numbers)
    return g > 1 and C * g * g == numbers and close(got, F.adaptive_avg_pool2d(feature_map, g - 1).flatten(1))


@catches("One step too coarse: a finer grid still keeps within `numbers`, and within the map. Take the largest g that does.")
def too_coarse(got, feature_map, numbers):
    g = _grid(feature_map, numbers) - 1
    return g > 0 and close(got, F.adaptive_avg_pool2d(feature_map, g).flatten(1))


@catches("Cells of a fixed size don't always make g × g of them, and what is left at the edge is lost. "
         "`F.adaptive_avg_pool2d(feature_map, g)` takes the number of cells, not their size.")
def size_for_number(got, feature_map, numbers):
    H, g = feature_map.shape[2], _grid(feature_map, numbers)
    return H % g > 0 and any(close(got, F.avg_pool2d(feature_map, s).flatten(1)) for s in (H // g, -(-H // g)))


@catches("g is how many cells there are, not how many pixels a cell has: `F.adaptive_avg_pool2d(feature_map, g)`, where "
         "`F.avg_pool2d` would take the cell's size.")
def g_as_size(got, feature_map, numbers):
    H, g = feature_map.shape[2], _grid(feature_map, numbers)
    return H != g * g and close(got, F.avg_pool2d(feature_map, g).flatten(1))


@catches("Rounded to the nearest, the root is one too large at times, and the row longer than `numbers`. Round it down.")
def rounded(got, feature_map, numbers):
    C, H, W = feature_map.shape[1:]
    g = max(1, min(round((numbers / C) ** 0.5), H, W))
    return g > _grid(feature_map, numbers) and close(got, F.adaptive_avg_pool2d(feature_map, g).flatten(1))


@catches("Rounded up, the root is too large, and the row longer than `numbers`. Round it down.")
def rounded_up(got, feature_map, numbers):
    g = max(1, min(-int(-((numbers / feature_map.shape[1]) ** 0.5) // 1), *feature_map.shape[2:]))
    return g > _grid(feature_map, numbers) and close(got, F.adaptive_avg_pool2d(feature_map, g).flatten(1))


@catches("The row goes place by place here. Wanted is channel after channel, as `flatten(1)` of (N, C, g, g) gives them.")
def channels_last(got, feature_map, numbers):
    g = _grid(feature_map, numbers)
    return g > 1 and close(got, F.adaptive_avg_pool2d(feature_map, g).permute(0, 2, 3, 1).flatten(1))


@catches("The map is cut off at the budget: only its first channels and rows are left. Average over cells, so that "
         "every place and every channel counts.")
def cut_off(got, feature_map, numbers):
    flat = feature_map.flatten(1)
    return flat.shape[1] > numbers and close(got, flat[:, :numbers])


@catches("The grid has no cells: where the budget doesn't reach for one number a channel, g is still 1.")
def no_cell(got, feature_map, numbers):
    return got.ndim == 2 and got.shape[1] == 0


@catches("The batch takes part in the budget. It holds for each image by itself: C · g² ≤ numbers.")
def images_counted(got, feature_map, numbers):
    N, C, H, W = feature_map.shape
    g = max(1, min(int((numbers / (N * C)) ** 0.5), H, W))
    return g < _grid(feature_map, numbers) and close(got, F.adaptive_avg_pool2d(feature_map, g).flatten(1))


@catches("The grid has to be as fine across as it is down: g × g cells.")
def cells_one_way(got, feature_map, numbers):
    g = _grid(feature_map, numbers)
    return g > 1 and any(close(got, F.adaptive_avg_pool2d(feature_map, s).flatten(1)) for s in ((g, 1), (1, g)))


@catches("Blending takes a few pixels in the middle of each cell. Here all of a cell's pixels count: their mean.")
def blended(got, feature_map, numbers):
    g = _grid(feature_map, numbers)
    ways = [{"mode": "nearest"}, *({"mode": m, "antialias": a} for m in ("bilinear", "bicubic") for a in (False, True))]
    return 1 < g < feature_map.shape[2] and any(
        close(got, F.interpolate(feature_map, size=(g, g), **way).flatten(1)) for way in ways)


EXERCISE = Exercise(
    "pool_to", "08_rotation", "Maps of every block, pooled to about the same size", minutes=15, difficulty=2, importance=4,
    reference=methods.pool_to, returns=("features",), cases=pool_to_cases,
    used_in="in the probes of the blocks below",
    mistakes=(budget_not_used_up, too_coarse, one_cell, not_pooled, still_a_map, maxima, finer_than_the_map, width_forgotten,
              height_forgotten, rounded, rounded_up, too_many, no_square, channels_forgotten, images_counted, flattened_first,
              size_for_number, g_as_size,
              channels_last, cut_off, no_cell, cells_one_way, blended),
    hints=("How fine a grid may you lay over the map, if every cell gives one number for each channel?",
           "g cells down and g across cost C · g² numbers: take the largest g for which that fits, but at least 1 and at "
           "most the map's own height and width. Then average within the cells, and write each image as one row.",
           "`g = max(1, min(math.isqrt(numbers // C), H, W))`, and then "
           "`torch.nn.functional.adaptive_avg_pool2d(feature_map, g).flatten(1)`."),
)
