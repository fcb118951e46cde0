"""``python -m sslcourse race``: let an entry race, or show the board."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from .. import data, race


def main(argv: Sequence[str]) -> int:
    """Run the command with the words after ``race``; 0 when all is well, 1 for an entry out of time, 2 asked wrongly."""
    parser = argparse.ArgumentParser(
        prog="python -m sslcourse race", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Let your own method race against the course's: the best features of CIFAR-10, no label, 120 s.",
        epilog="The rules:\n\n" + race.__doc__.split("\n\n")[2])
    parser.add_argument("entry", nargs="?", metavar="FILE", help=f"your file, or one of {', '.join(race.ENTRIES)} "
                                                                  "(none: show the board)")
    parser.add_argument("--seconds", type=float, default=120.0, help="what each seed may take (default: 120)")
    parser.add_argument("--seeds", type=int, default=3, help="how many (default: 3)")
    parser.add_argument("--beside", action="store_true", help="score what stands beside the board: the course's weights, and "
                                                              "a network with labels (or the one that is named)")
    parser.add_argument("--course", action="store_true", help="keep it on the course's own board, labs/results/race.json")
    options = parser.parse_args(list(argv))
    board = race.Board.committed() if options.course else race.Board()
    others = None if options.course else race.Board.committed()
    if options.beside:
        return _beside(options.entry)
    if options.entry is None:
        print("\n".join(board.lines(others)))
        return 0
    try:
        entry = race.load(options.entry)
    except (FileNotFoundError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    train, test = (data.load("cifar10", split=split) for split in ("train", "test"))
    laps = []
    for lap in race.run(entry, train, test, seconds=options.seconds, seeds=range(options.seeds)):
        laps.append(lap)
        late = "" if lap.in_time else f", out of time: {lap.seconds:.0f} s were allowed"
        print(f"{entry.name}, seed {lap.seed}: kNN {lap.kNN:.1%}, probe {lap.probe:.1%}, {lap.trained:.0f} s{late}",
              flush=True)
    board.keep(entry, laps)
    print("\n".join(board.lines(others)))
    return 0 if all(lap.in_time for lap in laps) else 1


def _beside(name: str | None) -> int:
    from ..race import beside

    known = (beside.SUPERVISED, *beside.WEIGHTS)
    if name is not None and name not in known:
        print(f"{name}: nothing of that name stands beside the board; there are {', '.join(known)}", file=sys.stderr)
        return 2
    train, test = (data.load("cifar10", split=split) for split in ("train", "test"))
    for lap in beside.measure(train, test, names=(name,) if name else ()):
        print(f"seed {lap.seed}: kNN {lap.kNN:.1%}, probe {lap.probe:.1%}, {lap.trained:.0f} s", flush=True)
    print("\n".join(beside.board().lines()))
    return 0
