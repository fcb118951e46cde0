"""``python -m sslcourse update``: the course's new text and cells, in the student's own notebooks."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .. import labs
from ..classroom import own_copies


def main(argv: list[str]) -> int:
    """Update the named copies, or all; 0 when each is up to date, 1 when one could not be, 2 for a wrong name."""
    parser = argparse.ArgumentParser(
        prog="python -m sslcourse update",
        description="Bring the course's new text and cells into your notebooks in my-labs/ and my-lectures/. Your "
                    "answers and your own cells stay; what was there before is kept in .backup/. Close the notebooks first.",
    )
    parser.add_argument("names", nargs="*", metavar="NN", help="01, or 01_pca_tsne_umap; else all that you have")
    try:
        options = parser.parse_args(argv)
        chosen = _chosen(options.names)
    except (ValueError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 2
    if not chosen:
        print("There is nothing to update yet: make lab, or python -m sslcourse lab, makes your first copy.")
    code = 0
    for original in chosen:
        name = f"{own_copies.copy_of(original).parent.name}/{original.stem}"
        try:
            if not own_copies.has_news(original):
                print(f"{name}: up to date")
                continue
            done, backup = own_copies.update(original)
            print(f"{name}: {done}. Before: {backup.parent.name}/{backup.name}")
        except Exception as error:          # whatever is wrong with one notebook: the others are still updated
            print(f"{name}: {error}. It is left as it was.", file=sys.stderr)
            code = 1
    return code


def _chosen(names: list[str]) -> list[Path]:
    there = [path for folder in ("labs", "lectures") for path in own_copies.copies(labs.root() / folder)]
    if not names:
        return there
    chosen = [path for name in names for path in there if path.stem == name or path.stem.startswith(f"{name:0>2}_")]
    missing = [name for name in names if not any(p.stem == name or p.stem.startswith(f"{name:0>2}_") for p in chosen)]
    if missing:
        raise ValueError(f"{', '.join(missing)}: you have no such notebook. There {'is' if len(there) == 1 else 'are'}: "
                         f"{', '.join(path.stem for path in there) or 'none yet'}")
    return chosen
