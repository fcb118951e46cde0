"""Python code as HTML, in the colours of the notebook's editor (which suit any theme)."""

from __future__ import annotations

import html


def highlighted(code: str) -> str:
    """`code` with keywords, strings, comments, numbers and function names coloured; plain where Pygments is missing."""
    try:
        from pygments import lex
        from pygments.lexers import PythonLexer
        from pygments.token import Comment, Keyword, Name, Number, Operator, String
    except ImportError:
        return html.escape(code.rstrip())
    styles = (
        (Comment, "color:var(--jp-mirror-editor-comment-color,#5f8787);font-style:italic"),
        (String, "color:var(--jp-mirror-editor-string-color,#c0392b)"),
        (Number, "color:var(--jp-mirror-editor-number-color,#0a8a5a)"),
        (Operator.Word, "color:var(--jp-mirror-editor-keyword-color,#0a8a3a);font-weight:600"),
        (Keyword, "color:var(--jp-mirror-editor-keyword-color,#0a8a3a);font-weight:600"),
        (Name.Function, "color:var(--jp-mirror-editor-def-color,#3b6fd4)"),
    )
    parts = []
    for token, text in lex(code.rstrip(), PythonLexer()):
        style = next((style for family, style in styles if token in family), "")
        text = html.escape(text)
        parts.append(f'<span style="{style}">{text}</span>' if style else text)
    return "".join(parts).rstrip()
