"""The board: the entries that have raced, best first, kept in one JSON file."""

from __future__ import annotations

import dataclasses
import json
import platform
from collections.abc import Sequence
from pathlib import Path

from .. import labs, runtime, threads
from .entry import Entry
from .run import Lap


class Board:
    """What has raced, in `path`: {name: {about, device, laps}}. One that races again replaces what it had.

    A student's board is in the course's folder at home and shows the course's own entries beside the student's.
    """

    def __init__(self, path: Path | None = None):
        self.path = path or runtime.home() / "race.json"

    @classmethod
    def committed(cls) -> Board:
        """The board of the course's own entries: labs/results/race.json."""
        return cls(labs.root() / "labs" / "results" / "race.json")

    def read(self) -> dict[str, dict]:
        """Everything on it; nothing where there is no file yet. A damaged file is a ValueError that names it."""
        if not self.path.exists():
            return {}
        try:
            return json.loads(self.path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{self.path.name} is no board: {error}") from error

    def keep(self, entry: Entry, laps: Sequence[Lap]) -> None:
        """Put an entry's laps on the board."""
        found = self.read() | {entry.name: {
            "about": entry.about, "device": f"{platform.processor() or platform.machine()}, {threads.processors()} threads",
            "laps": [dataclasses.asdict(lap) for lap in laps]}}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_name(self.path.name + ".part")
        part.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        part.replace(self.path)

    def lines(self, others: Board | None = None) -> list[str]:
        """The board as text, best mean kNN first, those out of time last; `others` are shown as well.

        >>> Board(Path("nowhere.json")).lines()
        ['Nobody has raced yet.']
        """
        found = (others.read() if others else {}) | self.read()
        ranked = sorted(found.items(), key=lambda item: (not _in_time(item[1]), -_mean(item[1], "kNN")))
        rows = []
        for place, (name, entry) in enumerate(ranked, start=1):
            laps, late = entry["laps"], "" if _in_time(entry) else "  out of time"
            rows.append(f"{place if not late else '–':>2}  {name:<22} kNN {100 * _mean(entry, 'kNN'):5.1f}%  probe "
                        f"{100 * _mean(entry, 'probe'):5.1f}%  {_mean(entry, 'trained'):5.0f} s of {laps[0]['seconds']:.0f}, "
                        f"features {_mean(entry, 'features'):.0f} s, {len(laps)} seed{'s' * (len(laps) > 1)}{late}")
        return rows or ["Nobody has raced yet."]


def _mean(entry: dict, name: str) -> float:
    return sum(lap[name] for lap in entry["laps"]) / len(entry["laps"])


def _in_time(entry: dict) -> bool:
    return all(Lap(**lap).in_time for lap in entry["laps"])
