"""``python -m sslcourse data``: list the data sets, fetch them, check them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from .. import runtime
from ..data import cache, catalogue, fetch
from ..data.catalogue import Entry


def main(argv: Sequence[str]) -> int:
    """Run the command with the words after ``data``; the exit status: 0 well, 1 something failed, 2 asked wrongly."""
    parser = argparse.ArgumentParser(
        prog="python -m sslcourse data", description="List the course's data sets, fetch them, or check what is cached."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="data sets to fetch (none: list them all)")
    parser.add_argument("--all", action="store_true", help="all data sets")
    parser.add_argument("--verify", action="store_true", help="hash what is cached again, instead of fetching")
    parser.add_argument("--again", action="store_true", help="fetch again what is cached already")
    try:
        options = parser.parse_args(list(argv))
        catalogue.path()
        entries = _all() if options.all else list(map(catalogue.entry, options.names))
    except SystemExit as leaving:
        return int(leaving.code or 0)
    except (ValueError, RuntimeError) as error:  # an unknown name; a package that was installed without the course
        print(error, file=sys.stderr)
        return 2
    try:
        if options.verify:
            return _verify(entries or [entry for entry in _all() if cache.is_cached(entry)])
        return _fetch(entries, options.again) if entries else _list()
    except KeyboardInterrupt:
        print("Interrupted. What has arrived is kept; run the same command again to go on from there.", file=sys.stderr)
        return 130


def _all() -> list[Entry]:
    return list(map(catalogue.entry, catalogue.names()))


def _list() -> int:
    rows = [("name", "cached", "size", "to download", "licence")]
    for entry in _all():
        here = "yes" if cache.is_cached(entry) else "no"
        rows.append((entry.name, here, _mb(entry.cached_bytes), _mb(entry.download_bytes), entry.licence))
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    for row in rows:
        print("  ".join([*(cell.ljust(width) for cell, width in zip(row, widths)), row[4]]).rstrip())
    print(f"\nin {runtime.data_folder()}; what each one is: datasets/cards/")
    print("fetch: python -m sslcourse data NAME… (or --all)")
    return 0


def _fetch(entries: Sequence[Entry], again: bool) -> int:
    failed = 0
    for entry in entries:
        try:
            place = fetch.ensure(entry, again=again)
            print(f"{entry.name}: {place} (from {cache.meta(entry)['source']})")
        except (fetch.NoSource, fetch.DataFolderError) as error:
            print(error, file=sys.stderr)
            failed += 1
    return 1 if failed else 0


def _verify(entries: Sequence[Entry]) -> int:
    failed = 0
    for entry in runtime.progress(entries, desc="verify", unit="set"):
        faults = cache.verify(entry)
        failed += bool(faults)
        advice = [f"{entry.name}: run `python -m sslcourse data {entry.name} --again`"]
        print("\n".join(faults + advice) if faults else f"{entry.name}: sound")
    if not entries:
        print("nothing is cached yet")
    return 1 if failed else 0


def _mb(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"
