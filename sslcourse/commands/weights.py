"""``python -m sslcourse weights``: list the networks that the labs load, or train them again."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from .. import labs
from ..recipes import RECIPES, make, weights


def main(argv: Sequence[str]) -> int:
    """Run the command with the words after ``weights``; the exit status: 0 well, 2 asked wrongly."""
    parser = argparse.ArgumentParser(
        prog="python -m sslcourse weights", description="List the trained networks in labs/weights, or make them again."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="recipes to train (none: list them all)")
    options = parser.parse_args(list(argv))
    unknown = [name for name in options.names if name not in RECIPES]
    if unknown:
        print(f"{', '.join(unknown)}: no such recipe; there are {', '.join(RECIPES)}", file=sys.stderr)
        return 2
    try:
        labs.root()
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 2
    for name in options.names:
        print(f"{name}: {_said(make(name))}")
    for name in () if options.names else RECIPES:
        file = weights.path(name)
        print(f"{name}: {RECIPES[name].about}")
        made = file.exists()
        print(f"    {file.stat().st_size:,} bytes; {_said(weights.about(name)['scores'])}" if made else "    not made yet")
    return 0


def _said(scores: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.3f}" for name, value in scores.items())
