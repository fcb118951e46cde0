"""Exercise `sine_cosine_positions`, the longer piece: where each patch of a grid is from."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import methods
from ..compare import close
from ..engine import Exercise, catches


def sine_cosine_positions_cases() -> dict[str, tuple]:
    return {
        "two rows of three patches, 8 numbers": (2, 3, 8),
        "the lab's grid": (8, 8, 64),
        "one row": (1, 5, 12),
        "one column": (4, 1, 4),
        "three rows of two, 16 numbers": (3, 2, 16),
    }


def _made(rows: int, columns: int, width: int, *, steps: float | None = None, base: float = 10_000.0, start: int = 0,
          first: str = "column", order: str = "apart", swapped: bool = False) -> Tensor:
    """The positions with one thing or another about them changed, (1 + rows · columns, width)."""
    k = torch.arange(width // 4, dtype=torch.float64)
    frequencies = (base ** (-k / (width / 4 if steps is None else steps))).float()
    row, column = torch.meshgrid(torch.arange(rows) + start, torch.arange(columns) + start, indexing="ij")
    if swapped:
        row, column = (x.T for x in torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij"))

    def along(places: Tensor) -> Tensor:
        angles = places.flatten()[:, None] * frequencies
        parts = (angles.cos(), angles.sin()) if order == "cosine first" else (angles.sin(), angles.cos())
        return torch.stack(parts, dim=2).flatten(1) if order == "in turn" else torch.cat(parts, dim=1)

    pair = (along(column), along(row)) if first == "column" else (along(row), along(column))
    return torch.cat([torch.zeros(1, width), torch.cat(pair, dim=1)])


def _from(rows: Tensor, columns: Tensor, width: int, first: int = 0) -> Tensor:
    """The positions of a grid whose rows and columns lie at these places; `first` is the first k."""
    frequencies = 10_000.0 ** (-(torch.arange(width // 4) + first) / (width / 4))
    y, x = (places.flatten()[:, None] * frequencies for places in torch.meshgrid(rows, columns, indexing="ij"))
    return torch.cat([torch.zeros(1, width), torch.cat([x.sin(), x.cos(), y.sin(), y.cos()], dim=1)])


def _is(got: object, made: Tensor) -> bool:
    return close(got, made[None]) or close(got, made)


@catches("The row for the class token is missing: zeros, before all the patches. It has no place in the grid.")
def no_class_token(got, rows, columns, width):
    made = _made(rows, columns, width)[1:]
    return close(got, made[None]) or close(got, made)


@catches("The class token's zeros come last. Its token is the first of the sequence.")
def class_token_last(got, rows, columns, width):
    return _is(got, _made(rows, columns, width).roll(-1, dims=0))


@catches("Row and column have changed places: the first half of the numbers says the column, the second half the row.")
def row_first(got, rows, columns, width):
    return min(rows, columns) > 1 and _is(got, _made(rows, columns, width, first="row"))


@catches("The patches are counted column by column here. `models.patchify` counts them row by row: the column changes "
         "fastest, `indexing=\"ij\"`, and then `flatten()`.")
def counted_down_the_columns(got, rows, columns, width):
    return min(rows, columns) > 1 and rows != columns and _is(got, _made(rows, columns, width, swapped=True))


@catches("Cosines and sines have changed places: the sines come first.")
def cosine_first(got, rows, columns, width):
    return _is(got, _made(rows, columns, width, order="cosine first"))


@catches("Sine and cosine take turns, as in the transformer's paper. Here all sines come first, then all cosines: "
         "`torch.cat([angles.sin(), angles.cos()], dim=1)`.")
def in_turn(got, rows, columns, width):
    return width > 4 and _is(got, _made(rows, columns, width, order="in turn"))


@catches("The frequencies fall too fast or too slowly. There are width / 4 of them, and w_k = 10000^(−k / (width / 4)): "
         "another number stands under the k here.")
def other_frequencies(got, rows, columns, width):
    steps = (width, width / 2, width / 8, max(width / 4 - 1, 0.5))
    return width > 4 and any(_is(got, _made(rows, columns, width, steps=step)) for step in steps)


@catches("The frequencies grow, 10000^(+k / …). They fall, from 1 downwards: the sign of the exponent is minus.")
def growing_frequencies(got, rows, columns, width):
    return width > 4 and _is(got, _made(rows, columns, width, base=1e-4))


@catches("Places are counted from 1. The first row and the first column are number 0.")
def counted_from_one(got, rows, columns, width):
    return _is(got, _made(rows, columns, width, start=1))


@catches("k begins at 1 here. It begins at 0, so that the first frequency is 1.")
def k_from_one(got, rows, columns, width):
    return _is(got, _from(torch.arange(rows), torch.arange(columns), width, first=1))


@catches("The class token has the position of the first patch. It has no place in the grid: a row of zeros.")
def class_token_at_the_first_patch(got, rows, columns, width):
    made = _made(rows, columns, width)
    return _is(got, torch.cat([made[1:2], made[1:]]))


@catches("Columns and rows are divided by how many there are. x and y are counted, 0, 1, 2, …, however large the grid is.")
def shares_of_the_grid(got, rows, columns, width):
    return _is(got, _from(torch.arange(rows) / rows, torch.arange(columns) / columns, width))


@catches("The patches are numbered in one row, as words are. Each has a column and a row of its own: half of the numbers for "
         "either.")
def numbered_in_one_row(got, rows, columns, width):
    place, steps = torch.arange(rows * columns)[:, None], torch.arange(width // 2) / (width // 2)
    angle = place * 10_000.0**-steps
    return _is(got, torch.cat([torch.zeros(1, width), torch.cat([angle.sin(), angle.cos()], dim=1)]))


EXERCISE = Exercise(
    "sine_cosine_positions", "14_masked_autoencoders", "Where a patch is from", minutes=25, difficulty=3, importance=3,
    reference=methods.sine_cosine_positions, returns=("positions",), cases=sine_cosine_positions_cases, longer=True,
    used_in="in the networks that are trained below",
    mistakes=(no_class_token, class_token_last, row_first, counted_down_the_columns, cosine_first, in_turn,
              other_frequencies, growing_frequencies, counted_from_one, k_from_one, class_token_at_the_first_patch,
              shares_of_the_grid, numbered_in_one_row),
    hints=("Solve it along one axis first: for a list of places, a row of sines and cosines for each. Then use that twice.",
           "`along(places)` multiplies (L, 1) by the width / 4 frequencies and puts sines before cosines: (L, width / 2). "
           "`torch.meshgrid(..., indexing=\"ij\")` gives every patch its row and its column; flatten both.",
           "`frequencies = 10_000 ** (-torch.arange(width // 4) / (width / 4))`, `angles = places[:, None] * frequencies`, "
           "`torch.cat([along(column.flatten()), along(row.flatten())], dim=1)`, and a row of zeros before it."),
)
