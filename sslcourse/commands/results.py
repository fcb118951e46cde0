"""``python -m sslcourse results [LAB…]``: measure, list, render."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from .. import labs, runtime
from ..results import on_file, render, run
from .resumable import resumable


@resumable
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; 0 when all went well, 1 when a lab failed, 2 for a wrong request, 130 after an interrupt."""
    argv = list(sys.argv[1:] if argv is None else argv)
    if argv[:1] == ["systems"]:
        from . import systems

        return systems.main(argv[1:])
    asked = _parser().parse_args(argv)
    if asked.render:
        _render()
        return 0
    chosen = [labs.find(name) for name in asked.labs] or labs.names()
    if asked.list:
        _list(chosen)
        return 0
    passes = [which for which in run.PASSES if getattr(asked, which)] or run.PASSES
    try:
        failed = run.measure(chosen, passes, force=asked.force)
    finally:
        _render()
    if failed:
        print(f"Failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sslcourse results", description="Measure the labs at full size, write labs/results/cpu.json "
        "(or gpu.json), and bring the pages' numbers up to date. What is measured already is skipped.")
    parser.add_argument("labs", nargs="*", metavar="LAB",
                        help="01, pca or 01_pca_tsne_umap; all labs when none is named; or systems, with options of its own")
    parser.add_argument("--full", action="store_true", help="only the full run, which records the numbers")
    parser.add_argument("--live", action="store_true", help="only the run at a student's size, which is timed")
    parser.add_argument("--force", action="store_true", help="measure again what is measured already")
    parser.add_argument("--list", action="store_true", help="only say what is measured and what is not")
    parser.add_argument("--render", action="store_true", help="only bring the pages' numbers up to date")
    return parser


def _list(chosen: Sequence[str]) -> None:
    document = on_file.read(on_file.results_file())
    print(f"{on_file.results_file().name} ({runtime.machine()}):")
    for lab in chosen:
        rows = sum(entry["lab"] == lab for entry in document["rows"])
        states = []
        for which in run.needed(lab):
            known = document["labs"].get(lab, {}).get(which)
            state = "measured" if run.is_done(lab, which) else "changed since" if known else "not run to its end"
            states.append(f"{which}: {state}" + (f", {run.in_words(known['seconds'])}" if known else ""))
        print(f"  {lab}: {rows} numbers; {'; '.join(states)}")


def _render() -> None:
    for path in render.rewrite():
        print(f"{path.name}: numbers brought up to date")
