"""``python -m sslcourse grade``: the submissions in a folder, judged one after another, and the class's map of mistakes."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from .. import expect, labs
from ..classroom import class_map, confined, grading, submissions
from ..classroom.watched import Limits


def main(argv: list[str]) -> int:
    """Grade; 0 when all submissions were looked at, whatever was found in them, 2 for what makes no sense."""
    parser = argparse.ArgumentParser(
        prog="python -m sslcourse grade",
        description="Judge the notebooks in FOLDER by this course's own checks, each in a process of its own, with limits. "
                    "Only the functions that the exercises ask for are run, and what they need; nothing is trained.",
    )
    parser.add_argument("folder", metavar="FOLDER", help="a notebook for each student, or a folder for each")
    parser.add_argument("--lab", help="the lab, where it is to be one for all; else it is seen from each notebook")
    parser.add_argument("--out", default="build/grades", metavar="FOLDER", help="where the results go (%(default)s)")
    parser.add_argument("--seconds", type=float, default=120, help="for each exercise, by the clock (%(default)g)")
    parser.add_argument("--memory", type=float, default=4, metavar="GB", help="for each submission (%(default)g)")
    parser.add_argument("--processes", type=int, default=16, help="for each submission, at one time (%(default)s)")
    options = parser.parse_args(argv)
    try:
        expect.positive(options.seconds, "--seconds"), expect.positive(options.memory, "--memory")
        expect.integer(options.processes, "--processes", at_least=1)
        handed_in = submissions.found(Path(options.folder), labs.find(options.lab) if options.lab else None)
    except (ValueError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 2
    grading.warn_about_the_system()
    limits = Limits(options.seconds, int(options.memory * 1e9), options.processes)
    grades = grading.grade(handed_in, limits, lambda line: print(line, flush=True))
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    about = f"{len(handed_in)} submissions, {time.strftime('%d %B %Y, %H:%M')}. Each was given: "
    about += confined.described() or "time, memory and processes under watch, and no walls, which this system does not have"
    class_map.write_csv(grades, out / "grades.csv")
    class_map.write_page(grades, out / "map.html", f"{about}.")
    print(f"{out / 'grades.csv'}\n{out / 'map.html'}")
    return 0
