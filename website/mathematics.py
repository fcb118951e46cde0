"""Mathematics for Sphinx as the slides have it: SVG set at build time, so that a page needs no script and no font."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx

from sslcourse.slides.mathematics import to_svg


def _inline(self, node: nodes.math) -> None:
    self.body.append(to_svg(node.astext()))
    raise nodes.SkipNode


def _block(self, node: nodes.math_block) -> None:
    self.body.append(f'<p class="ssl-equation">{to_svg(node.astext(), display=True)}</p>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict:
    """Register the renderer and choose it."""
    app.add_html_math_renderer("svg", (_inline, None), (_block, None))
    app.config.html_math_renderer = "svg"
    return {"parallel_read_safe": True}
