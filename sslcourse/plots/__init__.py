"""Figures in one style, each shown with a text that says what there is to see.

Every function here returns a matplotlib ``Figure`` and shows nothing; ``show(figure, alt=...)`` is the one way onto the
page, and it refuses a figure without its text. Colours are Petroff's ten, told apart with any colour vision, and a map
names its classes in place, so that colour is never the only sign.
"""

from . import diagrams
from .bars import bars, percent
from .curves import lines
from .images import image_grid, image_rows, mosaic
from .legible import contrast, legibility
from .maps import scatter, scatter_row
from .style import COLOURS, INK, INKS, MUTED, measures, new_figure, say_if_stopped, show, to_html, to_png
from .touching import touching
from .words import draw_words, words

__all__ = [
    "COLOURS", "INK", "INKS", "MUTED", "bars", "contrast", "diagrams", "draw_words", "image_grid", "image_rows",
    "legibility", "lines", "measures", "mosaic", "new_figure", "percent", "say_if_stopped", "scatter", "scatter_row",
    "show", "to_html", "to_png", "touching", "words",
]
