"""Exercise `normalize_tiles`: each tile by its own pixels."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import methods
from ..compare import close
from ..engine import Exercise, catches


def normalize_cases() -> dict[str, tuple]:
    def some(shape: tuple, seed: int, dtype: torch.dtype = torch.float32) -> Tensor:
        generator = torch.Generator().manual_seed(seed)
        n, t, c, h, w = shape
        place = torch.rand(n, t, c, 1, 1, generator=generator, dtype=torch.float64)
        spread = 0.05 + 0.1 * torch.rand(n, t, c, 1, 1, generator=generator, dtype=torch.float64)
        return (place + spread * torch.randn(shape, generator=generator, dtype=torch.float64)).to(dtype)

    flat = some((2, 4, 3, 5, 5), seed=5)
    flat[1, 2] = 0.25
    return {
        "a few images": (some((3, 9, 3, 8, 8), seed=0), 1e-4),
        "tiles higher than wide": (some((2, 4, 3, 6, 4), seed=1), 1e-4),
        "grey tiles": (some((4, 9, 1, 5, 5), seed=2), 1e-4),
        "a larger eps": (some((2, 4, 3, 7, 7), seed=3), 1e-2),
        "double precision": (some((2, 9, 3, 4, 4), seed=4, dtype=torch.float64), 1e-4),
        "one tile of a single colour": (flat, 1e-4),
    }


def standardised(tiles: Tensor, dims: tuple[int, ...], eps: float) -> Tensor:
    mean, variance = tiles.mean(dim=dims, keepdim=True), tiles.var(dim=dims, keepdim=True, unbiased=False)
    return (tiles - mean) / (variance + eps).sqrt()


@catches("The three channels of a tile share one mean. Each channel has its own: average over height and width only, "
         "`dim=(3, 4)`.")
def channels_together(got, tiles, eps):
    return tiles.shape[2] > 1 and close(got, standardised(tiles, (2, 3, 4), eps))


@catches("All tiles of an image share one mean, so a bright tile still looks bright beside the others. Each tile is "
         "normalised by its own pixels: average over `dim=(3, 4)`.")
def tiles_together(got, tiles, eps):
    return any(close(got, standardised(tiles, dims, eps)) for dims in ((1, 3, 4), (1, 2, 3, 4)))


@catches("The average runs over the images of the batch. A tile is normalised by its own pixels alone: `dim=(3, 4)`.")
def batch_together(got, tiles, eps):
    dims = ((0, 3, 4), (0, 1, 3, 4), (0, 1, 2, 3, 4), (0,), (0, 2, 3, 4))
    return any(close(got, standardised(tiles, d, eps)) for d in dims)


@catches("The mean is 0 now, but a tile of strong contrast still differs from a pale one. Divide by the standard "
         "deviation as well.")
def mean_only(got, tiles, eps):
    return close(got, tiles - tiles.mean(dim=(3, 4), keepdim=True))


@catches("This is divided by the variance. A square root is missing: sqrt(variance + eps).")
def divided_by_the_variance(got, tiles, eps):
    centred = tiles - tiles.mean(dim=(3, 4), keepdim=True)
    variance = tiles.var(dim=(3, 4), keepdim=True, unbiased=False)
    return close(got, centred / (variance + eps)) or close(got, centred / variance)


@catches("The squares are divided by one less than the number of pixels. Here the variance is their plain mean: "
         "`var(..., unbiased=False)`.")
def unbiased(got, tiles, eps):
    variance = tiles.var(dim=(3, 4), keepdim=True)
    return close(got, (tiles - tiles.mean(dim=(3, 4), keepdim=True)) / (variance + eps).sqrt())


@catches("This is divided by the standard deviation, and the mean is still in it. Subtract it first.")
def mean_kept(got, tiles, eps):
    deviation = (tiles.var(dim=(3, 4), keepdim=True, unbiased=False) + eps).sqrt()
    mean = tiles.mean(dim=(3, 4), keepdim=True)
    return close(got, tiles / deviation) or close(got, tiles / deviation - mean)


@catches("The average doesn't run over height and width, the last two axes of (N, T, C, h, w): those are `dim=(3, 4)`.")
def wrong_axes(got, tiles, eps):
    return any(close(got, standardised(tiles, dims, eps)) for dims in ((4,), (3,), (2, 3), (2, 4), (1, 2), (2,), (1,)))


@catches("Mean and deviation do not belong to the same pixels: the deviation is taken over more than one channel of one "
         "tile. `dim=(3, 4)` for both.")
def spread_of_more(got, tiles, eps):
    centred = tiles - tiles.mean(dim=(3, 4), keepdim=True)
    wider = ((1, 3, 4), (2, 3, 4), (1, 2, 3, 4), (0, 3, 4), (0, 1, 3, 4), (0, 1, 2, 3, 4))
    return tiles.shape[2] > 1 and any(
        close(got, centred / (tiles.var(dim=d, keepdim=True, unbiased=False) + eps).sqrt()) for d in wider)


@catches("The variance is the mean square of the deviations *from the mean*. Here the mean is still in what is squared.")
def raw_squares(got, tiles, eps):
    centred = tiles - tiles.mean(dim=(3, 4), keepdim=True)
    return close(got, centred / (tiles.square().mean(dim=(3, 4), keepdim=True) + eps).sqrt())


@catches("Another measure of spread than the standard deviation: the range, the mean deviation or the length. Divide by "
         "sqrt(variance + eps).")
def another_spread(got, tiles, eps):
    centred = tiles - tiles.mean(dim=(3, 4), keepdim=True)
    low, high = tiles.amin(dim=(3, 4), keepdim=True), tiles.amax(dim=(3, 4), keepdim=True)
    spreads = high - low, centred.abs().mean(dim=(3, 4), keepdim=True), centred.square().sum(dim=(3, 4), keepdim=True).sqrt()
    return any(close(got, x / s) for x in (centred, tiles - low) for w in spreads for s in (w + eps, w, w.clamp_min(eps)))


@catches("`eps` has not been used: this is what another ε gives, such as the 1e-5 that PyTorch's layers have by "
         "themselves.")
def another_eps(got, tiles, eps):
    return any(abs(e - eps) > 1e-9 and close(got, standardised(tiles, (3, 4), e)) for e in (1e-5, 1e-4, 1e-3))


@catches("`eps` belongs under the root: sqrt(variance + eps). There it keeps a tile of a single colour, whose variance "
         "is 0, from becoming 0 / 0, and hardly changes any other.")
def eps_elsewhere(got, tiles, eps):
    centred = tiles - tiles.mean(dim=(3, 4), keepdim=True)
    variance = tiles.var(dim=(3, 4), keepdim=True, unbiased=False)
    if bool((variance == 0).any()) and bool(got.isnan().any()):
        return True
    wrong = (variance.sqrt(), variance.sqrt() + eps, tiles.std(dim=(3, 4), keepdim=True) + eps,
             tiles.std(dim=(3, 4), keepdim=True), variance.sqrt().clamp_min(eps))
    return any(close(got, centred / w) for w in wrong)


@catches("ε = 1e-4 is written into it. It comes with the call, `eps`.")
def always_the_default(got, tiles, eps):
    return eps != 1e-4 and close(got, standardised(tiles, (3, 4), 1e-4))


EXERCISE = Exercise(
    "normalize_tiles", "07_jigsaw", "Each tile by its own pixels", minutes=10, difficulty=1, importance=4,
    reference=methods.normalize_tiles, returns=("normalised",), cases=normalize_cases,
    used_in="for the puzzles below",
    mistakes=(channels_together, tiles_together, batch_together, mean_only, divided_by_the_variance, unbiased,
              mean_kept, raw_squares, wrong_axes, spread_of_more, another_spread, eps_elsewhere, always_the_default,
              another_eps),
    hints=("Whatever one tile could tell about another by its brightness or its contrast has to go. So a tile may be "
           "compared with nothing but itself.",
           "For each channel of each tile: subtract the mean of its pixels, divide by sqrt(variance + eps). The axes "
           "are (N, T, C, h, w): over which two do you average? `keepdim=True` makes the result fit back.",
           "`mean = tiles.mean(dim=(3, 4), keepdim=True)`, `variance = tiles.var(dim=(3, 4), keepdim=True, "
           "unbiased=False)`, then `(tiles - mean) / (variance + eps).sqrt()`."),
)
