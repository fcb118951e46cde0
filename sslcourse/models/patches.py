"""Images as sequences of patches (ViT, arXiv:2010.11929), and tokens taken out and put back (MAE, arXiv:2111.06377).

Patches count from 0 in reading order, row by row; a class token is never among them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from torch import Tensor

from .. import expect
from . import inputs


def patchify(images: Tensor, patch_size: int) -> Tensor:
    """Cut images into square patches: (N, C, H, W) -> (N, L, P·P·C), L = H/P · W/P.

    ViT, section 3.1: "reshape the image x ∈ R^{H×W×C} into a sequence of flattened 2D patches". Within a patch the
    channel runs fastest, then the column, then the row, as in MAE's code and lightly's `patchify`.

    images       (N, C, H, W), of any type
    patch_size   P; H and W are multiples of it

    Raises ValueError for another rank, a patch size below 1, an image that is no whole number of patches.

    >>> import torch
    >>> image = torch.arange(16).reshape(1, 1, 4, 4)
    >>> patchify(image, patch_size=2)[0]
    tensor([[ 0,  1,  4,  5],
            [ 2,  3,  6,  7],
            [ 8,  9, 12, 13],
            [10, 11, 14, 15]])
    """
    expect.tensor(images, "images", ("N", "C", "H", "W"))
    inputs.sizes(patch_size=patch_size)
    n, c, height, width = images.shape
    rows, columns = inputs.in_patches(height, width, patch_size)
    x = images.reshape(n, c, rows, patch_size, columns, patch_size)
    return x.permute(0, 2, 4, 3, 5, 1).reshape(n, rows * columns, -1)  # n c h p w q -> n (h w) (p q c)


def unpatchify(
    patches: Tensor, patch_size: int, channels: int = 3, *, image_size: Sequence[int] | None = None
) -> Tensor:
    """Put patches back where `patchify` cut them (ViT, 3.1): (N, L, P·P·C) -> (N, C, H, W).

    patches                (N, L, P·P·C), of any type
    patch_size, channels   P and C
    image_size             (H, W); a square image if it is left out

    Raises ValueError for another rank or length of a patch, a number of patches that does not fill the image.

    >>> import torch
    >>> images = torch.rand(2, 3, 8, 12)
    >>> torch.equal(unpatchify(patchify(images, 4), 4, image_size=(8, 12)), images)
    True
    """
    inputs.sizes(patch_size=patch_size, channels=channels)
    expect.tensor(patches, "patches", ("N", "L", patch_size * patch_size * channels))
    n, length, _ = patches.shape
    if image_size is None:
        side = math.isqrt(length)
        got = expect.Words(f"{length} patches")
        expect.that(side * side == length, "patches", got, "a square number of them, or an image_size")
        rows = columns = side
    else:
        is_pair = isinstance(image_size, Sequence) and len(image_size) == 2
        expect.that(is_pair, "image_size", image_size, "(height, width)")
        for size in image_size:
            expect.integer(size, "image_size", at_least=1)
            inputs.divides(patch_size, size, "patch_size", "image_size")
        rows, columns = image_size[0] // patch_size, image_size[1] // patch_size
        expect.that(rows * columns == length, "image_size", image_size, f"the size of {length} patches")
    x = patches.reshape(n, rows, columns, patch_size, patch_size, channels)
    return x.permute(0, 5, 1, 3, 2, 4).reshape(n, channels, rows * patch_size, columns * patch_size)


def get_at_index(tokens: Tensor, index: Tensor) -> Tensor:
    """The tokens at the given places: (N, L, D), (N, K) -> (N, K, D).

    What drops MAE's hidden patches (section 3, "MAE encoder"). ValueError: another rank, another number of samples, an
    index that is not int64 or outside [0, L).

    >>> import torch
    >>> get_at_index(torch.tensor([[[1.0], [2.0], [3.0]]]), torch.tensor([[2, 0]]))
    tensor([[[3.],
             [1.]]])
    """
    index = _expanded(tokens, index)
    return tokens.gather(1, index)


def set_at_index(tokens: Tensor, index: Tensor, value: Tensor) -> Tensor:
    """A copy of the tokens with `value` at the given places: (N, L, D), (N, K), (N, K, D) -> (N, L, D).

    What puts encoded patches back among mask tokens (MAE, section 3, "MAE decoder"); `value` takes the tokens' type.
    ValueError: as `get_at_index`, and a value of another shape.

    >>> import torch
    >>> set_at_index(torch.zeros(1, 3, 1), torch.tensor([[2, 0]]), torch.tensor([[[3.0], [1.0]]]))[0].T
    tensor([[1., 0., 3.]])
    """
    index = _expanded(tokens, index)
    expect.tensor(value, "value", tuple(index.shape))
    return tokens.scatter(1, index, value.to(tokens.dtype))


def mask_at_index(tokens: Tensor, index: Tensor, mask_token: Tensor) -> Tensor:
    """A copy of the tokens with one mask token at all the given places: (N, L, D), (N, K), (1, 1, D) -> (N, L, D).

    As SimMIM (arXiv:2111.09886, section 3.2) and iBOT (arXiv:2111.07832, section 3.1) hide patches without dropping
    them. ValueError: as `get_at_index`, and a mask token of another shape.

    >>> import torch
    >>> mask_at_index(torch.ones(1, 3, 1), torch.tensor([[1]]), torch.full((1, 1, 1), -7.0))[0].T
    tensor([[ 1., -7.,  1.]])
    """
    index = _expanded(tokens, index)
    expect.tensor(mask_token, "mask_token", (1, 1, tokens.shape[2]))
    return tokens.scatter(1, index, mask_token.to(tokens.dtype).expand(index.shape))


def _expanded(tokens: Tensor, index: Tensor) -> Tensor:
    """The index, checked, once for each of D components: (N, K) -> (N, K, D)."""
    expect.tensor(tokens, "tokens", ("N", "L", "D"))
    n, length, dim = tokens.shape
    inputs.indices(index, "index", (n, "K"), length)
    return index.unsqueeze(2).expand(-1, -1, dim)
