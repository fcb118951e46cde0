"""A paper's table with every number, as the paper has it: for a slide that is read and not only looked at."""

from __future__ import annotations

import html
from collections.abc import Mapping

from .. import results
from .papers import REFERENCES

_CELL = "padding:0 10px;border-bottom:1px solid #e6e8eb;white-space:nowrap;text-align:"
_ANY_OF = {True: "yes", False: "no", None: "–"}


def cited_table(name: str, columns: Mapping[str, str], *, note: str = "") -> None:
    """Show the cited table `name`: its rows in the paper's order, a line between its groups, below it the source.

    columns   {a column of cited.toml: its head}; numbers are set with one digit after the point, a missing one as –
    note      what the table's signs stand for

    Raises ValueError for a table that is not cited.
    """
    from IPython.display import display

    rows = results.cited(name)
    lines = [" · ".join(columns.values()), *(" · ".join(_text(row[key]) for key in columns) for row in rows)]
    display({"text/html": table_html(name, columns, note=note), "text/plain": "\n".join(lines)}, raw=True)


def table_html(name: str, columns: Mapping[str, str], *, note: str = "") -> str:
    """The table as HTML."""
    rows = results.cited(name)
    numbers = {key for key in columns if any(isinstance(row[key], float) for row in rows)}
    head = "".join(f'<th style="{_side(key, numbers)}">{html.escape(title)}</th>' for key, title in columns.items())
    body, group = [], None
    for row in rows:
        line = "" if group in (None, row["group"]) else ";border-top:2px solid #22252b"
        cells = "".join(f'<td style="{_side(key, numbers)}{line}">{html.escape(_text(row[key]))}</td>' for key in columns)
        body.append(f"<tr>{cells}</tr>")
        group = row["group"]
    return (f'<div><table class="ssl-cited"><thead><tr>{head}</tr></thead><tbody>{"".join(body)}</tbody></table>'
            f'<p class="small">{html.escape(_source(name, note))}</p></div>')


def source(name: str, *, note: str = "") -> None:
    """Show whose numbers the cited table `name` has, and where: a line for below a figure of them.

    note   what the figure's signs stand for

    Raises ValueError for a table that is not cited.
    """
    from IPython.display import display

    line = _source(name, note)
    display({"text/html": f'<p class="small">{html.escape(line)}</p>', "text/plain": line}, raw=True)


def _source(name: str, note: str) -> str:
    key, place = results.cited_source(name).split(": ", 1)
    authors = REFERENCES[key].authors
    who = f"{authors.split(',')[0]}{' et al.' if authors.count(',') > 1 else ''} ({REFERENCES[key].year})"
    return f"{who}, {place}. {note}".strip()


def _side(key: str, numbers: set[str]) -> str:
    return f"{_CELL}{'right' if key in numbers else 'left'}"


def _text(value: object) -> str:
    if value is None or isinstance(value, bool):
        return _ANY_OF[value]
    return f"{value:.1f}" if isinstance(value, float) else str(value)
