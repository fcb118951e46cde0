"""Mathematics for Sphinx as the slides have it: SVG set at build time, so that a page needs no script and no font."""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx

from sslcourse.slides.mathematics import to_svg

_MATRIX = re.compile(r"\\begin\{pmatrix\}(.*?)\\\\(.*?)\\end\{pmatrix\}", re.S)


def _stacked(tex: str) -> str:
    """A matrix of two rows as two lines in parentheses, which mathtext can set."""
    def binom(rows: re.Match) -> str:
        return r"\binom" + "".join(f"{{{row.strip().replace('&', spaced)}}}" for row in rows.groups())

    spaced = r"\quad"
    return _MATRIX.sub(binom, tex)


def _inline(self, node: nodes.math) -> None:
    self.body.append(to_svg(_stacked(node.astext())))
    raise nodes.SkipNode


def _block(self, node: nodes.math_block) -> None:
    self.body.append(f'<p class="ssl-equation">{to_svg(_stacked(node.astext()), display=True)}</p>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict:
    """Register the renderer and choose it."""
    app.add_html_math_renderer("svg", (_inline, None), (_block, None))
    app.config.html_math_renderer = "svg"
    return {"parallel_read_safe": True}
