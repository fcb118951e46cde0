"""Words of a diagram that touch something: an edge, a picture, other words."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.transforms import Bbox

SHAPES = ("FancyBboxPatch", "Polygon")  # what boxes and networks are made of; an arrow may pass a word closely


def touching(figure: Figure) -> list[str]:
    """The words that touch the edge of a box or network, a picture or other words, as the figure was last drawn.

    Only axes without ticks are looked at: there each place was chosen by hand, and is not that of a number.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    pen = FigureCanvasAgg(figure).get_renderer()
    canvases = [axis for axis in figure.axes if not axis.axison]
    words = [(one.get_text(), _ink(one, pen)) for axis in canvases for one in axis.texts
             if one.get_visible() and one.get_text().strip()]
    found = [f"{text!r} and {other!r}" for (text, here), (other, there) in combinations(words, 2) if _overlap(here, there)]
    for axis in canvases:
        edges = list(_edges(axis))
        pictures = [picture.get_window_extent(pen) for other in figure.axes if other is not axis for picture in other.images]
        for one in axis.texts:
            if not one.get_visible() or not one.get_text().strip():
                continue
            here = _ink(one, pen)
            if any(edge.intersects_bbox(here, filled=False) for edge in edges) or any(_overlap(here, p) for p in pictures):
                found.append(f"{one.get_text()!r} and a shape")
    return found


def _edges(axis: Axes) -> Iterator[Any]:
    for patch in axis.patches:
        if type(patch).__name__ in SHAPES and patch.get_visible():
            yield patch.get_path().transformed(patch.get_transform())


def _ink(words: Any, pen: Any) -> Bbox:
    """Where the words are, a little less than the lines that hold them: above and below the letters there is air."""
    from matplotlib.transforms import Bbox

    box = words.get_window_extent(pen)
    lines = words.get_text().count("\n") + 1
    air = 0.12 * box.height / lines
    return Bbox.from_extents(box.x0 + 1, box.y0 + air, box.x1 - 1, box.y1 - air)


def _overlap(one: Bbox, other: Bbox) -> bool:
    return one.x0 < other.x1 and other.x0 < one.x1 and one.y0 < other.y1 and other.y0 < one.y1
