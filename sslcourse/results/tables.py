"""A lab's growing table: this run's numbers beside the course's, mean and interval where there are several seeds."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from .. import expect, runtime, training
from . import journal
from .lookup import SETTING, select
from .on_file import committed
from .row import Row

MISSING = "—"
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


@dataclass(frozen=True)
class Table:
    """Text in rows and columns, shown as HTML in a notebook, as plain text in a terminal, as Markdown in README.md."""

    columns: list[str]
    rows: list[list[str]]
    note: str = ""

    def __repr__(self) -> str:
        lines = [self.columns, *self.rows]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.columns))]
        padded = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines]
        padded.insert(1, "  ".join("─" * width for width in widths))
        return "\n".join(padded + ([self.note] if self.note else []))

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in self.columns)
        body = ""
        for first, *rest in self.rows:
            cells = "".join(f"<td>{html.escape(cell)}</td>" for cell in rest)
            body += f'<tr><th scope="row">{html.escape(first)}</th>{cells}</tr>'
        note = f"<p><small>{html.escape(self.note)}</small></p>" if self.note else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}"

    def markdown(self) -> str:
        """The table in GitHub's Markdown."""
        lines = [[cell.replace("|", "\\|") for cell in line] for line in (self.columns, *self.rows)]
        lines = ["| " + " | ".join(line) + " |" for line in lines]
        lines.insert(1, "|" + "---|" * len(self.columns))
        return "\n".join(lines + (["", self.note] if self.note else []))


def table(lab: str | Sequence[str] | None = None, *, rows: str | Sequence[str] = "method",
          columns: str | Sequence[str] = ("data", "metric"), format: str | dict[str, str] = ".3g",
          machine: str | None = None, **where: object) -> Table:
    """What this run measured beside what the course has on file, for one lab, several, or all of them.

    `rows` and `columns` name fields of a row; `format` is a format spec (".1%"), or one for each metric; other keywords
    filter, as in `select`. A field that would put two different measurements into one cell becomes a column of its own.

        results.table("01_pca_tsne_umap", data="cifar10", format=".1%")
    """
    machine = machine or runtime.machine()
    where = where if lab is None else where | {"lab": lab}
    sources = {"yours": select(journal.mine(), machine=machine, **where), "course": select(committed(machine), **where)}
    found = pivot(sources, rows, columns, format)
    cut = "; ".join(training.stopped())
    return replace(found, note=f"{found.note} No number of this notebook is kept now ({cut}).") if cut else found


def pivot(sources: dict[str, list[Row]], rows: str | Sequence[str], columns: str | Sequence[str],
          format: str | dict[str, str] = ".3g") -> Table:
    """The rows of each source as one table; the sources stand side by side in every column."""
    down, across = _names(rows, "rows"), _names(columns, "columns")
    for measured in sources.values():
        across += [name for name in SETTING if name not in down + across and _clashes(measured, down + across, name)]
    cells: dict[tuple, list[Row]] = {}
    for source, measured in sources.items():
        for row in measured:
            cells.setdefault((_pick(row, down), _pick(row, across), source), []).append(row)
    shown = [source for source in sources if sources[source]]
    heads = natural(dict.fromkeys(column for _, column, _ in cells))
    filled = {cell[1:] for cell in cells}
    pairs = [(column, source) for column in heads for source in shown if (column, source) in filled]
    several = len(sources) > 1
    titles = [", ".join(filter(None, column)) + (f" ({source})" if several else "") for column, source in pairs]
    lines = dict.fromkeys(line for line, _, _ in cells)
    body = [[*line, *(_cell(cells.get((line, *pair)), format) for pair in pairs)] for line in lines]
    note = [_conditions(source if several else "", sources[source], down + across) for source in shown]
    note += explained([len(group) for group in cells.values()])
    return Table([*down, *titles], body, " ".join(note) or "Nothing measured yet.")


def mean_interval(values: Sequence[float]) -> tuple[float, float]:
    """The mean, and half the width of its 95% interval by Student's t, seeds as independent draws; 0 for one value."""
    n, mean = len(values), sum(values) / len(values)
    if n == 1:
        return mean, 0.0
    from scipy.special import stdtrit

    variance = sum((v - mean) ** 2 for v in values) / (n - 1)
    return mean, float(stdtrit(n - 1, 0.975)) * (variance / n) ** 0.5


def spread(values: Sequence[float], spec: str) -> str:
    """The mean of a few seeds and how far they lie apart, in the format `spec`.

    An interval from two or three is wider than they lie apart, up to nine times: of two, both numbers stand there, and
    of three the mean, the lowest and the highest; from four on, the 95% interval.

    >>> spread([0.261, 0.228], ".1%"), spread([0.61, 0.79, 0.7], ".0%"), spread([0.5, 0.51, 0.52, 0.53], ".3f")
    ('26.1%, 22.8%', '70% (61–79%)', '0.515 ± 0.021')
    """
    if len(values) == 2:
        return ", ".join(f"{value:{spec}}" for value in values)
    mean, half = mean_interval(values)
    if len(values) == 3:
        low, high = (f"{end(values):{spec}}" for end in (min, max))
        if low == high:
            return low
        between = " to " if low.startswith("-") else "–"
        return f"{mean:{spec}} ({low.removesuffix('%')}{between}{high})"
    return f"{mean:{spec}}" + (f" ± {half:{spec}}" if len(values) > 1 else "")


def explained(seeds: Iterable[int]) -> list[str]:
    """What `spread` has written for so many seeds, in sentences for the table's note."""
    seeds = set(seeds)
    said = {2: "Where two seeds were run, both numbers stand there.",
            3: "Of three seeds: the mean (the lowest to the highest)."}
    more = ["± is a 95% interval over seeds (Student's t)."] if max(seeds, default=0) > 3 else []
    return [words for n, words in said.items() if n in seeds] + more


def natural(heads: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The columns' heads in the order in which they came, but those that differ in their numbers alone from small to large.

    >>> natural([("200",), ("4,000",), ("1,000",), ("accuracy",)])
    [('200',), ('1,000',), ('4,000',), ('accuracy',)]
    """
    heads, alike = list(heads), {}
    for head in heads:
        alike.setdefault(_NUMBER.sub("#", "\n".join(head)), []).append(head)
    for group in alike.values():
        group.sort(key=lambda head: [float(number.replace(",", "")) for number in _NUMBER.findall("\n".join(head))])
    return [alike[_NUMBER.sub("#", "\n".join(head))].pop(0) for head in heads]


def _names(fields: str | Sequence[str], argument: str) -> list[str]:
    names = [fields] if isinstance(fields, str) else list(fields)
    for name in names:
        expect.one_of(name, argument, SETTING)
    return names


def _pick(row: Row, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(_shown(name, getattr(row, name)) for name in names)


def _shown(name: str, wanted: object) -> str:
    if name != "size":
        return str(wanted)
    return "" if wanted is None else f"size {wanted:,}"


def _clashes(rows: Sequence[Row], names: Sequence[str], name: str) -> bool:
    """Whether some cell would hold rows that differ in the field `name`."""
    return len({(_pick(row, names), getattr(row, name)) for row in rows}) > len({_pick(row, names) for row in rows})


def _cell(rows: Sequence[Row] | None, format: str | dict[str, str]) -> str:
    if not rows:
        return MISSING
    spec = format if isinstance(format, str) else format.get(rows[0].metric, ".3g")
    return spread([row.value for row in sorted(rows, key=lambda row: row.seed)], spec)


def _conditions(source: str, rows: Sequence[Row], columns: Sequence[str]) -> str:
    sizes = sorted({row.size for row in rows if row.size is not None})
    seeds = sorted({row.seed for row in rows})
    parts = [f"size {' and '.join(f'{s:,}' for s in sizes)}"] if sizes and "size" not in columns else []
    parts.append(f"seed {seeds[0]}" if len(seeds) == 1 else f"{len(seeds)} seeds")
    devices = sorted({re.sub(r"\b1 threads", "1 thread", row.device) for row in rows})
    return f"{source}: ".lstrip(": ") + ", ".join([*parts, " and ".join(devices)]) + "."
