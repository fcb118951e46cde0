"""Exercise `figure_colors`, the longer piece: patches in colors, as in DINOv2's first figure."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import evaluation, methods
from ..compare import close
from ..engine import Exercise, catches
from .painting import border, colored, figure_of, first_score, less_there, painted, scores_of, stretched


def figure_colors_cases() -> dict[str, tuple]:
    def some(n: int, h: int, w: int, d: int, seed: int, dtype: torch.dtype = torch.float32, size: float = 5.0,
             at: tuple[int, int] = (1, 1)) -> tuple:
        """A block in each image, from row and column `at` on: its features lie off the ground's, and vary in three ways."""
        generator = torch.Generator().manual_seed(seed)
        ways = torch.linalg.qr(torch.randn(d, d, generator=generator, dtype=torch.float64))[0]
        patches = torch.randn(n, h, w, d, generator=generator, dtype=torch.float64) * 0.3 + 8 * ways[0]
        inside = patches[:, at[0]:at[0] + h - 2, at[1]:at[1] + w - 2]
        rows, columns = torch.meshgrid(torch.linspace(-1, 1, h - 2), torch.linspace(-1, 1, w - 2), indexing="ij")
        third = torch.linspace(-1, 1, n)[:, None, None].expand(n, h - 2, w - 2)
        for way, amount in zip(ways[1:4], (1.6 * rows, 1.0 * columns, 0.7 * third)):
            inside += amount.double()[..., None] * way
        inside += size * ways[0]
        return (patches.to(dtype),)

    return {
        "two images of 5 × 6 patches": some(2, 5, 6, 8, seed=0),
        "a single image": some(1, 7, 7, 6, seed=1),
        "the figure on the other side": some(3, 5, 5, 5, seed=2, size=-6.0),
        "as many numbers as patches in a row": some(2, 6, 6, 6, seed=3),
        "double precision": some(3, 6, 5, 7, seed=4, dtype=torch.float64),
        "the figure in the upper left corner": some(2, 6, 7, 8, seed=5, at=(0, 0)),
        "the figure in the lower right corner": some(2, 6, 7, 8, seed=6, at=(2, 2)),
        "the figure in the upper right corner": some(2, 6, 7, 8, seed=7, at=(0, 2)),
        "the figure in the lower left corner": some(2, 6, 7, 8, seed=8, at=(2, 0)),
    }


def align(got: object, want: Tensor) -> object:
    """A direction has two signs: each color of the figure may run the other way."""
    if not isinstance(got, Tensor) or got.shape != want.shape:
        return got
    lit = (got != 0).any(dim=3)
    out = got.clone()
    for k in range(3):
        turned = torch.where(lit, 1 - got[..., k], got[..., k])
        if (turned - want[..., k]).abs().sum() < (out[..., k] - want[..., k]).abs().sum():
            out[..., k] = turned
    return out


def _shown(got: object, want: Tensor) -> bool:
    return close(align(got, want), want)


@catches("Figure and ground are the wrong way round: the border of an image is mostly ground. The figure is the side that "
         "is less there.")
def the_ground(got, patches):
    return _shown(got, colored(patches, ~figure_of(patches)))


@catches("The ground is colored as well. Where the first component says ground, all three numbers are 0.")
def ground_colored(got, patches):
    rows, figure = patches.flatten(0, 2), figure_of(patches)
    return any(_shown(got, stretched(scores_of(rows, by)).view(*patches.shape[:3], 3)) for by in (None, patches[figure]))


@catches("The colors are directions of *all* patches. Of those the first has been spent on parting figure from ground. "
         "Look for three new ones, among the figure's patches alone.")
def directions_of_all(got, patches):
    figure, rows = figure_of(patches), patches.flatten(0, 2)
    found = [scores_of(patches[figure], rows)]
    if patches.shape[3] >= 4:
        found.append(scores_of(patches[figure], rows, first=1))
    return any(_shown(got, painted(patches, figure, stretched(scores))) for scores in found)


@catches("Each image has been taken by itself. One set of directions for all of them, or the same color would mean "
         "something else in each.")
def image_by_image(got, patches):
    return len(patches) > 1 and _shown(got, torch.cat([evaluation.figure_colors(one[None]) for one in patches]))


@catches("The scores are not brought to 0 … 1: take off each color's smallest score over the figure, and divide by the "
         "largest minus the smallest.")
def not_stretched(got, patches):
    figure = figure_of(patches)
    scores = scores_of(patches[figure])
    turned = align_signs(got, painted(patches, figure, scores))
    return close(turned, painted(patches, figure, scores)) or any(
        _shown(got, painted(patches, figure, each)) for each in (scores.sigmoid(), scores.clamp(0, 1)))


def align_signs(got: object, want: Tensor) -> object:
    if not isinstance(got, Tensor) or got.shape != want.shape:
        return got
    return got * torch.where((got * want).sum(dim=(0, 1, 2)) < 0, -1.0, 1.0).to(got.dtype)


@catches("One smallest and one largest number are used for all three colors. Each color has its own: `amin(dim=0)`.")
def one_scale_for_all(got, patches):
    figure = figure_of(patches)
    scores = scores_of(patches[figure])
    for signs in torch.cartesian_prod(*[torch.tensor([1.0, -1.0], dtype=patches.dtype)] * 3):
        turned = scores * signs
        if close(got, painted(patches, figure, (turned - turned.min()) / (turned.max() - turned.min()))):
            return True
    return False


@catches("The stretching looks at the ground as well, whose color is then no longer 0, or the figure's no longer 0 to 1. "
         "Smallest and largest are those of the figure.")
def stretched_with_the_ground(got, patches):
    figure = figure_of(patches)
    mean, directions, _ = methods.pca(patches[figure], 3)
    every = (patches - mean) @ directions.T
    return _shown(got, torch.where(figure[..., None], stretched(every.flatten(0, 2)).view_as(every), 0.0))


@catches("The mean has not been taken off before the first component is cut at 0. Without it 0 is nowhere in particular.")
def cut_without_the_mean(got, patches):
    score = first_score(patches, middle=False)
    figure = less_there(score, score[border(score)])
    if figure.sum() < 4:
        return close(got, patches.new_zeros(*score.shape, 3))
    return _shown(got, colored(patches, figure))


@catches("The figure is taken to be the side with fewer patches. It may fill most of an image: ask which side is less at "
         "the *borders*.")
def rarer_of_all(got, patches):
    score = first_score(patches)
    return _shown(got, colored(patches, less_there(score, (score > 0).double() - 0.5)))


def _decided_by(got: object, patches: Tensor, *places: tuple) -> bool:
    """Whether one of the places, asked alone, gives the figure that is shown, and not the right one.

    Where the place gives the right figure nothing is compared: that speaks neither for the mistake nor against it.
    """
    score, right = first_score(patches), figure_of(patches)
    for place in places:
        figure = less_there(score, score[place])
        if not torch.equal(figure, right):
            want = colored(patches, figure)
            if torch.allclose(align(got, want), want, atol=1e-3):
                return True
    return False


EVERY, FIRST, LAST = slice(None), 0, -1


@catches("Only the first row, the first column or the first patch is asked, and the figure may reach it. Ask the whole "
         "border: the last row and the last column too.")
def beginning_of_the_border(got, patches):
    return _decided_by(got, patches, (EVERY, FIRST), (EVERY, EVERY, FIRST), (EVERY, FIRST, FIRST))


@catches("Only the last row, the last column or the last patch is asked, and the figure may reach it. Ask the whole "
         "border: the first row and the first column too.")
def end_of_the_border(got, patches):
    return _decided_by(got, patches, (EVERY, LAST), (EVERY, EVERY, LAST), (EVERY, LAST, LAST))


@catches("The side is chosen by its sign alone. A direction's sign is an accident, so ask which side is less at the "
         "borders of the images.")
def sign_as_it_comes(got, patches):
    figure = figure_of(patches)
    lit = (got != 0).any(dim=3)
    if (lit == figure).double().mean() > 0.9:
        return False                            # right here, by luck: that does not speak against it
    return _shown(got, colored(patches, ~figure))


@catches("Only one corner is asked, and the figure may reach it. Ask the whole border.")
def one_corner(got, patches):
    return _decided_by(got, patches, (EVERY, FIRST, LAST), (EVERY, LAST, FIRST))


EXERCISE = Exercise(
    "figure_colors", "16_dinov2", "A longer piece: patches in colors", minutes=25, difficulty=3, importance=3,
    reference=evaluation.figure_colors, returns=("colors",), cases=figure_colors_cases, align=align, longer=True,
    used_in="for the pictures below",
    mistakes=(the_ground, ground_colored, directions_of_all, image_by_image, not_stretched, one_scale_for_all,
              stretched_with_the_ground, cut_without_the_mean, rarer_of_all, one_corner, beginning_of_the_border,
              end_of_the_border, sign_as_it_comes),
    hints=("PCA twice. The first time over everything, for one direction; the second time over what it has left.",
           "All patches of all images are one cloud of points. Its first direction gives each patch a score, cut at 0; the "
           "figure is the side whose scores are rarer among border patches. The figure's patches are a cloud of their own, "
           "with three directions; each score is brought to 0 … 1, and written where the figure is.",
           "`mean, direction, _ = methods.pca(patches.flatten(0, 2), 1)` and `score = (patches - mean) @ direction[0]`; with "
           "`border` True at the rim, `figure = score > 0 if score[border].mean() < 0 else score < 0`; then "
           "`methods.pca(patches[figure], 3)`, and `colors[figure] = …` into "
           "`patches.new_zeros(*patches.shape[:3], 3)`."),
)
