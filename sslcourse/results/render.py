"""Measured numbers in Markdown files: what stands between two markers is written by code, from the committed results.

A marker is an HTML comment, which no reader sees; after it comes what was rendered, then ``<!-- /results -->``.
A table stands on lines of its own, a number in its sentence:

    the labs, their questions, minutes, seconds: <!-- results:course-map -->
    the lecture's claims and their verdicts:     <!-- results:claims -->
    `results.table`, only the course's numbers:  <!-- results:measured lab="01_x" columns="data,metric" format=".1%" -->
    several values of one field:                 <!-- results:measured lab="06_y;07_z" protocol="kNN;linear probe" -->
    the methods, one line each:                  <!-- results:family -->
    the lecture's Table 3 or 4, and ours:        <!-- results:systems table="3" -->
    the race, and what stands beside it:         <!-- results:race -->
    one number of a paper, from cited.toml:      <!-- results:cited value="chinchilla-E" -->
    one number, as `results.value` finds it:     <!-- results:value method="PCA" data="mnist" format=".0%" -->

All speak of the CPU's file unless machine="gpu" is said.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from .. import expect, labs
from . import on_file
from .cited import cited_value
from .claims import CLAIMS, verdict
from .course_map import course_map
from .lookup import select
from .prose import look_up
from .tables import Table, pivot
from .two_tables import two_tables

_OPEN = "<!-- results:"
_MARKED = re.compile(
    r'<!-- results:(?P<name>[\w-]+)(?P<words>(?: +\w+="[^"]*")*) *-->(?P<body>.*?)<!-- /results -->', re.S)
_NOT_OURS = {"node_modules", "build", "dist", "cache", "__pycache__"}


def render(text: str) -> str:
    """`text` with everything between its markers written again. A misspelt or unclosed marker is a ValueError."""
    rendered = _MARKED.sub(_render, text)
    expect.that(text.count(_OPEN) == len(_MARKED.findall(text)), "markers", f"{text.count(_OPEN)} of {_OPEN}… -->",
                'as many closed ones: <!-- results:NAME word="…" --> … <!-- /results -->')
    return rendered


def stale() -> dict[Path, str]:
    """The course's Markdown files that differ from what would be rendered, each with its right text."""
    wrong = {}
    for path in _markdown_files(labs.root()):
        text = path.read_text(encoding="utf-8")
        try:
            right = render(text)
        except ValueError as error:
            raise ValueError(f"{path.name}: {error}") from error
        if right != text:
            wrong[path] = right
    return wrong


def rewrite() -> list[Path]:
    """Bring every Markdown file of the course up to date, and say which had to change."""
    wrong = stale()
    for path, text in wrong.items():
        part = path.with_name(path.name + ".part")
        part.write_text(text, encoding="utf-8", newline="\n")
        os.replace(part, path)
    return list(wrong)


def _course_map(machine: str) -> str:
    return course_map(machine).markdown()


def _measured(machine: str, rows: str = "method", columns: str = "data,metric", format: str = ".3g", **where) -> str:
    where = {name: wanted.split(";") if isinstance(wanted, str) else wanted for name, wanted in where.items()}
    numbers = select(on_file.committed(machine), **where)
    listed = {name: wanted for name, wanted in where.items() if isinstance(wanted, list) and len(wanted) > 1}
    numbers = sorted(numbers, key=lambda row: [wanted.index(getattr(row, name)) for name, wanted in listed.items()])
    return pivot({"course": numbers}, rows.split(","), columns.split(","), format).markdown()


def _claims(machine: str) -> str:
    rows = []
    for id, claim in CLAIMS.items():
        found = verdict(id, machine=machine)
        where = ", ".join(lab[:2] for lab in claim.labs)
        rows.append([claim.statement, claim.source, where, found, str(found.weakest() or "")])
    return Table(["the lecture says", "where", "lab", "verdict", "on which it stands or falls"], rows).markdown()


def _family(machine: str) -> str:
    from .family import page  # all of the methods, which no lab's number needs

    return page(machine).markdown()


def _systems(machine: str, table: str = "3") -> str:
    return two_tables(table, machine).markdown()


def _race(machine: str) -> str:
    from .race_table import race_table  # all of the methods here, too

    return race_table().markdown()


def _cited(machine: str, value: str) -> str:
    return f"{cited_value(value):g}"


def _value(machine: str, format: str = ".3g", **where: object) -> str:
    return f"{look_up(where, machine):{format}}"


RENDERERS: dict[str, Callable[..., str]] = {
    "course-map": _course_map, "family": _family, "systems": _systems, "measured": _measured, "claims": _claims,
    "race": _race, "cited": _cited, "value": _value,
}


def _render(match: re.Match) -> str:
    name = match["name"]
    expect.that(_OPEN not in match["body"], "markers", f"{_OPEN}{name} without an end", "<!-- /results --> after each")
    expect.one_of(name, "results:", RENDERERS)
    words: dict[str, object] = {"machine": "cpu"} | dict(re.findall(r'(\w+)="([^"]*)"', match["words"]))
    words |= {word: int(words[word]) for word in ("seed", "size") if word in words}
    try:
        text = RENDERERS[name](**words)
    except TypeError as error:
        raise ValueError(f"results:{name}: {error}") from error
    if name not in ("value", "cited"):
        text = f"\n{text}\n"
    return match[0][: match.start("body") - match.start()] + text + "<!-- /results -->"


def _markdown_files(root: Path) -> Iterator[Path]:
    for folder, inside, files in os.walk(root):
        inside[:] = sorted(name for name in inside if not name.startswith(".") and name not in _NOT_OURS)
        yield from (Path(folder, name) for name in sorted(files) if name.endswith(".md"))
