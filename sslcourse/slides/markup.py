"""One cell as HTML: Markdown by nbconvert, mathematics by matplotlib, code by Pygments, outputs that stand alone."""

from __future__ import annotations

import functools
import html
import re

from nbformat import NotebookNode

from .. import expect
from .deck import tags
from .mathematics import to_svg

_WIDGET = "application/vnd.jupyter.widget-view+json"


def markdown(source: str) -> str:
    """Markdown with mathematics in it, as HTML."""
    return _renderer()(source)


@functools.cache
def _renderer():
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    class Renderer(IPythonRenderer):
        def inline_math(self, body: str) -> str:
            return to_svg(html.unescape(body))

        def block_math(self, body: str) -> str:
            return f'<span class="ssl-equation">{to_svg(html.unescape(body), display=True)}</span>'

        def multiline_math(self, text: str) -> str:
            return self.block_math(text.strip().strip("$"))

        def block_code(self, code: str, info: str | None = None) -> str:
            return highlighted(code, (info or "text").split()[0])

    def render(source: str) -> str:
        return MarkdownWithMath(renderer=Renderer(escape=False, exclude_anchor_links=True)).render(source)

    return render


def highlighted(code: str, language: str = "python") -> str:
    """Source code as HTML with Pygments' classes."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import get_lexer_by_name

    return highlight(code.rstrip(), get_lexer_by_name(language), HtmlFormatter(cssclass="code"))


def code_style() -> str:
    """The CSS for what `highlighted` writes."""
    from pygments.formatters import HtmlFormatter

    return HtmlFormatter(cssclass="code", style="friendly").get_style_defs(".code")


def cell_html(cell: NotebookNode) -> str:
    """What one cell contributes to its slide; "" where there is nothing to see."""
    if cell.cell_type == "markdown":
        text = markdown(cell.source)
        return re.sub(r"<li>", '<li class="fragment">', text) if "steps" in tags(cell) else text
    parts = [highlighted(cell.source)] if "show-code" in tags(cell) else []
    parts += [_output(output, cell.id) for output in cell.get("outputs", [])]
    return "".join(parts)


def _output(output: NotebookNode, cell: str) -> str:
    if output.output_type == "stream":
        return "" if output.name == "stderr" else f"<pre class='printed'>{html.escape(output.text.rstrip())}</pre>"
    expect.that(output.output_type != "error", f"cell {cell}", output.get("evalue", ""), "a cell that runs")
    data = output.data
    if _WIDGET in data:
        expect.that(False, f"cell {cell}", "a control that needs a kernel", "widgets.Panel or widgets.Prediction on a slide")
    if "text/html" in data:
        return f'<div class="shown">{data["text/html"]}</div>'
    if "text/markdown" in data:
        return markdown(data["text/markdown"])
    return f"<pre class='printed'>{html.escape(data.get('text/plain', ''))}</pre>"
