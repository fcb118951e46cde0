"""Exercise `hidden_squares`, the longer piece: how much an answer hangs on each place of a picture."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import evaluation
from ..compare import close
from ..engine import Exercise, catches


def _judge_of(c: int, h: int, w: int, seed: int):
    """A stand-in for a network: how bright an image is where a fixed pattern looks, through a bend."""
    pattern = torch.randn(c, h, w, generator=torch.Generator().manual_seed(seed))

    def log_p(images: Tensor) -> Tensor:
        seen = (images.float() / 255 * pattern.to(images.device)).sum(dim=(1, 2, 3))
        return torch.nn.functional.logsigmoid(seen / 3)

    return log_p


def hidden_squares_cases() -> dict[str, tuple]:
    def some(n: int, c: int, h: int, w: int, seed: int) -> Tensor:
        return torch.randint(0, 256, (n, c, h, w), generator=torch.Generator().manual_seed(seed), dtype=torch.uint8)

    return {
        "three photographs": (_judge_of(3, 8, 8, 0), some(3, 3, 8, 8, 0), 4, 2),
        "squares side by side": (_judge_of(3, 9, 9, 1), some(2, 3, 9, 9, 1), 3, 3),
        "one grey image, a stride that does not fit": (_judge_of(1, 7, 7, 2), some(1, 1, 7, 7, 2), 2, 3),
        "higher than wide": (_judge_of(3, 10, 6, 3), some(4, 3, 10, 6, 3), 4, 2),
        "as many images as places": (_judge_of(3, 6, 6, 4), some(3, 3, 6, 6, 4), 2, 2),
        "one square over all of it": (_judge_of(3, 5, 5, 5), some(5, 3, 5, 5, 5), 5, 1),
    }


def _walk(log_p, images: Tensor, square: int, stride: int, *, value: float = 128, pile: bool = False,
          channels: slice = slice(None), rest: bool = False) -> Tensor:
    """log_p after each square was hidden, (N, rows, columns)."""
    H, W = images.shape[2:]
    hidden, rows = images.clone(), []
    for top in range(0, H - square + 1, stride):
        row = []
        for left in range(0, W - square + 1, stride):
            place = slice(top, top + square), slice(left, left + square)
            if not pile:
                hidden = torch.full_like(images, value) if rest else images.clone()
            hidden[:, channels, *place] = images[:, channels, *place] if rest else value
            row.append(log_p(hidden))
        rows.append(torch.stack(row, dim=1))
    return torch.stack(rows, dim=1)


def _drop(log_p, images: Tensor, after: Tensor) -> Tensor:
    return (log_p(images)[:, None, None] - after).clamp_min(0)


@catches("The squares pile up: each is hidden in a picture that has holes already. Begin every time with a fresh copy, "
         "`images.clone()`.")
def piled_up(got, log_p, images, square, stride):
    return close(got, _drop(log_p, images, _walk(log_p, images, square, stride, pile=True)))


@catches("The difference is the wrong way round: a place counts where hiding it *lowers* the log-probability. Before minus "
         "after.")
def wrong_way_round(got, log_p, images, square, stride):
    gap = _walk(log_p, images, square, stride) - log_p(images)[:, None, None]
    return close(got, gap) or close(got, gap.clamp_min(0))


@catches("Where hiding helps, this is below 0, or counts as much as where it hurts. A gain counts as no cost: "
         "`clamp_min(0)`.")
def gains_counted(got, log_p, images, square, stride):
    gap = log_p(images)[:, None, None] - _walk(log_p, images, square, stride)
    return bool((gap < 0).any()) and (close(got, gap) or close(got, gap.abs()))


@catches("These are the log-probabilities after the square was hidden. Wanted is by how much they have dropped.")
def after_alone(got, log_p, images, square, stride):
    after = _walk(log_p, images, square, stride)
    return close(got, after) or close(got, -after)


@catches("This is a ratio or a difference of probabilities. Wanted is the drop of the *log*-probability, which `log_p` "
         "returns.")
def probabilities(got, log_p, images, square, stride):
    after, before = _walk(log_p, images, square, stride).exp(), log_p(images)[:, None, None].exp()
    return any(close(got, v) for v in (before - after, (before - after).clamp_min(0), before / after))


@catches("The square is filled with another value than grey, 128. Black or white is a shape of its own to a network.")
def not_gray(got, log_p, images, square, stride):
    return any(close(got, _drop(log_p, images, _walk(log_p, way, square, stride, value=v)))
               for way, v in ((images, 0), (images, 255), (images, 127), (images, 1), (images.float(), 0.5)))


@catches("One channel alone is covered. The square is grey in all of them: `hidden[:, :, rows, columns] = 128`.")
def one_channel(got, log_p, images, square, stride):
    C = images.shape[1]
    return C > 1 and any(
        close(got, _drop(log_p, images, _walk(log_p, images, square, stride, channels=slice(c, c + 1)))) for c in (0, C - 1))


@catches("Everything *but* the square is hidden. Hide the square, and leave the rest.")
def rest_hidden(got, log_p, images, square, stride):
    return close(got, _drop(log_p, images, _walk(log_p, images, square, stride, rest=True)))


@catches("The last places are missing, where the square touches the right or lower edge: `range(0, H - square + 1, stride)`, "
         "with the + 1.")
def edge_missing(got, log_p, images, square, stride):
    H, W = images.shape[2:]
    rows, columns = len(range(0, H - square, stride)), len(range(0, W - square, stride))
    want = _drop(log_p, images, _walk(log_p, images, square, stride))
    return want.shape[1:] != (rows, columns) and close(got, want[:, :rows, :columns])


def _places(images: Tensor, square: int, stride: int, over: int = 0) -> tuple[int, int]:
    return tuple(len(range(0, side - square + 1 + over, stride)) for side in images.shape[2:])


@catches("The last squares reach over the edge, and cover less than the others. All squares lie inside the picture: "
         "`range(0, H - square + 1, stride)`.")
def over_the_edge(got, log_p, images, square, stride):
    return got.shape[1:] == _places(images, square, stride, over=square - 1) != _places(images, square, stride)


@catches("From one place to the next it is `stride` pixels: not 1, and not the side of the square.")
def another_stride(got, log_p, images, square, stride):
    others = {_places(images, square, step) for step in (1, square)} - {_places(images, square, stride)}
    return got.shape[1:] in others


@catches("A square of 8 and a stride of 4 are written into it. Both come with the call.")
def always_the_default(got, log_p, images, square, stride):
    return got.ndim == 3 and got.shape[1:] == _places(images, 8, 4) != _places(images, square, stride)


@catches("Rows and columns have changed places: the first place axis goes down the picture, the second goes across.")
def across_first(got, log_p, images, square, stride):
    return close(got, _drop(log_p, images, _walk(log_p, images, square, stride)).transpose(1, 2))


@catches("The images come last here. Wanted is one map for each image: (N, rows, columns).")
def images_last(got, log_p, images, square, stride):
    return close(got, _drop(log_p, images, _walk(log_p, images, square, stride)).permute(1, 2, 0))


EXERCISE = Exercise(
    "hidden_squares", "08_rotation", "A longer piece: what does the answer hang on?", minutes=25, difficulty=3,
    importance=3, reference=evaluation.hidden_squares, returns=("cost",), cases=hidden_squares_cases,
    used_in="for the maps below", longer=True,
    mistakes=(piled_up, wrong_way_round, gains_counted, after_alone, probabilities, not_gray, one_channel, rest_hidden,
              edge_missing, over_the_edge, another_stride, always_the_default, across_first, images_last),
    hints=("Ask once with the whole picture. Then cover one place after another, ask again each time, and note by how much "
           "the answer has suffered.",
           "Two loops go over the upper left corners of the squares. Inside: copy all images, make one square of the "
           "copies grey, call log_p on them, and write what N numbers have lost into column [i, j] of a table of zeros.",
           "`for i, top in enumerate(range(0, H - square + 1, stride)):`, the same for `j, left`; inside, "
           "`hidden = images.clone()`, `hidden[:, :, top:top + square, left:left + square] = 128` and "
           "`cost[:, i, j] = (before - log_p(hidden)).clamp_min(0)`."),
)
