"""How well a figure can be read from the back of a room: its smallest words, and how far its colours stand out from white."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure


def contrast(colour: Any, ground: Any = "white") -> float:
    """The contrast of two colours as WCAG 2.2 defines it, 1 to 21; a see-through colour lies on the ground.

    >>> round(contrast("black"), 1), round(contrast("#ffa90e"), 1)
    (21.0, 1.9)
    """
    from matplotlib.colors import to_rgb, to_rgba

    *parts, alpha = to_rgba(colour)
    behind = to_rgb(ground)
    light, dark = sorted((_luminance(behind), _luminance([alpha * p + (1 - alpha) * b for p, b in zip(parts, behind)])))[::-1]
    return (light + 0.05) / (dark + 0.05)


def legibility(figure: Figure) -> dict[str, float]:
    """What the figure asks of a reader, as it was last drawn.

    text   the size of its smallest words, in points; infinite without words
    ink    the least contrast of any words with the white page; large ones (18 points, or 14 bold) count half as much again,
           for WCAG asks less of them; white ones, which stand on something dark, are left out
    mark   the least contrast of any line, dot or area, of its inside or its edge, whichever stands out more. What is
           drawn below zorder 1 is background, and need not stand out
    """
    words = [text for text in _seen(figure) if _is(text, "Text") and text.get_text().strip()]
    inks = [contrast(_faded(text.get_color(), text)) * (1.5 if _large(text) else 1) for text in words]
    marks = [_stands_out(mark) for mark in _seen(figure) if mark.get_zorder() >= 1]
    return {
        "text": min((float(text.get_fontsize()) for text in words), default=float("inf")),
        "ink": min((ink for ink in inks if ink > 1.6), default=21.0),
        "mark": min((mark for mark in marks if mark), default=21.0),
    }


def _seen(figure: Figure) -> Iterator[Artist]:
    """Everything visible in the figure: words, ticks and their numbers where the axes are on, lines, dots, areas."""

    def walk(artist: Artist) -> Iterator[Artist]:
        if not artist.get_visible():
            return
        yield artist
        frame = {artist.patch} if hasattr(artist, "patch") else set()
        frame |= set(getattr(artist, "spines", {}).values())
        hidden = {artist.xaxis, artist.yaxis} if hasattr(artist, "axison") and not artist.axison else set()
        for child in artist.get_children():
            if child in frame or child in hidden:
                continue
            if _is(child, "Axis"):
                numbers = (child.label, child.offsetText, *child.get_ticklabels())
                yield from (words for words in numbers if words.get_visible())
            else:
                yield from walk(child)

    yield from walk(figure)


def _large(text: Any) -> bool:
    return text.get_fontsize() >= (14 if text.get_fontweight() in ("bold", "semibold") else 18)


def _stands_out(mark: Artist) -> float | None:
    """The contrast of a line, of dots (the least of them) or of an area; None for what is none of them."""
    if _is(mark, "Line2D"):
        colours = [mark.get_color()] if mark.get_linestyle() not in ("None", "", " ") else []
        if mark.get_marker() not in ("None", "", " ", None):
            colours += [mark.get_markerfacecolor(), mark.get_markeredgecolor()]
        return max((contrast(_faded(c, mark)) for c in colours if not _none(c)), default=None)
    if _is(mark, "Collection"):
        return _least(mark.get_facecolor(), mark.get_edgecolor())
    if _is(mark, "Patch"):
        return _least([mark.get_facecolor()], [mark.get_edgecolor()])
    return None


def _least(faces: Any, edges: Any) -> float | None:
    """Of things with an inside and an edge, the one that stands out least; one edge may serve for all of them."""
    faces, edges = list(faces), list(edges)
    count = max(len(faces), len(edges))
    if not count:
        return None
    each = [[contrast(side[i % len(side)]) for side in (faces, edges) if side] for i in range(count)]
    return min(map(max, each))


def _faded(colour: Any, artist: Artist) -> tuple[float, float, float, float]:
    from matplotlib.colors import to_rgba

    *parts, own = to_rgba(colour)
    return (*parts, own if artist.get_alpha() is None else artist.get_alpha())


def _none(colour: Any) -> bool:
    return isinstance(colour, str) and colour.lower() == "none"


def _is(artist: Artist, name: str) -> bool:
    """Whether one of matplotlib's classes of this name is among the artist's; nothing of matplotlib is imported for it."""
    return any(kind.__name__ == name for kind in type(artist).__mro__)


def _luminance(parts: Any) -> float:
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
