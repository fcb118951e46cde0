"""From an answer to a verdict: is it a function at all, what does it return for each input, and what went wrong?"""

from __future__ import annotations

import functools
import inspect
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from . import compare, faults, stub
from .calling import Outcome, call
from .faults import Finding

if TYPE_CHECKING:
    from .engine import Exercise

NOT_ATTEMPTED, NOT_YET, PASSED = "not attempted", "not yet", "passed"


@dataclass(frozen=True)
class Mistake:
    """One mistake by name, the hint for it, and ``shown(got, *args)``: is it this very mistake that `got` shows?

    `got` is what the answer returned for these arguments, or the exception that it raised.
    """

    name: str
    hint: str
    shown: Callable[..., bool]


@dataclass(frozen=True)
class Verdict:
    """The state, what is wrong if anything, and how many checks pass: one for each input and each thing returned."""

    state: str
    finding: Finding | None = None
    passed: int = 0
    total: int = 0
    right: tuple[str, ...] = ()             # what is right already, on every input


@dataclass
class Trial:
    """One call of the answer, beside what the reference returned for the same input."""

    says: str
    args: tuple
    want: object
    outcome: Outcome
    finding: Finding | None
    right: list[bool]


def judge(exercise: Exercise, answer: Callable) -> Verdict:
    """The verdict on `answer`, which may be anything and do anything."""
    early = _before_calling(exercise, answer)
    if early:
        return early
    cases = exercise.cases()
    with torch.random.fork_rng(devices=[]):     # a check must not shift the notebook's random numbers
        trials, again = _trials(exercise, answer, cases)
    passed = sum(sum(trial.right) for trial in trials)
    total = len(cases) * len(exercise.returns)
    right = tuple(name for i, name in enumerate(exercise.returns) if all(trial.right[i] for trial in trials))
    finding = _of_the_repeat(exercise, again, trials[0]) or _finding(exercise, answer, trials)
    if finding is None and again.outcome.used:
        hint = (f"The answer is right, and it is the package's own `{exercise.name}` that gave it. Nothing is wrong "
                "with calling it, and every cell below will; this exercise is about writing what is inside.")
        finding = Finding("package", hint)
    return Verdict(NOT_YET if finding else PASSED, finding, passed, total, right)


def _before_calling(exercise: Exercise, answer: object) -> Verdict | None:
    name = exercise.name
    if answer is exercise.reference:
        hint = (f"This is the package's own `{name}`, put there by the last check. To have yours looked at, run the "
                f"cell with `def {name}` again, and then this one.")
        return Verdict(NOT_ATTEMPTED, Finding("own", hint))
    if not callable(answer):
        hint = f"The check wants the function itself, `exercises.{name}.check({name})`, and not what it returns."
        return Verdict(NOT_YET, Finding("callable", hint, [f"Got {compare.kind(answer)}."]))
    if stub.untouched(answer):
        return Verdict(NOT_ATTEMPTED)
    parameters = inspect.signature(exercise.reference).parameters.values()
    try:
        theirs = inspect.signature(answer)
    except (TypeError, ValueError):             # some callables written in C do not tell
        return None
    try:
        theirs.bind(*(p.name for p in parameters if p.default is p.empty))
    except TypeError:
        hint = f"It will be called as `{name}({', '.join(exercise.arguments)})`."
        return Verdict(NOT_YET, Finding("arguments", hint, [f"Yours is `{name}{theirs}`."]))
    return None


def _trials(exercise: Exercise, answer: Callable, cases: dict[str, tuple]) -> tuple[list[Trial], Trial | None]:
    """One trial for each case; then, if the first answer could be read, the first case once more."""
    trials: list[Trial] = []
    for says, args in cases.items():
        trials.append(_trial(exercise, answer, says, args))
        if trials[-1].outcome.stopped:          # the other inputs would only take their time as well
            return trials, None
    if trials[0].finding and trials[0].finding.kind not in faults.OF_THE_NUMBERS:
        return trials, None
    return trials, _trial(exercise, answer, trials[0].says, trials[0].args, watch=exercise.reference)


def _trial(exercise: Exercise, answer: Callable, says: str, args: tuple, watch: Callable | None = None) -> Trial:
    run, reference = answer, exercise.reference
    if exercise.measure is not None:
        run, reference = (functools.partial(exercise.measure, function) for function in (answer, exercise.reference))
    want = reference(*args)
    outcome = call(run, args, limit=exercise.limit, watch=watch)
    if outcome.error is None:
        outcome.value = _aligned(exercise.align, outcome.value, want)
    finding, right = faults.read(outcome, want, exercise.returns, exercise.arguments)
    if finding and finding.kind in faults.OF_THE_NUMBERS and len(exercise.returns) > 1:
        others = itertools.islice(itertools.permutations(outcome.value), 1, None)
        if any(compare.close(_aligned(exercise.align, order, want), want) for order in others):
            finding = Finding("order", f"It is all there, in another order. Return `({', '.join(exercise.returns)})`.")
    return Trial(says, args, want, outcome, finding, right)


def _finding(exercise: Exercise, answer: Callable, trials: list[Trial]) -> Finding | None:
    """The one thing to tell: a fault any function can have, else a mistake of this exercise, else where it differs."""
    wrong = [trial for trial in trials if trial.finding]
    if not wrong:
        return None
    first = next((trial for trial in wrong if trial.finding.kind in faults.FINAL), wrong[0])
    finding = first.finding
    if finding.kind not in faults.STOPPED:
        holes = stub.holes(answer, bare=finding.kind == "none")
        if holes:
            return Finding("hole", "This line still holds an `...` where code should be.", line=holes[0])
    if finding.kind not in faults.FINAL:
        alike = [trial for trial in wrong if trial.finding.hint == finding.hint]
        mistake = next((m for m in exercise.mistakes if _shows_in_most(m, alike)), None)
        if mistake:
            return Finding(mistake.name, mistake.hint, [], finding.line, finding.error, finding.printed)
    values = compare.describe(dict(zip(exercise.arguments, first.args)))
    finding.facts.append(f"Tried on {first.says}: {values}.")
    if not trials[0].finding:
        plain = compare.describe(dict(zip(exercise.arguments, trials[0].args)))
        finding.facts.append(f"It is right for {trials[0].says}, {plain}. Does it lean on a size, or on something else "
                             "that only that input has?")
    return finding


def _of_the_repeat(exercise: Exercise, again: Trial | None, first: Trial) -> Finding | None:
    """What a second call with the first input shows: that the answer is random, or remembers something."""
    if again is None or compare.close(again.outcome.value, first.outcome.value):
        return None
    if again.outcome.error is not None or again.outcome.stopped:
        again.finding.facts.append("That was the second call with the same input; the first one went well.")
        return again.finding
    return Finding("random", "The same input gave two different answers. Is something random in it, or remembered from "
                   "one call to the next?", printed=again.outcome.printed)


def _shows_in_most(mistake: Mistake, trials: list[Trial]) -> bool:
    """In the first of them, and in more than half: some inputs hide a mistake (one component has no order)."""
    return _shows(mistake, trials[0]) and 2 * sum(_shows(mistake, trial) for trial in trials) > len(trials)


def _shows(mistake: Mistake, trial: Trial) -> bool:
    """The answer shows the mistake, and the right answer, on this input, does not show it just as well."""
    got = trial.outcome.value if trial.outcome.error is None else trial.outcome.error
    return _is_shown(mistake, got, trial.args) and not _is_shown(mistake, trial.want, trial.args)


def _is_shown(mistake: Mistake, got: object, args: tuple) -> bool:
    try:
        return bool(mistake.shown(got, *args))
    except Exception:                           # it looked for parts or shapes that this answer does not have
        return False


def _aligned(align: Callable | None, got: object, want: object) -> object:
    try:
        return got if align is None else align(got, want)
    except Exception:                           # likewise; the faults will say what is wrong with it
        return got
