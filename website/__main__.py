"""``python -m website``: write build/site. ``--run`` first runs the labs and keeps their outputs; Sphinx runs nothing."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from sphinx.cmd.build import main as sphinx

from sslcourse import labs

from . import pages, run


def build(out: Path) -> int:
    """Gather the pages and build them; any warning is an error. Sphinx's exit status."""
    source = pages.ROOT / "build" / "site-pages"
    pages.gather(source)
    shutil.rmtree(out, ignore_errors=True)
    code = sphinx(["-b", "html", "-W", "--keep-going", "-q", "-E", "-d", str(out.with_name(out.name + "-doctrees")),
                   "-c", str(pages.HERE), str(source), str(out)])
    decks = [path for path in pages.SLIDES.glob("*.html")]
    if decks:
        (out / "slides").mkdir()
        for path in decks:
            shutil.copy(path, out / "slides")
    return code


def main(argv: list[str]) -> int:
    """0 when the site was built without a warning."""
    parser = argparse.ArgumentParser(prog="python -m website", description="Write the course as a static site.")
    parser.add_argument("--out", default=str(pages.ROOT / "build" / "site"), metavar="FOLDER")
    parser.add_argument("--run", nargs="*", metavar="NN", help="first run these labs, or all, where they changed since")
    options = parser.parse_args(argv)
    code = 0
    if options.run is not None:
        code = run.run_all([labs.find(name) for name in options.run] or labs.names())
    return build(Path(options.out)) or code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
