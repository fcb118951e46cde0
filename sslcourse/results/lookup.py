"""Finding a measured number again: exactly the one that is meant, or an error that says what came close."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Sequence

from .. import expect, runtime
from .on_file import committed
from .row import KEY, Row

#: What tells two measurements apart, when seeds are only repetitions of one.
SETTING = tuple(name for name in KEY if name not in ("seed", "machine"))


class NotMeasured(LookupError):
    """No row on file matches."""


def select(rows: Iterable[Row], **where: object) -> list[Row]:
    """The rows whose fields are as asked for: a value, or a list, tuple, set or range of values.

    An unknown field is a ValueError.

    >>> select([], method="PCA", data=["mnist", "cifar10"])
    []
    """
    for name in where:
        expect.one_of(name, "field", [field.name for field in dataclasses.fields(Row)])
    wanted = {name: set(v) if isinstance(v, (list, tuple, set, range)) else {v} for name, v in where.items()}
    return [row for row in rows if all(getattr(row, name) in values for name, values in wanted.items())]


def value(*, rows: Sequence[Row] | None = None, machine: str | None = None, **where: object) -> float:
    """The one measured number that `where` describes, the mean over its seeds; from the committed file, or from `rows`.

    Raises NotMeasured, naming the nearest rows, when nothing matches; ValueError, naming what to add, when more than
    one measurement does.
    """
    machine = machine or runtime.machine()
    rows = committed(machine) if rows is None else rows
    found = select(rows, **where)
    if not found:
        near = "; ".join(_describe(row) for row in nearest(rows, where)) or "nothing is on file"
        asked = ", ".join(f"{name}={wanted!r}" for name, wanted in where.items())
        raise NotMeasured(f"{asked}: not measured yet on this machine kind ({machine}). Nearest: {near}")
    for name in varying(found):
        options = sorted({getattr(row, name) for row in found}, key=str)
        listed = " or ".join(f"{name}={option!r}" for option in options[:8])
        raise ValueError(f"results: got {len(found)} rows that are not one measurement, wanted one: add {listed}")
    return sum(row.value for row in found) / len(found)


def varying(rows: Sequence[Row]) -> list[str]:
    """The fields in which rows differ other than by their seed."""
    return [name for name in SETTING if len({getattr(row, name) for row in rows}) > 1]


def nearest(rows: Iterable[Row], where: dict[str, object], n: int = 3) -> list[Row]:
    """The `n` settings on file that agree best with `where`."""
    def agreement(row: Row) -> float:
        return sum(difflib.SequenceMatcher(None, str(getattr(row, name)).lower(), str(wanted).lower()).ratio()
                   for name, wanted in where.items())

    one_each = {tuple(getattr(row, name) for name in SETTING): row for row in rows}
    return sorted(one_each.values(), key=agreement, reverse=True)[:n]


def _describe(row: Row) -> str:
    return ", ".join(f"{name}={getattr(row, name)!r}" for name in SETTING if getattr(row, name) is not None)
