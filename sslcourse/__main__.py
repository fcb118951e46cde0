"""The course from the command line: ``python -m sslcourse VERB``, the same on Linux, macOS and Windows.

    lab       fetch a lab's data and open your copy of it in JupyterLab
    lecture   the same for a lecture
    update    bring the course's new text and cells into your copies, and keep your answers
    data      fetch data sets, or say which are there
    doctor    look at this machine, and say what to do about each thing that is wrong
    results   run the measurements that the course quotes
    bench     measure every method in the same networks, for hours, resumably
    slides    write the lectures, each as one HTML file that needs no network
    handout   write a lab without hints or solutions, for a class
    grade     judge a folder of submissions, and draw the class's map of mistakes
    family    the methods: what each predicts, from what, why it does not collapse
    weights   list the trained networks that the labs load, or make them again
    race      let your own method race against the course's for two minutes
    progress  which exercises have been passed

Each verb imports what it needs, so that ``--help`` answers at once.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence

from . import threads

VERBS: dict[str, tuple[str, str]] = {  # verb: (the module whose main(argv) -> int it is, what it does)
    "lab": ("commands.lab", "fetch a lab's data and open your copy of it in JupyterLab"),
    "lecture": ("commands.lecture", "the same for a lecture"),
    "update": ("commands.update", "bring the course's new text and cells into your copies, and keep your answers"),
    "data": ("commands.data", "fetch data sets, or say which are there"),
    "doctor": ("commands.doctor", "look at this machine, and say what to do about each thing that is wrong"),
    "results": ("commands.results", "run the measurements that the course quotes"),
    "bench": ("commands.bench", "measure every method in the same networks, for hours, resumably"),
    "slides": ("commands.slides", "write the lectures, each as one HTML file that needs no network"),
    "handout": ("commands.handout", "write a lab without hints or solutions, for a class"),
    "grade": ("commands.grade", "judge a folder of submissions, and draw the class's map of mistakes"),
    "race": ("commands.race", "let your own method race against the course's for two minutes"),
    "family": ("commands.family", "the methods: what each predicts, from what, why it does not collapse"),
    "weights": ("commands.weights", "list the trained networks that the labs load, or make them again"),
    "progress": ("exercises.progress", "which exercises have been passed"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; the exit code is 0 when all is well, 2 for a command that makes no sense, 130 when interrupted."""
    argv = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a Windows console may lack a sign such as "×": no reason to stop
    if not argv:
        _parser().print_help()
        return 2
    os.environ.update(threads.quiet())  # before anything imports torch, and for the kernels that a verb starts
    verb = _parser().parse_args(argv[:1]).verb  # everything after the verb belongs to the verb
    try:
        return _command(verb)(argv[1:])
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        return 130


def _command(verb: str) -> Callable[[list[str]], int]:
    module, _ = VERBS[verb]
    return importlib.import_module(f"{__package__ or 'sslcourse'}.{module}").main


def _parser() -> argparse.ArgumentParser:
    from . import __version__

    parser = argparse.ArgumentParser(
        prog="python -m sslcourse",
        description="An interactive course on self-supervised representation learning.",
        epilog="python -m sslcourse VERB --help says more about each.",
    )
    parser.add_argument("--version", action="version", version=f"sslcourse {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for verb, (_, what) in VERBS.items():
        verbs.add_parser(verb, help=what, add_help=False)
    return parser


if __name__ == "__main__":
    sys.exit(main())
