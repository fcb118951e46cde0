"""The family tree of the methods: one line for each, read from its docstring, from the papers' tables and from our numbers.

A method's docstring has, below its loss, four indented lines:

    predicts   what it predicts
    from       from what
    collapse   what keeps one answer for everything from being a solution
    parts      what it has beside an encoder and a head: a teacher, a bank, a predictor, a decoder, labels, …, or none
"""

from __future__ import annotations

import functools
import inspect
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from .. import methods
from . import on_file
from .cited import cited
from .row import Row
from .tables import MISSING, Table

LINES = ("predicts", "from", "collapse", "parts")
# What the lecture's tables and the labs' results call what has another name here.
ALIASES = {
    "OpenCLIP": "CLIP", "SEERv2": "SwAV", "EVA-CLIP": "EVA", "CPC v2": "CPC", "VAT + entropy min.": "VAT",
    "S4L (Rot + VAT + entropy min.)": "S4L", "Supervised baseline": "Supervised", "SimCLRv2 distilled": "Distilled",
    "SigLIP": "CLIP", "SimCLRv2 self-distilled": "Distilled", "distilled": "Distilled", "fine-tuned": "SimCLR",
}
FEW, FROZEN = ("500 labels", "5,000 labels"), ("kNN", "linear probe")
_YEAR = re.compile(r"(?<!arXiv:)\b((?:19|20)\d\d)\b(?!\.\d)")


@dataclass(frozen=True)
class Branch:
    """One method: `said` has a text for each of LINES, `lecture` and `ours` numbers in words, or MISSING."""

    name: str
    family: str
    file: str
    year: str
    said: dict[str, str]
    lecture: str
    ours: str


def family(machine: str = "cpu") -> list[Branch]:
    """Every method that is trained, by family and year.

    >>> next(branch for branch in family() if branch.name == "MoCo").said["parts"]
    'teacher, queue, negatives'
    """
    numbers = [row for row in (*on_file.committed(machine), *on_file.systems(machine)) if row.metric == "accuracy"]
    found = [_branch(name, thing, numbers) for name, thing in trained().items()]
    return sorted(found, key=lambda branch: (branch.family, branch.year, branch.name))


def trained() -> dict[str, type]:
    """The methods with a `loss`, by name."""
    public = {name: getattr(methods, name) for name in methods.__all__}
    return {name: thing for name, thing in public.items() if inspect.isclass(thing) and hasattr(thing, "loss")}


@functools.cache  # a table asks for each of its rows and every method
def called(name: str) -> str:
    """The method that a table's row is about, by its class's name; "" for none.

    >>> called("FixMatch (w. RandAug)"), called("Pseudo-label"), called("raw pixels")
    ('FixMatch', 'PseudoLabel', '')
    """
    plain = name.split(" (")[0]
    keys = {_key(each): each for each in trained()}
    return ALIASES.get(name) or ALIASES.get(plain) or keys.get(_key(plain), "")


def page(machine: str = "cpu") -> Table:
    """The family as one table."""
    rows = [[branch.family, branch.name, branch.year, *(branch.said[line] for line in LINES), branch.lecture, branch.ours,
             f"[{branch.file.split('/')[-1]}](sslcourse/methods/{branch.file})"] for branch in family(machine)]
    heads = ["family", "method", "year", "predicts", "from", "why one answer for all is no solution", "parts",
             "the lecture's tables, %", "ours, CIFAR-10, %", "file"]
    note = ("The lecture's: ImageNet, top-1 (top-5 where it gives no other) with 1% / 10% of the labels, or kNN / linear on "
            "frozen features, the best of a method's rows. Ours: with 500 / 5,000 labels, or kNN / linear probe, the mean "
            "over seeds; each lab trains for as long as a lesson allows, so only rows of one lab compare.")
    return Table(heads, rows, note)


def _branch(name: str, thing: type, numbers: Iterable[Row]) -> Branch:
    text = inspect.getdoc(thing) or ""
    module = sys.modules[thing.__module__]
    said = {line: found[1].strip() for line in LINES if (found := re.search(rf"^ +{line} {{2,}}(\S.*)$", text, re.M))}
    year = _YEAR.search(f"{text}\n{module.__doc__ or ''}")
    file = "/".join(thing.__module__.split(".")[2:]) + ".py"
    said = {line: said.get(line, MISSING) for line in LINES}
    return Branch(name, file.split("/")[0], file, year[1] if year else MISSING, said, _lecture(name), _ours(name, numbers))


def _lecture(name: str) -> str:
    few = [row for row in cited("simclrv2-table3") if called(row["method"]) == name]
    frozen = [row for row in cited("dinov2-table4") if called(row["method"]) == name]
    parts = [_best(few, "top1_1", "top1_10", "") or _best(few, "top5_1", "top5_10", " (top-5)")]
    parts.append(_best(frozen, "knn", "linear", ""))
    return "; ".join(filter(None, parts)) or MISSING


def _best(rows: list[dict], first: str, second: str, unit: str) -> str:
    """The row with the largest second number, "first / second", a number that is left out as a dash; "" for none."""
    rows = [row for row in rows if row[second] is not None]
    if not rows:
        return ""
    best = max(rows, key=lambda row: row[second])
    return f"{MISSING if best[first] is None else best[first]} / {best[second]}{unit}"


def _ours(name: str, numbers: Iterable[Row]) -> str:
    """Of each pair of protocols the means over seeds: the systems' own, or those of the last lab that has both."""
    mine = [row for row in numbers if row.data == "cifar10" and called(row.method) == name]
    parts = []
    for pair in (FEW, FROZEN):
        found: dict[tuple, dict[str, dict[int, list[float]]]] = {}      # for an arm: {protocol: {size: a value a seed}}
        for row in mine:
            if row.protocol in pair:
                arm = found.setdefault((row.lab == on_file.SYSTEMS, row.lab, row.method), {})
                arm.setdefault(row.protocol, {}).setdefault(row.size or 0, []).append(100 * row.value)
        means = {where: [_mean(arm[protocol]) for protocol in pair] for where, arm in found.items() if len(arm) == 2}
        if means:
            last = max(where[:2] for where in means)
            best = max((both for where, both in means.items() if where[:2] == last), key=lambda both: both[1])
            parts.append(" / ".join(f"{value:.1f}" for value in best))
    return "; ".join(parts) or MISSING


def _mean(by_size: dict[int, list[float]]) -> float:
    """Over the seeds of the largest size."""
    values = by_size[max(by_size)]
    return sum(values) / len(values)


def _key(name: str) -> str:
    return re.sub(r"\W|_", "", name).lower()
