"""Submissions judged one after another, each in a process of its own, by this course's exercises and no one else's."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..exercises import catalogue
from ..exercises.judging import NOT_ATTEMPTED, NOT_YET, PASSED
from . import submissions, watched
from .submissions import Submission
from .watched import Limits

ERROR = "error"
STATES = (PASSED, NOT_YET, NOT_ATTEMPTED, ERROR)
MODULE = "sslcourse.classroom.examiner"


@dataclass(frozen=True)
class Grade:
    """One exercise of one submission."""

    student: str
    file: str
    lab: str
    exercise: str
    state: str              # one of STATES
    mistake: str = ""       # the name of the mistake, or of the error
    detail: str = ""        # what a student would be told
    passed: int = 0         # checks passed, of
    total: int = 0


def grade(handed_in: Iterable[Submission], limits: Limits, tell: Callable[[str], None] = lambda line: None) -> list[Grade]:
    """The grades of all submissions, in order. Whatever one of them does, the others are graded as if it were not there.

    handed_in   what `submissions.found` found
    limits      what each may use
    tell        is told a line about each
    """
    grades = []
    for submission in handed_in:
        begun = time.monotonic()
        own = _of(submission, limits)
        grades += own
        passed = sum(grade.state == PASSED for grade in own)
        said = own[0].mistake if own and not own[0].exercise else f"{passed} of {len(own)} passed"
        tell(f"{submission.student}: {submission.lab or 'no lab'}, {said} ({time.monotonic() - begun:.0f} s)")
    return grades


def _of(submission: Submission, limits: Limits) -> list[Grade]:
    names = [exercise.name for exercise in catalogue.every() if exercise.lab == submission.lab]
    known = (submission.student, submission.path.name, submission.lab)
    if submission.fault or not names:
        why = submission.fault or ("holds no answer to an exercise" if not submission.lab else "a lab without exercises")
        return [Grade(*known, "", ERROR, why)]
    results = _judge(submission, names, limits)
    return [Grade(*known, name, **results[name]) for name in names]


def _judge(submission: Submission, names: list[str], limits: Limits) -> dict[str, dict]:
    """{exercise: its result}. The exercise in which a process ended is an error; the next process goes on after it."""
    task = {"sources": submissions.code(submission.path), "lab": submission.lab, "memory": limits.memory,
            "processes": limits.processes, "seconds": limits.seconds}
    results: dict[str, dict] = {}
    while len(results) < len(names):
        ending = watched.run(MODULE, {**task, "skip": list(results)}, limits)
        for line in ending.lines:
            if line.get("exercise") in names and line.get("state") in STATES:
                results.setdefault(line["exercise"], {key: line[key] for key in line if key != "exercise"})
        begun = [line["begins"] for line in ending.lines if line.get("begins") in names]
        if begun and begun[-1] not in results:
            results[begun[-1]] = _error(ending.cause)
        elif ending.cause or not begun:             # it never came as far as an exercise
            results |= {name: _error(ending.cause) for name in names if name not in results}
    return results


def _error(cause: str) -> dict:
    kind, _, detail = cause.partition(": ")
    return {"state": ERROR, "mistake": kind or "crash", "detail": f"{kind}: {detail}" if detail else cause}


def warn_about_the_system(write: Callable[[str], None] = lambda line: print(line, file=sys.stderr)) -> None:
    """Say what this system cannot keep a submission from."""
    from . import confined

    missing = [what for option, what in confined.WALLS.items() if option not in confined.walls()]
    if missing:
        write(f"This system cannot give a submission: {', '.join(missing)}. Time, memory and the number of processes are "
              "watched all the same. Grade strangers' code on Linux, or in a container.")
