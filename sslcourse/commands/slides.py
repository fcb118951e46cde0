"""``python -m sslcourse slides``: write lectures as files that are presented with the network off."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from .. import expect
from ..slides import pdf
from ..slides.export import export, find, has, lectures


def main(argv: list[str]) -> int:
    """Write the named lectures, or all; 0 when each was written, 1 when one was not, 2 for a name that is not there."""
    parser = argparse.ArgumentParser(
        prog="python -m sslcourse slides",
        description="Run lectures and write each as one HTML file. In it: S opens the speaker's notes, O the overview, "
                    "F fills the screen, B makes it black.",
    )
    parser.add_argument("names", nargs="*", metavar="NN", help="01, or 01_what_is_representation_learning; else all")
    parser.add_argument("--out", default="build/slides", metavar="FOLDER", help="where the files go (%(default)s)")
    parser.add_argument("--pdf", action="store_true",
                        help="print each, too: the slides alone, and with the speaker's notes (by Chromium or Chrome)")
    parser.add_argument("--short", action="store_true", help="leave out what is tagged `cut`")
    parser.add_argument("--footer", default="", metavar="TEXT", help="your name, say, in each slide's last line")
    parser.add_argument("--only", action="append", default=[], metavar="NAME",
                        help="only slides with NAME in their title or id; may be given several times")
    options = parser.parse_args(argv)
    try:
        chosen = [find(name) for name in options.names] or lectures()
        chosen = [path for path in chosen if has(path, options.only, short=options.short)]
        expect.that(bool(chosen), "--only", ", ".join(options.only), "words of a slide's title or id")
        if options.pdf:
            pdf.browser()
    except (ValueError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 2
    code = 0
    for path in chosen:
        start = time.monotonic()
        try:
            out = export(path, Path(options.out), short=options.short, names=options.only, footer=options.footer)
            printed = printed_as(out) if options.pdf else []
        except Exception as error:  # whatever a cell raises: the other lectures are still written
            print(f"{path.stem}: {error}", file=sys.stderr)
            code = 1
        else:
            told = f"{out}  {out.stat().st_size / 1e6:.1f} MB, {time.monotonic() - start:.0f} s"
            print(told, *printed, sep="\n", flush=True)
    return code


def printed_as(page: Path) -> list[Path]:
    """``NN_topic.pdf`` and ``NN_topic_notes.pdf`` beside the page: a slide a page, and the notes after each slide."""
    return [pdf.pdf(page, page.with_suffix(".pdf")),
            pdf.pdf(page, page.with_name(f"{page.stem}_notes.pdf"), notes=True)]
