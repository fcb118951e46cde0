"""Exercise `masking_noise`: the corruption that a denoising autoencoder has to undo."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import methods
from ..chance import about
from ..compare import close
from ..engine import RIGHT, Exercise, Wrong, catches


def images(*shape: int, seed: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """Images without a black pixel, so that every 0 in an answer was put there."""
    generator = torch.Generator().manual_seed(seed)
    return (torch.rand(*shape, generator=generator, dtype=torch.float64) * 0.7 + 0.2).to(dtype)


def masking_noise_cases() -> dict[str, tuple]:
    return {
        "a few photographs": (images(6, 3, 32, 32, seed=0), 0.25),
        "grey images, most pixels gone": (images(8, 1, 28, 28, seed=1), 0.7),
        "a wide image, alone": (images(1, 3, 24, 48, seed=2), 0.4),
        "double precision": (images(5, 3, 32, 32, seed=3, dtype=torch.float64), 0.1),
        "nothing to be masked": (images(4, 3, 16, 16, seed=4), 0.0),
        "everything to be masked": (images(4, 3, 16, 16, seed=5), 1.0),
    }


def masked(function, x: Tensor, share: float) -> object:
    """RIGHT for what chance allows: right answers draw different pixels, so that they cannot be compared one by one."""
    before = x.clone()
    out = function(x, share)
    comparable = isinstance(out, Tensor) and out.shape == x.shape and out.dtype == x.dtype
    return RIGHT if comparable and _right(out, before, share) else Wrong(out)


def _right(out: Tensor, x: Tensor, share: float) -> bool:
    gone, kept = (out == 0).all(dim=1), (out == x).all(dim=1)           # (N, H, W)
    if not bool((gone | kept).all()) or not about(gone, share):
        return False
    chance = share**2 + (1 - share) ** 2                                # how often two independent draws agree
    pairs = [(gone[:, 1:], gone[:, :-1]), (gone[:, :, 1:], gone[:, :, :-1])]
    pairs += [(gone[1:], gone[:-1])] if len(gone) > 1 else []
    return all(about(one == other, chance) for one, other in pairs)


@catches("The two sides are swapped: `share` of the pixels should go, and here `share` of them stay. Compare the "
         "draw the other way round.")
def share_kept_instead_of_gone(got, x, share):
    gone = (got == 0).all(dim=1)
    return abs(share - 0.5) > 0.05 and about(gone, 1 - share) and bool((gone | (got == x).all(dim=1)).all())


@catches("Every image loses the same pixels. Draw for each image by itself: the draw needs an axis of N.")
def one_mask_for_all_images(got, x, share):
    gone = got == 0
    return len(x) > 1 and bool(gone.any()) and not bool(gone.all()) and bool((gone == gone[:1]).all())


@catches("The colours of a pixel are masked apart: where red is gone, green and blue still give it away. Draw once a "
         "pixel, (N, 1, H, W), and let it spread over the channels.")
def channels_masked_apart(got, x, share):
    gone = got == 0
    return bool((gone | (got == x)).all()) and bool((gone.any(dim=1) & ~gone.all(dim=1)).any())


@catches("Whole images, channels, rows or columns go at once. Each *pixel* is to be drawn by itself: the draw has "
         "the size (N, 1, H, W).")
def too_coarse(got, x, share):
    gone = got == 0
    flat = [gone.flatten(d).all(dim=-1) | ~gone.flatten(d).any(dim=-1) for d in (1, 2, 3)]
    columns = gone.all(dim=2) | ~gone.any(dim=2)
    return 0 < share < 1 and bool((gone | (got == x)).all()) and any(bool(part.all()) for part in [*flat, columns])


@catches("The pixels that stay are made brighter, by 1 / (1 − share). Dropout does that to a network's units; here "
         "what stays of an image is left as it is.")
def rescaled_as_dropout_does(got, x, share):
    return 0 < share < 1 and bool(((got == 0) | torch.isclose(got, x / (1 - share))).all())


@catches("This is the mask, and not yet the image: multiply the two.")
def mask_alone(got, x, share):
    return bool(((got == 0) | (got == 1)).all()) and not bool((got == 0).all())


@catches("Some pixels are changed, and these are not all black: a pixel that goes becomes 0 in every channel, and nothing "
         "else happens.")
def painted_in_another_colour(got, x, share):
    changed = (got != x).any(dim=1)
    return 0 < int(changed.sum()) < changed.numel() and bool((got != 0).any(dim=1)[changed].any())


@catches("Every pixel is there, only darker. That is what masking comes to on average over many draws, and nothing that an "
         "autoencoder could undo. Some pixels are to go altogether, others to stay as they are.")
def dimmed(got, x, share):
    return 0 < share < 1 and close(got, x * (1 - share))


@catches("Every pixel is changed, and none is black. Masking takes some pixels away altogether and leaves the others as "
         "they are: multiply by a mask of zeros and ones.")
def noise_added(got, x, share):
    everywhere = not bool((got == x).any()) and not bool((got == 0).any())
    return everywhere


@catches("The images come back as they were: nothing was masked.")
def nothing_masked(got, x, share):
    return share > 0 and close(got, x)


def _clean(got: Tensor, x: Tensor) -> bool:
    """Each pixel is either as it was or black."""
    return bool(((got == 0).all(dim=1) | (got == x).all(dim=1)).all())


@catches("Pixels go, and go whole, but not as many as `share` says. A draw spread evenly over [0, 1), `torch.rand`, is "
         "below `share` just that often; `torch.randn` is not.")
def another_share(got, x, share):
    return _clean(got, x) and not about((got == 0).all(dim=1), share)


@catches("As many pixels go as should, but neighbours go together, in blocks. Each pixel is drawn by itself.")
def neighbours_together(got, x, share):
    gone = (got == 0).all(dim=1)
    alike = (gone[:, :, 1:] == gone[:, :, :-1]).double().mean().item()
    return _clean(got, x) and about(gone, share) and alike > share**2 + (1 - share) ** 2 + 0.05


EXERCISE = Exercise(
    "masking_noise", "02_autoencoders", "Masking noise", minutes=10, difficulty=2, importance=4,
    reference=methods.masking_noise, returns=("noisy",), cases=masking_noise_cases, measure=masked,
    random=True,
    used_in="as the noise that the denoising autoencoder is trained with",
    mistakes=(nothing_masked, mask_alone, dimmed, noise_added, one_mask_for_all_images, too_coarse, channels_masked_apart,
              rescaled_as_dropout_does, painted_in_another_colour, share_kept_instead_of_gone, another_share,
              neighbours_together),
    hints=("Toss a coin for every pixel of every image; it falls on one side with probability share. What must "
           "happen to a pixel when it does, and what when it doesn't?",
           "`torch.rand` gives numbers spread evenly over [0, 1), so `draw < share` is true for that share of them. "
           "One draw serves all channels of a pixel: draw (N, 1, H, W) and let broadcasting do the rest.",
           "`kept = torch.rand_like(images[:, :1]) >= share` is a mask of True and False, (N, 1, H, W), on the images' own "
           "device. Return `images * kept`: True counts as 1, False as 0."),
)
