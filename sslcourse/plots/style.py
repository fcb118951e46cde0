"""The one style of the course's figures, and the one way to show them."""

from __future__ import annotations

import base64
import html
import io
import re
from typing import TYPE_CHECKING

from .. import expect
from .legible import legibility
from .touching import touching

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Petroff (2021), "Accessible color sequences for data visualization", arXiv:2107.02270: the ten-colour sequence.
COLOURS = ("#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6", "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd")
# The same ten for lines, dots and edges on white: what was paler than 3 to 1 (WCAG 1.4.11) is darker, and the first three
# are apart in gray.
INKS = ("#2878bd", "#c78500", "#a31b00", "#7c8d8a", "#832db6", "#99604f", "#d75c00", "#958a4d", "#5c606c", "#369ca1")
# Where two of them lie close to each other, as gray, khaki and slate do, the dots differ in shape (as in explorer_dots.js).
MARKERS = ("o", "s", "^", "D", "o", "s", "D", "o", "^", "s")
INK = "#22252b"
MUTED = "#6b7280"

_STYLE = {
    "figure.facecolor": "white", "axes.facecolor": "white", "savefig.facecolor": "white",
    "font.size": 10.5, "axes.titlesize": 11.5, "axes.titleweight": "bold", "axes.titlelocation": "left", "axes.titlepad": 9,
    "axes.labelsize": 10.5, "axes.labelcolor": INK, "axes.edgecolor": "#9aa0a8", "axes.linewidth": 0.8,
    "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True,
    "xtick.color": MUTED, "ytick.color": MUTED, "text.color": INK, "grid.color": "#e6e8eb", "grid.linewidth": 0.8,
    "legend.frameon": False, "lines.linewidth": 2.0, "lines.solid_capstyle": "round", "image.interpolation": "nearest",
}
_SCALE = 2.0  # pixels drawn per pixel shown: sharp on a laptop's screen and at a projector


def new_figure(rows: int = 1, columns: int = 1, *, width: float = 8.0, height: float = 3.6, **subplots):
    """A figure of `width` × `height` inches in the course's style, and its axes as matplotlib's ``subplots`` gives them.

    The figure is not registered with pyplot, so that nothing is ever shown twice or left open.
    """
    import matplotlib
    from matplotlib.figure import Figure

    expect.integer(rows, "rows", at_least=1)
    expect.integer(columns, "columns", at_least=1)
    matplotlib.rcParams.update(_STYLE)  # for good: a title or a legend that is added later reads the style then
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(rows, columns, **subplots)


def to_png(figure: Figure, *, dpi: float = 96, colours: int | None = None) -> bytes:
    """The figure as a PNG, twice as fine as it is shown.

    With `colours`, so many at most: a third of the size, in less time. A figure with pictures in it keeps all of theirs.
    """
    out = io.BytesIO()
    if colours is None:
        figure.savefig(out, format="png", dpi=dpi * _SCALE)
        return out.getvalue()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    canvas, before = FigureCanvasAgg(figure), figure.get_dpi()
    figure.set_dpi(dpi * _SCALE)
    try:
        canvas.draw()
        picture = Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba()).convert("RGB")
    finally:
        figure.set_dpi(before)
    if not any(axis.images for axis in figure.axes):
        picture = picture.quantize(colours, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        picture.putpalette([255 if value == 254 else value for value in picture.getpalette()])  # white is white
    picture.save(out, format="PNG", compress_level=6)
    return out.getvalue()


def to_html(figure: Figure, alt: str, *, colours: int | None = None) -> str:
    """An ``<img>`` that carries the figure inside it, with its alternative text."""
    expect.that(isinstance(alt, str) and len(alt.strip()) >= 20, "alt", alt, "a sentence that says what the figure shows")
    data = base64.b64encode(to_png(figure, colours=colours)).decode("ascii")
    width = round(figure.get_figwidth() * 96)
    return (
        f'<img alt="{html.escape(alt, quote=True)}" src="data:image/png;base64,{data}" width="{width}" {measures(figure)} '
        'style="max-width:100%;height:auto;border-radius:6px">'
    )


def measures(*figures: Figure) -> str:
    """The worst of the figures' `legibility` as attributes of their picture: who shows it smaller can tell what is lost.

    Words that touch something are named there, too.
    """
    found = [legibility(figure) for figure in figures]
    touched = sorted({words for figure in figures for words in touching(figure)})
    told = " ".join(f'data-{name}="{min(one[name] for one in found):.1f}"' for name in found[0])
    return f'{told} data-touching="{html.escape("; ".join(touched), quote=True)}"' if touched else told


def show(figure: Figure, alt: str) -> None:
    """Show `figure` in the notebook; `alt` says in a sentence what there is to see, for those who can't see it.

    After a training that was stopped, and until it has run to its end, every figure says so.
    """
    from IPython.display import display

    display({"text/html": to_html(figure, alt, colours=256) + _cut(), "text/plain": alt}, raw=True)


def say_if_stopped() -> None:
    """Below what is shown in another way than by `show`: the same line, where a training was stopped."""
    from IPython.display import display

    if line := _cut():
        display({"text/html": line, "text/plain": re.sub("<.*?>", "", line)}, raw=True)


def _cut() -> str:
    from ..training import stopped

    said = "; ".join(stopped())
    return f"<div><small>Shown after a training was stopped ({html.escape(said)}).</small></div>" if said else ""
