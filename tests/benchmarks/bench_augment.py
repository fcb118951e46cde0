"""Views alone, on one core: two SimCLR views of 256 images, against kornia on a batch and torchvision per image.

Targets: at least 2.5 times as fast as kornia, and 10 times as fast as torchvision. Every pipeline gets uint8 images and
does the same to them (crop, flip, colour jitter, grayscale); float32 in [0, 1] comes out. Each peer runs at its better
setting: kornia crops by warping ("resample" is faster than "slice"), torchvision gets PIL images and tensors.
"""

from __future__ import annotations

import sys
import time
import warnings

import torch

from sslcourse import augment, runtime

from .alternate import OURS, alternate, header, row

BATCH, TARGETS = 256, {"kornia": 2.5, "torchvision, PIL": 10.0, "torchvision, tensors": 10.0}


def kornia_views(blur: bool):
    import kornia.augmentation as K

    steps = [
        K.RandomResizedCrop((32, 32), scale=(0.08, 1.0), ratio=(3 / 4, 4 / 3), cropping_mode="resample"),
        K.RandomHorizontalFlip(p=0.5), K.ColorJitter(0.4, 0.4, 0.4, 0.1, p=0.8), K.RandomGrayscale(p=0.2),
        *([K.RandomGaussianBlur((3, 3), (0.1, 2.0), p=0.5)] if blur else []),
    ]
    view = torch.nn.Sequential(*steps)
    return lambda images: [view(batch) for batch in [images.float() / 255] for _ in range(2)]


def torchvision_views(blur: bool, pil: bool):
    from torchvision.transforms import v2

    view = v2.Compose([
        v2.RandomResizedCrop(32, scale=(0.08, 1.0), ratio=(3 / 4, 4 / 3)), v2.RandomHorizontalFlip(),
        v2.RandomApply([v2.ColorJitter(0.4, 0.4, 0.4, 0.1)], p=0.8), v2.RandomGrayscale(0.2),
        *([v2.RandomApply([v2.GaussianBlur(3, (0.1, 2.0))], p=0.5)] if blur else []),
        *([v2.ToImage()] if pil else []), v2.ToDtype(torch.float32, scale=True),
    ])
    return lambda images: [torch.stack([view(image) for image in images]) for _ in range(2)]


def measure(blur: bool, rounds: int) -> dict[str, list[float]]:
    """CPU seconds of ours and of each peer: this thread's own, whoever else uses the machine."""
    from torchvision.transforms.functional import to_pil_image

    images = torch.randint(0, 256, (BATCH, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    pil = [to_pil_image(image) for image in images]
    ours, kornia = augment.simclr_views(blur_p=0.5 if blur else 0.0), kornia_views(blur)
    from_pil, from_tensors = torchvision_views(blur, pil=True), torchvision_views(blur, pil=False)
    runs = {
        OURS: lambda: ours(images), "kornia": lambda: kornia(images),
        "torchvision, PIL": lambda: from_pil(pil), "torchvision, tensors": lambda: from_tensors(images),
    }
    return alternate(runs, rounds, clock=time.thread_time)


def main(rounds: int = 11) -> bool:
    """Print the ratios, for the recipe of CIFAR-10 and with blur as well; whether they reach the targets."""
    warnings.filterwarnings("ignore")  # of the peers: deprecations in kornia
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    # As in any training: once a large buffer has come and gone, glibc keeps the memory of smaller ones instead of
    # handing it back, and nobody's time goes into fresh pages. The peers gain by it too.
    torch.empty(31 * 2**20, dtype=torch.uint8)
    reached = True
    try:
        with runtime.seeded(0):
            for title, blur in (("crop, flip, jitter, grayscale", False), ("the same and blur", True)):
                header(f"two views of {BATCH} images: {title}")
                took = measure(blur, rounds)
                reached &= all([row(peer, took, target) for peer, target in TARGETS.items()])
    finally:
        torch.set_num_threads(threads)
    return reached


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
