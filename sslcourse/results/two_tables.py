"""The lecture's two tables once more, with a column of ours: SimCLRv2's Table 3 and DINOv2's Table 4, row by row."""

from __future__ import annotations

import re
from collections import Counter

from .. import expect
from . import on_file
from .cited import cited
from .row import Row
from .tables import MISSING, Table, explained, spread

SINCE = ("SigLIP", "LeJEPA", "I-JEPA", "SimMIM", "NNCLR", "untrained")  # what Table 4 could not know, and chance
ARMS = {"OpenCLIP": "CLIP", "SEERv2": "SwAV"}                            # a reproduction, and SwAV at scale
PROTOCOLS = {"3": ("500 labels", "5,000 labels"), "4": ("kNN", "linear probe")}


def two_tables(number: str, machine: str = "cpu") -> Table:
    """Table 3 or 4: the paper's numbers and ours, from the largest number of steps on file; a dash where there is none.

    Raises ValueError for another number.

    >>> two_tables("4").columns[:2]
    ['system', 'the paper: kNN']
    """
    expect.one_of(number, "table", PROTOCOLS)
    measured = on_file.systems(machine)
    rows = [[f"{row['method']}, {row['architecture']}", *map(_cited, _papers(number, row)),
             *_ours(arm(row["method"], row["architecture"]), number, measured)] for row in cited(_NAMES[number])]
    if number == "4":
        rows += [[name, MISSING, MISSING, *_ours(name, number, measured)] for name in SINCE]
    few = ("1% of the labels", "10%") if number == "3" else ("kNN", "linear")
    columns = ["system", *(f"the paper: {name}" for name in few), *(f"ours: {name}" for name in PROTOCOLS[number])]
    return Table(columns, rows, _note(number, measured))


def arm(method: str, architecture: str) -> str:
    """What `systems` calls a row of the table.

    >>> arm("FixMatch (w. RandAug)", "ResNet-50"), arm("SimCLR", "ResNet-50 (4×)"), arm("OpenCLIP", "ViT-H/14")
    ('FixMatch', 'SimCLR (4×)', 'CLIP')
    """
    name = method.split(" (")[0]
    wide = re.search(r"\((\d×)\)", architecture)
    return f"{name} ({wide[1]})" if wide and name in ("SimCLR", "BYOL") else ARMS.get(name, name)


_NAMES = {"3": "simclrv2-table3", "4": "dinov2-table4"}


def _papers(number: str, row: dict) -> tuple:
    """Top-1 where the paper has it, else top-5, which says so."""
    if number == "4":
        return row["knn"], row["linear"]
    return tuple(row[f"top1_{n}"] if row[f"top1_{n}"] is not None else (row[f"top5_{n}"], "top-5") for n in (1, 10))


def _cited(value: object) -> str:
    if isinstance(value, tuple):
        return MISSING if value[0] is None else f"{value[0]} ({value[1]})"
    return MISSING if value is None else str(value)


def _ours(name: str, number: str, measured: list[Row]) -> list[str]:
    cells = []
    for protocol in PROTOCOLS[number]:
        rows = [row for row in measured if (row.method, row.protocol) == (name, protocol)]
        most = max((row.size for row in rows), default=0)
        values = [100 * row.value for row in sorted(rows, key=lambda row: row.seed) if row.size == most]
        cells.append(spread(values, ".1f") if values else MISSING)
    return cells


def _note(number: str, measured: list[Row]) -> str:
    mine = [row for row in measured if row.protocol in PROTOCOLS[number]]
    paper = "The paper's: ImageNet, in %. Ours: CIFAR-10's 10,000 test images, in %"
    if not mine:
        return f"{paper}; none is on file yet: python -m sslcourse results systems --table {number} measures them."
    sizes = sorted({row.size for row in mine})
    seeds = Counter((row.method, row.protocol, row.size) for row in mine).values()
    said = (f"{paper}, {len({row.seed for row in mine})} seeds, {' or '.join(f'{size:,}' for size in sizes)} images seen in "
            f"training, {mine[0].device}.")
    return " ".join([said, *explained(seeds)])
