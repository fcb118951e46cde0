"""Numbers that papers report, each with its source, from one file: cited.toml. They are cited here, not measured."""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path
from typing import Any

from .. import expect


@functools.cache
def _file() -> dict[str, dict[str, Any]]:
    return tomllib.loads((Path(__file__).parent / "cited.toml").read_text(encoding="utf-8"))


def cited(table: str) -> list[dict[str, Any]]:
    """The rows of one of the cited tables, in the paper's order; a number that the paper leaves out is None.

    >>> next(row["knn"] for row in cited("dinov2-table4") if row["method"] == "MAE")
    49.4
    """
    expect.one_of(table, "table", [name for name, entry in _file().items() if "rows" in entry])
    entry = _file()[table]
    rows = [dict(zip(entry["columns"], row)) for row in entry["rows"]]
    return [{name: None if value == "-" else value for name, value in row.items()} for row in rows]


def cited_value(name: str) -> float:
    """One cited number.

    >>> cited_value("mae-mask-ratio")
    0.75
    """
    expect.one_of(name, "name", [name for name, entry in _file().items() if "value" in entry])
    return _file()[name]["value"]


def cited_source(name: str) -> str:
    """Where a cited table or number stands: the key of its reference, and the place in it."""
    expect.one_of(name, "name", _file())
    entry = _file()[name]
    return f"{entry['reference']}: {entry['place']}"
