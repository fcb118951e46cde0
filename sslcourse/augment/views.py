"""Views as ready-made recipes: SimCLR's pair, DINO's multi-crop, and one weak or strong view of each image."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from .. import expect
from .arguments import interval, probability, size_pair
from .blur import GaussianBlur
from .compose import Compose, MultiView
from .crop import RandomResizedCrop
from .flip import RandomHorizontalFlip
from .jitter import ColorJitter, RandomGrayscale
from .solarization import Solarize


def simclr_views(
    size: int | Sequence[int] = 32, *, scale: Sequence[float] = (0.08, 1.0), ratio: Sequence[float] = (3 / 4, 4 / 3),
    flip_p: float = 0.5, jitter_p: float = 0.8, jitter_strength: float = 0.5, grayscale_p: float = 0.2,
    blur_p: float = 0.0, n_views: int = 2, dtype: torch.dtype = torch.float32,
) -> MultiView:
    """SimCLR's views for small images: crop, flip, color (Chen et al., 2020, arXiv:2002.05709,
    appendices A and B.9).

    The defaults are the paper's for CIFAR-10. For ImageNet it has jitter_strength=1 and blur_p=0.5. A probability of 0
    leaves a transform out, and a `size` below the images' own makes training faster.

    size              height and width of the views, or one integer for a square
    scale, ratio      area and width over height of the crops
    flip_p, jitter_p, grayscale_p, blur_p   how likely each transform is, for each image and view
    jitter_strength   s; brightness, contrast and saturation have strength 0.8 s, hue 0.2 s
    n_views           how many views of each image
    dtype             of the views
    returns           a MultiView: called with images (N, C, H, W), it gives [v0, v1], each (N, C, *size), float32 in [0, 1]

    Raises ValueError for a number or a probability out of range.

    >>> views = simclr_views(size=24)
    >>> v0, v1 = views(torch.rand(8, 3, 32, 32), generator=torch.Generator().manual_seed(0))
    >>> v0.shape, v1.shape
    (torch.Size([8, 3, 24, 24]), torch.Size([8, 3, 24, 24]))
    >>> views
    MultiView(
        2 × Compose(
            RandomResizedCrop(size=(24, 24), scale=(0.08, 1), ratio=(0.75, 1.333))
            RandomHorizontalFlip(p=0.5)
            ColorJitter(brightness=(0.6, 1.4), contrast=(0.6, 1.4), saturation=(0.6, 1.4), hue=(-0.1, 0.1), p=0.8)
            RandomGrayscale(p=0.2)
        )
    )
    """
    expect.integer(n_views, "n_views", at_least=1)
    expect.number(jitter_strength, "jitter_strength", at_least=0, at_most=2.5)
    s = jitter_strength
    likely = {"flip_p": flip_p, "jitter_p": jitter_p, "grayscale_p": grayscale_p, "blur_p": blur_p}
    view = _view(RandomResizedCrop(size, scale, ratio), (0.8 * s, 0.8 * s, 0.8 * s, 0.2 * s), **likely)
    return MultiView([(view, n_views)], dtype)


def dino_views(
    global_crop_size: int | Sequence[int] = 32, local_crop_size: int | Sequence[int] = 16, *, n_local_views: int = 6,
    global_crop_scale: Sequence[float] = (0.4, 1.0), local_crop_scale: Sequence[float] = (0.05, 0.4),
    flip_p: float = 0.5, jitter_p: float = 0.8, jitter_strength: float = 1.0, grayscale_p: float = 0.2,
    blur_p: Sequence[float] = (1.0, 0.1, 0.5), solarize_p: float = 0.2, dtype: torch.dtype = torch.float32,
) -> MultiView:
    """DINO's multi-crop: two large views of most of the image, then small ones of little of it
    (Caron et al., 2021, arXiv:2104.14294, section 3.1 and appendix B; colors after BYOL).

    Probabilities and scales are those of the paper's code, sizes those of small images. Crops are resized bilinearly,
    in the paper bicubically.

    global_crop_size, local_crop_size     height and width, or one integer for a square
    n_local_views     how many small views, 0 for none
    global_crop_scale, local_crop_scale   areas of the crops
    flip_p, jitter_p, grayscale_p         how likely each transform is, for each image and view
    jitter_strength   s; brightness and contrast have strength 0.4 s, saturation 0.2 s, hue 0.1 s
    blur_p            for the first large view, the second, and the small ones
    solarize_p        for the second large view; the others are never solarized
    dtype             of the views
    returns           a MultiView: called with images (N, C, H, W), it gives a list of 2 + n_local_views batches, large
                      views first

    Raises ValueError for a number or a probability out of range.

    >>> views = dino_views(n_local_views=4)
    >>> [tuple(view.shape[2:]) for view in views(torch.rand(8, 3, 32, 32))]
    [(32, 32), (32, 32), (16, 16), (16, 16), (16, 16), (16, 16)]
    """
    expect.integer(n_local_views, "n_local_views", at_least=0)
    expect.number(jitter_strength, "jitter_strength", at_least=0, at_most=5)
    blurs = tuple(blur_p) if isinstance(blur_p, Sequence) else ()
    expect.that(len(blurs) == 3, "blur_p", blur_p, "three probabilities: first large view, second, small ones")
    s = jitter_strength
    strengths = (0.4 * s, 0.4 * s, 0.2 * s, 0.1 * s)
    likely = {"flip_p": flip_p, "jitter_p": jitter_p, "grayscale_p": grayscale_p}
    interval(global_crop_scale, "global_crop_scale", at_least=0, at_most=1, above=0)
    interval(local_crop_scale, "local_crop_scale", at_least=0, at_most=1, above=0)
    global_crop = RandomResizedCrop(size_pair(global_crop_size, "global_crop_size"), global_crop_scale)
    local_crop = RandomResizedCrop(size_pair(local_crop_size, "local_crop_size"), local_crop_scale)
    views = [
        _view(global_crop, strengths, **likely, blur_p=blurs[0]),
        _view(global_crop, strengths, **likely, blur_p=blurs[1], solarize_p=solarize_p),
    ]
    if n_local_views:
        views.append((_view(local_crop, strengths, **likely, blur_p=blurs[2]), n_local_views))
    return MultiView(views, dtype)


def weak_views(size: int | Sequence[int]) -> Compose:
    """One mild view of each image: a crop of at least half of it, to `size`, and a mirror; the class stays in sight.

    What a classifier is trained on in these labs, and the weak view of FixMatch (arXiv:2001.07685, section 2.3: flips and
    shifts). size is (height, width), or one integer for a square. Raises ValueError for a size below 1.

    >>> weak_views(24)(torch.rand(2, 3, 32, 32)).shape
    torch.Size([2, 3, 24, 24])
    """
    return Compose([RandomResizedCrop(size, scale=(0.5, 1.0)), RandomHorizontalFlip()])


def strong_views(size: int | Sequence[int]) -> Compose:
    """One view that hides much and still shows the class: a crop of a fifth or more, a mirror, strong colors, some gray.

    The strong view of FixMatch (arXiv:2001.07685) is RandAugment or CTAugment, then Cutout; this one is SimCLR's with a
    milder crop. size is (height, width), or one integer for a square. Raises ValueError for a size below 1.

    >>> strong_views(24)(torch.rand(2, 3, 32, 32)).shape
    torch.Size([2, 3, 24, 24])
    """
    return Compose([
        RandomResizedCrop(size, scale=(0.2, 1.0)), RandomHorizontalFlip(), ColorJitter(0.4, 0.4, 0.4, 0.1, p=0.8),
        RandomGrayscale(p=0.2),
    ])


def _view(crop: RandomResizedCrop, strengths: Sequence[float], *, flip_p: float, jitter_p: float, grayscale_p: float,
          blur_p: float, solarize_p: float = 0.0) -> Compose:
    """One view: the crop, then whichever of the other transforms can happen."""
    steps = [
        RandomHorizontalFlip(probability(flip_p, "flip_p")),
        ColorJitter(*strengths, p=probability(jitter_p, "jitter_p")),
        RandomGrayscale(probability(grayscale_p, "grayscale_p")),
        GaussianBlur(p=probability(blur_p, "blur_p")),
        Solarize(p=probability(solarize_p, "solarize_p")),
    ]
    return Compose([crop, *(step for step in steps if step.p > 0)])
