"""What the student sees: one panel, as HTML in a notebook and as plain text in a terminal, from the same few blocks.

A state is said in a word and by a sign; colour only repeats it. Colours are the notebook's own (JupyterLab's variables)
or a shade of its text, so that a dark theme stays dark. No script, no style sheet, and nothing that changes from one
run to the next.
"""

from __future__ import annotations

import html
import re
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from .source import highlighted

SIGNS = {"passed": "✓", "not yet": "→", "not attempted": "○"}
ACCENTS = {"passed": "var(--jp-success-color1,#2e9e44)", "not yet": "var(--jp-warn-color1,#d9822b)",
           "not attempted": "var(--jp-info-color1,#3b82c4)", "": "var(--jp-border-color1,#8886)"}

LINE = "1px solid var(--jp-border-color2,#8884)"
BOX = (f"box-sizing:border-box;max-width:68em;margin:6px 0;padding:11px 16px;border:{LINE};border-radius:6px;"
       "color:var(--jp-content-font-color1,inherit);font-family:var(--jp-ui-font-family,system-ui,sans-serif);"
       "font-size:14px;line-height:1.55;text-align:left;")
MONO = "font-family:var(--jp-code-font-family,ui-monospace,monospace);font-size:13px;color:inherit;"
PRE = (MONO + "line-height:1.5;margin:8px 0;padding:8px 12px;border-radius:4px;background:rgba(128,128,128,.13);"
       "white-space:{wrap};overflow-wrap:anywhere;max-height:32em;overflow:auto")
CODE = MONO + "padding:1px 4px;border-radius:3px;background:rgba(128,128,128,.15)"
QUIET = "margin:4px 0;font-size:13px;color:var(--jp-content-font-color2,inherit)"
STYLES = {"": "margin:8px 0;max-width:54em", "quiet": f"{QUIET};max-width:58em",
          "foot": f"{QUIET};margin:10px 0 0;padding-top:8px;border-top:{LINE}"}
CELL = "padding:4px 14px 4px 0;text-align:left;white-space:nowrap;border:none;color:inherit;font-size:13px"
HEAD = "display:flex;flex-wrap:wrap;gap:2px 16px;justify-content:space-between;align-items:baseline"


@dataclass(frozen=True)
class Say:
    """A paragraph, in which `this` is code. "quiet" is smaller, "foot" closes a panel."""

    text: str
    style: str = ""

    def plain(self) -> str:
        text = re.sub(r"\*\*([^*`]+)\*\*", r"\1", self.text)
        return textwrap.fill(text, 100, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)

    def html(self) -> str:
        return f'<p style="{STYLES[self.style]}">{_inline(self.text)}</p>'


@dataclass(frozen=True)
class Code:
    """Code or output, word for word, under a caption.

    `fold` hides it until it is asked for in HTML; in plain text `hidden`, if given, stands in its place.
    """

    text: str
    caption: str = ""
    fold: bool = False
    python: bool = False
    hidden: str = ""

    def plain(self) -> str:
        if self.hidden:
            return f"  {self.hidden}"
        caption = f"  {self.caption}\n" if self.caption else ""
        return caption + textwrap.indent(self.text.rstrip(), "    ")

    def html(self) -> str:
        body = highlighted(self.text) if self.python else html.escape(self.text.rstrip())
        style = PRE.format(wrap="pre" if self.python else "pre-wrap")       # code scrolls sideways, output wraps
        pre, caption = f'<pre style="{style}">{body}</pre>', _inline(self.caption)
        if self.fold:
            return f'<details style="margin:8px 0"><summary style="cursor:pointer">{caption}</summary>{pre}</details>'
        return (f'<p style="{QUIET};margin:10px 0 -4px">{caption}</p>' if caption else "") + pre


@dataclass(frozen=True)
class Table:
    header: Sequence[str]
    rows: Sequence[Sequence[str]]

    def plain(self) -> str:
        widths = [max(map(len, column)) for column in zip(self.header, *self.rows)]
        rows = (map(str.ljust, row, widths) for row in (self.header, *self.rows))
        return "\n".join("  " + "  ".join(row).rstrip() for row in rows)

    def html(self) -> str:
        head = "".join(f'<th scope="col" style="{CELL};font-weight:600">{_inline(cell)}</th>' for cell in self.header)
        rows = ("".join(f'<td style="{CELL}">{_sign(cell)}{_inline(cell)}</td>' for cell in row) for row in self.rows)
        body = "".join(f'<tr style="background:none">{row}</tr>' for row in rows)
        return ('<div style="overflow-x:auto"><table style="border-collapse:collapse;border:none;margin:8px 0">'
                f'<thead style="border-bottom:{LINE}"><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>')


@dataclass(frozen=True)
class Card:
    """A first line, a heading (the same in HTML), some blocks. Shows itself in a notebook and in a terminal."""

    first: str
    heading: str
    blocks: Sequence[Say | Code | Table]
    state: str = ""
    aside: str = ""

    def __repr__(self) -> str:
        return "\n".join([self.first, *(block.plain() for block in self.blocks)])

    def _repr_html_(self) -> str:
        state = f"{_sign(self.state)}<strong>{self.state.capitalize()}</strong> · " if self.state else ""
        aside = f'<span style="{QUIET};margin:0">{_inline(self.aside)}</span>' if self.aside else ""
        box = f"{BOX}border-left:5px solid {ACCENTS[self.state]}"
        blocks = "".join(block.html() for block in self.blocks)
        return (f'<section role="status" aria-label="{html.escape(self.first)}" style="{box}"><div style="{HEAD}">'
                f'<span style="font-size:15px">{state}{_inline(self.heading)}</span>{aside}</div>{blocks}</section>')


def show(panel: Card) -> None:
    """Display `panel` in the notebook, or print it where there is none."""
    if "IPython" in sys.modules:
        from IPython import get_ipython
        from IPython.display import display

        if get_ipython() is not None:
            display(panel)
            return
    write(repr(panel))


def write(text: str) -> None:
    """Print `text`, also on a terminal that cannot show every character of it."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    print(text.encode(encoding, "replace").decode(encoding))


def dots(level: int) -> str:
    """``●●○○○`` for 2 of 5."""
    return "●" * level + "○" * (5 - level)


def _inline(text: str) -> str:
    """`code`, *stress* and **strong**; everything else is escaped."""
    parts = html.escape(text).split("`")            # every second part stood between backticks
    for i, part in enumerate(parts):
        if i % 2:
            parts[i] = f'<code style="{CODE}">{part}</code>'
        else:
            strong = re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", part)
            parts[i] = re.sub(r"\*([^*]+)\*", r"<em>\1</em>", strong)
    return "".join(parts)


def _sign(state: str) -> str:
    if state not in SIGNS:
        return ""
    style = f"color:{ACCENTS[state]};font-weight:700;margin-right:.5em"
    return f'<span aria-hidden="true" style="{style}">{SIGNS[state]}</span>'
