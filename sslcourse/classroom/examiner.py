"""The process in which one submission is judged: ``python -m sslcourse.classroom.examiner``.

It reads a task (JSON: the cells of the notebook, the lab, limits, a secret) from its standard input, and writes a line of
JSON for each exercise as soon as it is judged, so that a crash in the third one takes nothing from the first two.
"""

from __future__ import annotations

import json
import os
import sys
import types
from collections.abc import Callable, Iterator

from .. import exercises
from ..exercises import catalogue, judging
from . import answers, confined

LONGEST = 2_000             # characters of what is said about one answer


def main() -> int:
    """Judge what standard input asks for."""
    task = json.loads(sys.stdin.readline())
    say = _channel(task["secret"])
    lab = [exercise for exercise in catalogue.every() if exercise.lab == task["lab"]]
    _warm()
    confined.limit_this_process(memory=task["memory"], processes=task["processes"], seconds=task["seconds"] * len(lab))
    for exercise, result in judged(lab, task["sources"], set(task["skip"]), say):
        say({"exercise": exercise.name, **result})
    say({"done": True})
    os._exit(0)                                             # no thread or exit handler of the student's keeps us waiting


def judged(lab: list, sources: dict[str, str], skip: set[str], say: Callable[[dict], None]) -> Iterator[tuple]:
    """(exercise, {state, mistake, detail, passed, total}) for each exercise of the lab, in its order.

    As in the notebook, an exercise may build on the ones before it: an answer that has passed is what the later ones call,
    the package's own function where it has not.
    """
    all_names = frozenset(exercise.name for exercise in lab)
    found, broken = answers.statements(sources, all_names)
    passed: dict[str, Callable] = {}
    for exercise in lab:
        if exercise.name in skip:
            continue
        say({"begins": exercise.name})
        before = _ours()
        names = {"__name__": "__main__", **{e.name: passed.get(e.name, e.reference) for e in lab if e is not exercise}}
        steps = answers.needed(exercise.name, found, all_names - {exercise.name})
        result = _of_one(exercise, steps, sources, names, broken)
        if changed := _changed(before):
            result = _result("error", "changed the course", f"It put something else in the place of {', '.join(changed)}.")
        if result["state"] == judging.PASSED:
            passed[exercise.name] = names[exercise.name]
        yield exercise, result


def _of_one(exercise, steps: list, sources: dict[str, str], names: dict, broken: dict[str, str]) -> dict:
    cell = answers.holder(exercise.name, sources)
    if cell in broken:
        return _result("error", "no Python", broken[cell])
    if not steps:
        return _result(judging.NOT_ATTEMPTED, "", "The function is not in the notebook.")
    try:
        answers.run(steps, sources, names)
    except BaseException as error:          # SystemExit and KeyboardInterrupt too
        return _result("error", "raised", f"Before it was called: {type(error).__name__}: {error}")
    verdict = exercise.judge(names.get(exercise.name))
    finding = verdict.finding
    said = "" if finding is None or verdict.state != judging.NOT_YET else " ".join([finding.hint, finding.error])
    return _result(verdict.state, finding.kind if said else "", said, verdict.passed, verdict.total)


def _result(state: str, mistake: str = "", detail: str = "", passed: int = 0, total: int = 0) -> dict:
    return {"state": state, "mistake": mistake, "detail": detail.strip()[:LONGEST], "passed": passed, "total": total}


def _channel(secret: str) -> Callable[[dict], None]:
    """A way to the grader past what is printed: standard output and error go nowhere from here on."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)

    def say(line: dict) -> None:
        out.write(json.dumps({"secret": secret, **line}) + "\n")
        out.flush()

    return say


def _warm() -> None:
    """Import what the first judgement would, so that the limits fall on the student's work alone."""
    import torch

    torch.set_num_threads(1)
    layer = torch.nn.Linear(2, 2)
    layer(torch.ones(1, 2)).sum().backward()


def _ours() -> dict[tuple[str, str], object]:
    """What the course's own modules and the exercises' classes hold, by name."""
    places = {name: module for name, module in sys.modules.items() if name.split(".")[0] == "sslcourse"}
    places |= {"Exercise": exercises.Exercise, "Mistake": exercises.engine.Mistake, "json": json, "os": os}
    functions = (types.FunctionType, types.BuiltinFunctionType, type, types.MethodType)
    return {(place, name): value for place, held in places.items() for name, value in dict(vars(held)).items()
            if isinstance(value, functions)}


def _changed(before: dict[tuple[str, str], object]) -> list[str]:
    now = _ours()
    return sorted(".".join(key) for key, value in before.items() if now.get(key) is not value)[:5]


if __name__ == "__main__":
    sys.exit(main())
