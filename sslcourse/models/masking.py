"""The choice of which tokens to hide: a sample without replacement, by sorting noise (MAE, arXiv:2111.06377, section 3)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from .. import expect


def _check_noise(noise, mask_ratio):
    expect.tensor(noise, "noise", ("N", "L"), finite=True)
    expect.number(mask_ratio, "mask_ratio", at_least=0)
    expect.that(mask_ratio < 1, "mask_ratio", mask_ratio, "a number in [0, 1)")


@expect.checked(_check_noise)
def split_by_noise(noise: Tensor, mask_ratio: float) -> tuple[Tensor, Tensor]:
    """Of each image keep the patches with the least noise: (N, L) -> idx_keep (N, K), idx_mask (N, L − K).

    K = ⌊L (1 − mask_ratio)⌋, and at least 1. Both hold places, int64, in ascending order, so that patches stay in reading
    order. With uniform noise this is a draw without replacement, another one for each image (MAE, section 3, "Simple
    implementation"); `random_token_mask` draws it, `block_mask` and `grid_mask` give it noise with a pattern in it.

    Raises ValueError for noise of another rank or with NaN, and for a ratio outside [0, 1).

        >>> split_by_noise(torch.tensor([[0.3, 0.9, 0.1, 0.5]]), mask_ratio=0.5)
        (tensor([[0, 2]]), tensor([[1, 3]]))
    """
    keep = max(1, math.floor(noise.shape[1] * (1 - mask_ratio) + 1e-9))  # 100 · (1 − 0.9) is 9.99…98
    shuffled = noise.argsort(dim=1, stable=True)
    return shuffled[:, :keep].sort(dim=1).values, shuffled[:, keep:].sort(dim=1).values


def _check_size(size, class_token, generator):
    expect.that(isinstance(size, Sequence) and len(size) == 2, "size", size, "(samples, tokens)")
    for number in size:
        expect.integer(number, "size", at_least=1)
    is_generator = generator is None or isinstance(generator, torch.Generator)
    expect.that(is_generator, "generator", generator, "a torch.Generator")
    expect.that(size[1] > class_token, "size", size, "a token beside the class token")


@expect.checked(_check_size)
def random_token_mask(
    size: tuple[int, int], mask_ratio: float = 0.75, *, class_token: bool = False,
    generator: torch.Generator | None = None, device: torch.device | str | None = None,
) -> tuple[Tensor, Tensor]:
    """Which tokens to keep and which to hide, drawn for every sample: -> idx_keep (N, K), idx_mask (N, L − K).

    MAE, section 3 ("Masking"): a uniform sample without replacement, `split_by_noise` of uniform noise. K is the same for
    each sample, so that what is kept makes a full tensor. Both index tensors are int64 and ascending: tokens stay in
    their order. One after the other they are a permutation of 0 … L − 1, which `argsort` inverts.

    size          (N, L), for `patchify`'s patches or any other sequence
    mask_ratio    the share to hide, in [0, 1)
    class_token   True where token 0 of the L is a class token: it is always kept, beside ⌊(L − 1)(1 − ratio)⌋ others.
                  lightly's function of this name assumes that; here, as a rule, patches alone are counted.
    generator     draws on its own device; None for torch's global one
    device        where the indices go; by default where they were drawn

    Raises ValueError for sizes below 1, a ratio outside [0, 1), a class token alone.

        >>> idx_keep, idx_mask = random_token_mask((2, 8), mask_ratio=0.75, generator=torch.Generator().manual_seed(0))
        >>> idx_keep.shape, idx_mask.shape
        (torch.Size([2, 2]), torch.Size([2, 6]))
        >>> torch.cat([idx_keep, idx_mask], dim=1).sort(dim=1).values[0]
        tensor([0, 1, 2, 3, 4, 5, 6, 7])
    """
    noise = torch.rand(size, generator=generator, device=device if generator is None else generator.device)
    idx_keep, idx_mask = split_by_noise(noise[:, int(class_token):], mask_ratio)
    if class_token:
        idx_keep, idx_mask = F.pad(idx_keep + 1, (1, 0)), idx_mask + 1  # place 0, and everything else one further on
    return idx_keep.to(device or noise.device), idx_mask.to(device or noise.device)
