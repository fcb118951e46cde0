"""Views: random changes of a batch of images, every sample drawing its own.

    simclr_views, dino_views     the recipes of two papers: called with images, they give a list of views
    weak_views, strong_views     one view that shows nearly all of an image, and one that hides much of it
    MultiView, Compose           transforms side by side, and one after another
    RandomResizedCrop, RandomHorizontalFlip, ColorJitter, RandomGrayscale, GaussianBlur, Solarize
                                 torchvision's transforms, with its parameters, for whole batches
    resized_crop, adjust_brightness, adjust_contrast, adjust_saturation, adjust_hue, rgb_to_grayscale, gaussian_blur,
    solarize                     what they do, with given strengths: one number, or one per image

Transforms are called as ``transform(images, generator=generator)``; `augment.transform` says what goes in and what
comes out.

    >>> import torch
    >>> from sslcourse import augment
    >>> images = torch.randint(0, 256, (8, 3, 32, 32), dtype=torch.uint8)
    >>> v0, v1 = augment.simclr_views(size=32)(images, generator=torch.Generator().manual_seed(0))
    >>> v0.shape, v0.dtype
    (torch.Size([8, 3, 32, 32]), torch.float32)
"""

from .blur import GaussianBlur, gaussian_blur
from .color import adjust_brightness, adjust_contrast, adjust_hue, adjust_saturation, rgb_to_grayscale
from .compose import Compose, MultiView
from .crop import RandomResizedCrop, resized_crop
from .flip import RandomHorizontalFlip
from .jitter import ColorJitter, RandomGrayscale
from .solarization import Solarize, solarize
from .transform import Transform
from .views import dino_views, simclr_views, strong_views, weak_views

__all__ = [
    "ColorJitter", "Compose", "GaussianBlur", "MultiView", "RandomGrayscale", "RandomHorizontalFlip",
    "RandomResizedCrop", "Solarize", "Transform", "adjust_brightness", "adjust_contrast", "adjust_hue",
    "adjust_saturation", "dino_views", "gaussian_blur", "resized_crop", "rgb_to_grayscale", "simclr_views", "solarize",
    "strong_views", "weak_views",
]
