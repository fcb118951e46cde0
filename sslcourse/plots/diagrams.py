"""Diagrams in the course's style: boxes, arrows, networks as trapezia, and the three that the lectures come back to.

A diagram is drawn on a canvas whose units are inches, with (0, 0) at the lower left:

    figure, axis = canvas(8, 3)
    a = box(axis, 0.2, 1, 2, 1, "images")
    b = network(axis, 3, 0.7, 1.5, 1.6, "encoder $f$")
    arrow(axis, a.right, b.left, "x")
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import expect
from .style import INK, INKS, MUTED, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Point = tuple[float, float]
HALF_A_CAPITAL = 0.365  # of the size of the type: words are centred by it, not by whichever letters they have


@dataclass(frozen=True)
class Shape:
    """Where a shape lies, and the points that arrows start from and end at."""

    x: float
    y: float
    width: float
    height: float

    @property
    def left(self) -> Point:
        return self.x, self.y + self.height / 2

    @property
    def right(self) -> Point:
        return self.x + self.width, self.y + self.height / 2

    @property
    def top(self) -> Point:
        return self.x + self.width / 2, self.y + self.height

    @property
    def bottom(self) -> Point:
        return self.x + self.width / 2, self.y


def canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """An empty figure of `width` × `height` inches, and axes measured in inches."""
    expect.positive(width, "width")
    expect.positive(height, "height")
    figure, axis = new_figure(width=width, height=height)
    figure.set_layout_engine("none")
    axis.set_position((0, 0, 1, 1))
    axis.set_xlim(0, width), axis.set_ylim(0, height)
    axis.axis("off")
    return figure, axis


def box(axis: Axes, x: float, y: float, width: float, height: float, text: str = "", *, colour: str = INKS[0],
        note: str = "", filled: bool = True, size: float = 12) -> Shape:
    """A box with rounded corners, `text` in bold in it and `note` under the text, in smaller type."""
    from matplotlib.patches import FancyBboxPatch

    face = pale(colour) if filled else "white"
    axis.add_patch(FancyBboxPatch((x, y), width, height, boxstyle="round,pad=0,rounding_size=0.09", facecolor=face,
                                  edgecolor=colour, linewidth=1.8))
    _words(axis, x + width / 2, y + height / 2, text, note, size)
    return Shape(x, y, width, height)


def network(axis: Axes, x: float, y: float, width: float, height: float, text: str = "", *, colour: str = INKS[4],
            narrow: str = "right", to: float = 0.45, size: float = 12) -> Shape:
    """A network as a trapezium: at its `narrow` end, "right" for an encoder, "left" for a decoder, it has the share `to`
    of its height."""
    from matplotlib.patches import Polygon

    expect.one_of(narrow, "narrow", ("right", "left"))
    cut = height * (1 - to) / 2
    left, right = (0.0, cut) if narrow == "right" else (cut, 0.0)
    corners = [(x, y + left), (x + width, y + right), (x + width, y + height - right), (x, y + height - left)]
    axis.add_patch(Polygon(corners, closed=True, facecolor=pale(colour), edgecolor=colour, linewidth=1.8, joinstyle="round"))
    _words(axis, x + width / 2, y + height / 2, text, "", size)
    return Shape(x, y, width, height)


def arrow(axis: Axes, start: Point, end: Point, text: str = "", *, colour: str = INK, curve: float = 0.0,
          dashed: bool = False, both: bool = False, size: float = 10.5, above: bool = True) -> None:
    """An arrow from `start` to `end`, bent by `curve`, with `text` beside its middle: above it, or under it."""
    from matplotlib.patches import FancyArrowPatch

    axis.add_patch(FancyArrowPatch(
        start, end, arrowstyle="<|-|>" if both else "-|>", mutation_scale=13, connectionstyle=f"arc3,rad={curve}",
        color=colour, linewidth=1.7, linestyle="--" if dashed else "-", shrinkA=3, shrinkB=3, joinstyle="miter",
    ))
    if text:
        dx, dy = end[0] - start[0], end[1] - start[1]
        x, y = (start[0] + end[0]) / 2 + curve * dy / 2, (start[1] + end[1]) / 2 - curve * dx / 2
        axis.annotate(text, (x, y), xytext=(0, 5 if above else -5), textcoords="offset points", ha="center",
                      va="bottom" if above else "top", fontsize=size, color=colour)


def words(axis: Axes, x: float, y: float, text: str, *, size: float = 11, colour: str = INK, bold: bool = False,
          align: str = "center") -> None:
    """Text with its middle at (x, y). Single lines of one height and size stand on one line, whatever their letters."""
    weight, steady = "bold" if bold else "normal", "\n" not in text and "$" not in text
    axis.annotate(text, (x, y), xytext=(0, -HALF_A_CAPITAL * size if steady else 0), textcoords="offset points",
                  fontsize=size, color=colour, ha=align, va="baseline" if steady else "center", fontweight=weight,
                  linespacing=1.35)


def pipeline(
    stages: Sequence[tuple[str, str]], *, width: float = 9.0, height: float = 2.2, carried: str = "weights",
) -> Figure:
    """Stages after each other, (name, what happens in it), with an arrow that carries the weights from each to the next.

        pipeline([("Pretext task", "labels made\\nfrom the data"), ("Downstream task", "in use")])
    """
    expect.that(len(stages) >= 2, "stages", stages, "two (name, words) pairs or more")
    figure, axis = canvas(width, height)
    gap = 0.95
    each = (width - 0.3 - gap * (len(stages) - 1)) / len(stages)
    boxes = []
    for place, (name, note) in enumerate(stages):
        colour = (INKS[0], INKS[1], INKS[4])[place % 3]
        x = 0.15 + place * (each + gap)
        boxes.append(box(axis, x, 0.15, each, height - 0.3, name, note=note, colour=colour, size=13.5))
    for first, second in zip(boxes, boxes[1:]):
        arrow(axis, first.right, second.left, carried)
    return figure


def hourglass(
    *, code: str = "z", width: float = 7.0, height: float = 2.6, before: str = "x", after: str = r"\hat{x}",
) -> Figure:
    """An autoencoder: input, encoder, a narrow code, decoder, output. The words are TeX, without dollar signs."""
    figure, axis = canvas(width, height)
    y, side = 0.25, height - 0.5
    part = (width - 0.3) / 7.3  # widths 0.75, 1.6, 0.7, 1.6, 0.75, and gaps of 0.475 between them
    at = [0.15 + part * step for step in (0, 1.225, 3.3, 4.475, 6.55)]
    first = box(axis, at[0], y, part * 0.75, side, f"${before}$", colour=INKS[8], size=17)
    left = network(axis, at[1], y, part * 1.6, side, "encoder", to=0.35, size=13)
    middle = box(axis, at[2], height / 2 - side * 0.21, part * 0.7, side * 0.42, f"${code}$", colour=INKS[1], size=17)
    right = network(axis, at[3], y, part * 1.6, side, "decoder", narrow="left", to=0.35, size=13)
    last = box(axis, at[4], y, part * 0.75, side, f"${after}$", colour=INKS[8], size=17)
    for one, other in ((first, left), (left, middle), (middle, right), (right, last)):
        arrow(axis, one.right, other.left)
    return figure


def student_teacher(*, width: float = 8.0, height: float = 4.0) -> Figure:
    """Self-distillation as in DINO: two views, student and teacher, centring and sharpening, a loss, and what flows back."""
    figure, axis = canvas(width, height)
    up, down, h = height - 1.25, 0.35, 0.95
    image = box(axis, 0.15, height / 2 - 0.45, 1.0, 0.9, "image", colour=INKS[8])
    one, two = (box(axis, 1.75, y, 0.85, h, f"view {n}", colour=INKS[9], size=11) for n, y in ((1, up), (2, down)))
    student = network(axis, 3.15, up, 1.25, h, "student", colour=INKS[0], to=0.6, size=11.5)
    teacher = network(axis, 3.15, down, 1.25, h, "teacher", colour=INKS[1], to=0.6, size=11.5)
    soft = box(axis, 5.0, up, 1.15, h, "softmax", colour=INKS[0], size=11)
    centred = box(axis, 5.0, down, 1.15, h, "centre,\nsharpen", colour=INKS[1], size=11)
    loss = box(axis, width - 1.25, height / 2 - 0.45, 1.1, 0.9, "loss", note="cross-entropy", colour=INKS[2], size=12)
    for start, end in ((image.right, one.left), (image.right, two.left), (one.right, student.left), (two.right, teacher.left),
                       (student.right, soft.left), (teacher.right, centred.left), (soft.right, loss.top)):
        arrow(axis, start, end)
    arrow(axis, centred.right, loss.bottom)
    words(axis, centred.right[0] + 0.42, centred.right[1] - 0.1, "stop-\ngradient", size=10, colour=INKS[2], align="left")
    arrow(axis, student.bottom, teacher.top, dashed=True)
    words(axis, student.bottom[0] + 0.12, height / 2, "moving average\nof the weights", size=10, colour=MUTED, align="left")
    return figure


def pale(colour: str) -> str:
    """A colour mixed with much white, for the inside of a box; its edge has the full colour."""
    from matplotlib.colors import to_hex, to_rgb

    return to_hex([1 - (1 - part) * 0.16 for part in to_rgb(colour)])


def _words(axis: Axes, x: float, y: float, text: str, note: str, size: float) -> None:
    lift = 0.11 * (1 + note.count("\n")) + 0.04 if note else 0.0
    words(axis, x, y + lift, text, size=size, bold=True)
    if note:
        axis.text(x, y + lift - 0.16, note, ha="center", va="top", fontsize=size * 0.84, color=INK, linespacing=1.3)
