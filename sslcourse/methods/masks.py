"""Which patches to hide, and the way back: random, block and grid masks (He et al., 2022, arXiv:2111.06377, figure 6)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from .. import expect
from ..models import split_by_noise


def block_mask(
    size: tuple[int, int], mask_ratio: float = 0.75, *, generator: torch.Generator | None = None,
    device: torch.device | str | None = None,
) -> tuple[Tensor, Tensor]:
    """Hide one block around a random place: -> idx_keep (N, K), idx_mask (N, L − K), as `models.random_token_mask`.

    The patches of a square grid are hidden outwards from a place that is drawn for each image (by the larger of the two
    distances, ties at random) until K = ⌊L (1 − mask_ratio)⌋ are left. MAE's block-wise masks are BEiT's (arXiv:2106.08254,
    section 2.3): several blocks. ValueError: a number of patches that is no square, otherwise as there.

        >>> idx_keep, idx_mask = block_mask((1, 16), 0.25, generator=torch.Generator().manual_seed(0))
        >>> sorted(torch.cat([idx_keep, idx_mask], dim=1)[0].tolist()) == list(range(16)), len(idx_mask[0])
        (True, 4)
    """
    n, side = _grid(size)
    where = device if generator is None else generator.device
    center = torch.rand(n, 2, 1, generator=generator, device=where) * side - 0.5
    ties = torch.rand(n, side * side, generator=generator, device=where)
    places = torch.stack(torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")).flatten(1)  # (2, L)
    distance = (places.to(center.device) - center).abs().amax(dim=1)  # (N, L)
    return _moved(split_by_noise(-distance - 1e-3 * ties, mask_ratio), device)


def grid_mask(
    size: tuple[int, int], mask_ratio: float = 0.75, *, generator: torch.Generator | None = None,
    device: torch.device | str | None = None,
) -> tuple[Tensor, Tensor]:
    """Keep patches that lie evenly: -> idx_keep (N, K), idx_mask (N, L − K), the same for each image.

    At 0.75 one patch in four stays, as in MAE's grid-wise masks. Other ratios go by the order of Bayer's dither matrix,
    which fills a grid as evenly as it goes: at 0.5 it is a chessboard. Nothing is drawn; `generator` is there so that all
    masks are called alike. ValueError: as `block_mask`.

        >>> grid_mask((1, 16), 0.75)[0]
        tensor([[ 0,  2,  8, 10]])
    """
    n, side = _grid(size)
    order = torch.zeros(1, 1)
    while len(order) < side:
        order = torch.cat([torch.cat([4 * order, 4 * order + 2], dim=1), torch.cat([4 * order + 3, 4 * order + 1], dim=1)])
    noise = order[:side, :side].flatten().expand(n, -1)
    return _moved(split_by_noise(noise, mask_ratio), device)


def _grid(size: tuple[int, int]) -> tuple[int, int]:
    """(N, L) -> N and the side of the square grid that L patches make."""
    expect.that(isinstance(size, Sequence) and len(size) == 2, "size", size, "(samples, patches)")
    for number in size:
        expect.integer(number, "size", at_least=1)
    side = math.isqrt(size[1])
    expect.that(side * side == size[1], "size", size, "a square number of patches")
    return size[0], side


def _moved(parts: tuple[Tensor, Tensor], device: torch.device | str | None) -> tuple[Tensor, Tensor]:
    return parts if device is None else (parts[0].to(device), parts[1].to(device))


def _check_fill_in(visible, idx_keep, mask_token, length):
    expect.tensor(visible, "visible", ("N", "K", "D"))
    n, kept, width = visible.shape
    expect.tensor(idx_keep, "idx_keep", (n, kept))
    expect.that(idx_keep.dtype == torch.int64, "idx_keep", idx_keep, "int64")
    expect.tensor(mask_token, "mask_token", (1, 1, width))
    expect.integer(length, "length", at_least=kept)
    low, high = expect.extremes(idx_keep)
    expect.that(0 <= low and high < length, "idx_keep", expect.Words(f"places from {low} to {high}"), f"in [0, {length})")


@expect.checked(_check_fill_in)
def fill_in(visible: Tensor, idx_keep: Tensor, mask_token: Tensor, length: int) -> Tensor:
    """Encoded patches back in their places, and a mask token in every other: (N, K, D) -> (N, L, D).

    MAE, section 3, "MAE decoder". Patch idx_keep[n, k] of the result is visible[n, k].

    visible      (N, K, D)
    idx_keep     (N, K), int64, as the masks draw it
    mask_token   (1, 1, D), the same in each hidden place
    length       L

    ValueError: other shapes, places outside [0, L).

        >>> fill_in(torch.tensor([[[1.0], [2.0]]]), torch.tensor([[0, 3]]), torch.tensor([[[-7.0]]]), length=4)[0].T
        tensor([[ 1., -7., -7.,  2.]])
    """
    n, _, width = visible.shape
    tokens = mask_token.expand(n, length, width)
    return tokens.scatter(1, idx_keep[:, :, None].expand(-1, -1, width), visible)
