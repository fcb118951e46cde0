"""Mathematics as SVG, set by matplotlib: no font, no script and no network is needed where the slides are shown."""

from __future__ import annotations

import functools
import html
import re

from .. import expect

_SAME = {  # what the papers write and matplotlib's mathtext calls something else, or sets by itself
    r"\lVert": r"\|", r"\rVert": r"\|", r"\lvert": "|", r"\rvert": "|", r"\tfrac": r"\frac", r"\colon": ":",
    r"\ge": r"\geq", r"\le": r"\leq", r"\ne": r"\neq",
    r"\bigl": "", r"\bigr": "", r"\Bigl": "", r"\Bigr": "", r"\big": "", r"\Big": "", r"\limits": "", r"\displaystyle": "",
}
_TAKES_ONE = r"\\(?:mathcal|mathbb|mathrm|mathbf|sqrt|hat|bar|tilde|vec)"
_TAKES_TWO = r"\\[td]?frac"


def _braced(tex: str) -> str:
    r"""`tex` with the braces that TeX lets you leave out and mathtext wants: ``\frac12``, ``\sqrt D``, ``\mathcal L``."""
    token = r"(\\[A-Za-z]+|[^\s{}\\])"
    tex = re.sub(rf"({_TAKES_TWO}) *{token} *{token}", r"\1{\2}{\3}", tex)
    tex = re.sub(rf"({_TAKES_TWO}) *{token} *(?={{)", r"\1{\2}", tex)
    tex = re.sub(rf"({_TAKES_ONE})(?![A-Za-z\[]) *{token}", r"\1{\2}", tex)
    # Words under a brace are set under what the brace would span.
    return re.sub(r"\\underbrace\{(.*?)\}_\{(\\text\{[^}]*\})\}", r"\\underset{\2}{\1}", tex)


@functools.lru_cache(maxsize=512)
def to_svg(tex: str, *, display: bool = False) -> str:
    r"""`tex`, without its dollar signs, as an inline ``<svg>`` in the size and colour of the text around it.

    Read aloud as its TeX. Raises ValueError for what matplotlib's mathtext cannot set (matrices, `\begin`).

    >>> to_svg("f: X \\to Z").startswith('<svg class="ssl-math')
    True
    """
    from matplotlib.font_manager import FontProperties
    from matplotlib.path import Path
    from matplotlib.textpath import TextToPath

    asked = " ".join(tex.split())
    text = re.sub(r"\\[A-Za-z]+", lambda found: _SAME.get(found[0], found[0]), _braced(asked))
    if display:
        text = text.replace(r"\frac", r"\dfrac")
    size = 100.0
    font, setter = FontProperties(size=size, math_fontfamily="stix"), TextToPath()
    try:
        width, height, descent = setter.get_text_width_height_descent(f"${text}$", font, ismath=True)
        vertices, codes = setter.get_text_path(font, f"${text}$", ismath=True)
    except ValueError as error:
        reason = str(error).strip().splitlines()[-1]
        expect.that(False, "mathematics", asked, f"TeX that matplotlib's mathtext can set ({reason})")
    letters = {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C", Path.CLOSEPOLY: "Z"}
    scale = size / setter.FONT_SCALE
    drawn = []
    outline = Path(vertices, codes)
    for points, code in outline.iter_segments(curves=True, simplify=False):
        pairs = "" if code == Path.CLOSEPOLY else " ".join(
            f"{x * scale:.1f} {-y * scale:.1f}" for x, y in zip(points[::2], points[1::2]))
        drawn.append(letters[code] + pairs)
    # An italic f reaches out of the box that it is said to have.
    (x0, y0), (x1, y1) = outline.vertices.min(0) * scale, outline.vertices.max(0) * scale
    pad = 2.0
    left, right = min(x0, 0.0) - pad, max(x1, width) + pad
    below, above = max(-y0, descent) + pad, max(y1, height - descent) + pad
    box = f"{left:.1f} {-above:.1f} {right - left:.1f} {above + below:.1f}"
    style = f"width:{(right - left) / size:.3f}em;height:{(above + below) / size:.3f}em"
    return (
        f'<svg class="ssl-math{" ssl-display" if display else ""}" role="img" aria-label="{html.escape(asked, quote=True)}" '
        f'viewBox="{box}" style="{style};vertical-align:{-below / size:.3f}em">'
        f'<path fill="currentColor" d="{"".join(drawn)}"/></svg>'
    )
