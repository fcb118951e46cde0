"""``python -m sslcourse family``: the family tree of the methods."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Print one method, or all of them; 0, or 2 for a name that is none."""
    parser = argparse.ArgumentParser(
        prog="python -m sslcourse family",
        description="Every method of the course: what it predicts, from what, why one answer for everything is no "
                    "solution, its parts, the lecture's number and ours. FAMILY.md has the same as one table.")
    parser.add_argument("methods", nargs="*", metavar="METHOD", help="SwAV, or mean-teacher; all when none is named")
    parser.add_argument("--markdown", action="store_true", help="as FAMILY.md has it")
    asked = parser.parse_args(argv)
    from ..results.family import LINES, called, family, page

    if asked.markdown:
        print(page().markdown())
        return 0
    unknown = [name for name in asked.methods if not called(name)]
    if unknown:
        print(f"{', '.join(unknown)}: no method of that name")
        return 2
    wanted = {called(name) for name in asked.methods}
    for branch in family():
        if not wanted or branch.name in wanted:
            print(f"{branch.name} ({branch.year}, {branch.family})")
            for line in (*LINES, "lecture", "ours", "file"):
                text = branch.said[line] if line in LINES else getattr(branch, line)
                print(textwrap.fill(text, 100, initial_indent=f"    {line:10}", subsequent_indent=" " * 14))
    return 0
