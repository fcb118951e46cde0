"""``python -m sslcourse slides``: write lectures as files that are presented with the network off."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from ..slides.export import export, find, lectures


def main(argv: list[str]) -> int:
    """Write the named lectures, or all; 0 when each was written, 1 when one was not, 2 for a name that is not there."""
    parser = argparse.ArgumentParser(
        prog="python -m sslcourse slides",
        description="Run lectures and write each as one HTML file. In it: S opens the speaker's notes, O the overview, "
                    "F fills the screen, B makes it black; ?print-pdf behind the address, then printing, gives a PDF.",
    )
    parser.add_argument("names", nargs="*", metavar="NN", help="01, or 01_what_is_representation_learning; else all")
    parser.add_argument("--out", default="build/slides", metavar="FOLDER", help="where the files go (%(default)s)")
    options = parser.parse_args(argv)
    try:
        chosen = [find(name) for name in options.names] or lectures()
    except (ValueError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 2
    code = 0
    for path in chosen:
        start = time.monotonic()
        try:
            out = export(path, Path(options.out))
        except Exception as error:  # whatever a cell raises: the other lectures are still written
            print(f"{path.stem}: {error}", file=sys.stderr)
            code = 1
        else:
            print(f"{out}  {out.stat().st_size / 1e6:.1f} MB, {time.monotonic() - start:.0f} s", flush=True)
    return code
