"""``python -m sslcourse lecture``: a lecture in JupyterLab, where each of its controls computes."""

from __future__ import annotations

import argparse
import sys

from .. import expect
from ..classroom import own_copies
from ..slides import export
from . import lab


def main(argv: list[str]) -> int:
    """Runs until JupyterLab is stopped; 2 for a lecture that is not there."""
    parser = argparse.ArgumentParser(
        prog="python -m sslcourse lecture",
        description="Fetch a lecture's data and open your copy of it in JupyterLab, on this machine only. "
                    "Ctrl-C stops it. To present it, write it as a file: python -m sslcourse slides.",
    )
    parser.add_argument("name", nargs="?", default="01", metavar="NN",
                        help="03, or the beginning of its name; else the first")
    lab.add_options(parser)
    options = parser.parse_args(argv)
    try:
        notebook = export.find(options.name)
        expect.integer(options.port, "--port", at_least=1, at_most=65535)
    except (ValueError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 2
    lab.fetch(notebook)
    mine, said = own_copies.opened(notebook)
    print(said, end="\n" if said else "")
    return lab.start(mine, port=options.port, browser=not options.no_browser)
