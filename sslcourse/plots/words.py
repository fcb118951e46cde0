"""Text as a figure, piece by piece: what a tokenizer cut, what was masked, what a model wrote."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .. import expect
from .style import INK, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH, _HEIGHT = 0.0872, 0.245                 # inches of one character of 10.4 points, and of one line


def words(pieces: Sequence[str], fills: Sequence[str | None] | None = None, *, columns: int = 100, title: str = "") -> Figure:
    """The pieces one after the other in a fixed-width face, as lines of at most `columns` characters, a figure of its own.

    fills   a background colour for each piece, or None for none. Where nothing is said, two pale greys alternate, so that
            one sees where each piece ends.

    A line break inside a piece begins a new line. ValueError: no pieces, or not one fill for each.
    """
    rows = max(1, len(layout(pieces, columns)))
    height = _HEIGHT * rows + (0.42 if title else 0.1)
    figure, axis = new_figure(width=columns * _WIDTH + 0.3, height=height)
    draw_words(axis, pieces, fills, columns=columns)
    axis.set_title(title)
    return figure


def draw_words(axis: Axes, pieces: Sequence[str], fills: Sequence[str | None] | None = None, *, columns: int = 100,
               rows: int | None = None) -> None:
    """The same on axes that are there already; `rows`, how many lines there is room for (as many as there are)."""
    from matplotlib.patches import Rectangle

    lines = layout(pieces, columns)
    came = None if fills is None else expect.Words(f"{len(fills)} fills")
    expect.that(fills is None or len(fills) == len(pieces), "fills", came, f"one for each of {len(pieces)} pieces")
    fills = [("#e3e7ee", "#f3f1ea")[i % 2] for i in range(len(pieces))] if fills is None else fills
    for row, line in enumerate(lines):
        for column, text, i in line:
            if fills[i] is not None:
                face = Rectangle((column + 0.06, row + 0.1), len(text) - 0.12, 0.8, facecolor=fills[i], edgecolor="none")
                axis.add_patch(face)
            axis.text(column, row + 0.54, text, family="monospace", fontsize=10.4, color=INK, va="center", ha="left",
                      parse_math=False)
    axis.set(xlim=(0, columns), ylim=(max(rows or 0, len(lines), 1), 0))
    axis.axis("off")


def layout(pieces: Sequence[str], columns: int = 100) -> list[list[tuple[int, str, int]]]:
    """Where each piece stands: for each line its parts, (column, text, number of the piece).

    >>> layout(["one", " two", " three"], columns=8)
    [[(0, 'one', 0), (3, ' two', 1)], [(0, ' three', 2)]]
    """
    expect.that(not isinstance(pieces, str) and len(pieces) > 0, "pieces", pieces, "a list of one piece or more")
    expect.integer(columns, "columns", at_least=1)
    lines: list[list[tuple[int, str, int]]] = [[]]
    column = 0
    for i, piece in enumerate(pieces):
        for part, text in enumerate(piece.split("\n")):
            if part:
                lines.append([])
                column = 0
            while text:
                if column + len(text) > columns and column:
                    lines.append([])
                    column = 0
                head, text = text[:columns], text[columns:]
                lines[-1].append((column, head, i))
                column += len(head)
    return lines
