"""``python -m sslcourse handout``: a lab without hints or solutions, to be handed out."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import nbformat

from .. import labs
from ..classroom.handing_out import handout


def main(argv: list[str]) -> int:
    """Write the copies; 0 when each was written, 2 for a lab that is not there."""
    parser = argparse.ArgumentParser(
        prog="python -m sslcourse handout",
        description="Write a copy of a lab without hints or solutions. The stubs and their checks stay. What comes back is "
                    "graded by python -m sslcourse grade FOLDER.",
    )
    parser.add_argument("labs", nargs="+", metavar="LAB", help="10, simclr or 10_simclr")
    parser.add_argument("--out", default="build/handout", metavar="FOLDER", help="where the copies go (%(default)s)")
    options = parser.parse_args(argv)
    try:
        chosen = [labs.notebook(labs.find(name)) for name in options.labs]
    except (ValueError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 2
    for path in chosen:
        out = Path(options.out) / path.name
        out.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(handout(nbformat.read(path, as_version=4)), out)
        print(out)
    return 0
