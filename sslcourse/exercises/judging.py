"""From an answer to a verdict: is it a function at all, what does it return for each input, and what went wrong?"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import nn

from . import chance, compare, devices, evidence, faults, gradients, leftovers, stub, telling
from .calling import call
from .faults import Finding
from .trials import Trial, try_one

if TYPE_CHECKING:
    from .engine import Exercise

NOT_ATTEMPTED, NOT_YET, PASSED = "not attempted", "not yet", "passed"


@dataclass(frozen=True)
class Verdict:
    """The state, what is wrong if anything, and how many checks pass.

    A check is one for each input and each thing returned, and one for each input's gradient where that is compared.
    """

    state: str
    finding: Finding | None = None
    passed: int = 0
    total: int = 0
    right: tuple[str, ...] = ()             # what is right already, on every input


def judge(exercise: Exercise, answer: Callable) -> Verdict:
    """The verdict on `answer`, which may be anything and do anything."""
    cases = exercise.cases()
    early = _before_calling(exercise, answer, cases)
    if early:
        return early
    with leftovers.random_numbers():        # a check must not shift the notebook's random numbers
        trials, again = _trials(exercise, answer, cases)
        finding = _finding(exercise, answer, trials, again)
        finding = finding or _of_what_is_left(exercise, trials) or _of_the_seed(exercise, answer, trials[0])
        finding = finding or devices.finding(exercise, answer, cases)
    parts = [*exercise.returns, *["the gradient"] * bool(exercise.trains_on)]
    if finding and finding.kind == "seeded":        # each call alone looks right, and not one of them is
        for trial in trials:
            trial.right = [False] * len(trial.right)
    passed = sum(sum(trial.right) for trial in trials)
    right = tuple(name for i, name in enumerate(parts) if all(trial.right[i:i + 1] == [True] for trial in trials))
    if finding is None and again.outcome.used:
        hint = (f"The answer is right, and it is the package's own `{exercise.name}` that gave it. Nothing is wrong "
                "with calling it; this exercise is about writing what is inside.")
        finding = Finding("package", hint)
    return Verdict(NOT_YET if finding else PASSED, finding, passed, len(cases) * len(parts), right)


def _before_calling(exercise: Exercise, answer: object, cases: dict[str, tuple]) -> Verdict | None:
    name = exercise.name
    if answer is exercise.reference:
        hint = (f"This is the package's own `{name}`, put there by the last check. To have yours looked at, run the "
                f"cell with `def {name}` again, and then this one.")
        return Verdict(NOT_ATTEMPTED, Finding("own", hint))
    if not callable(answer):
        hint = f"The check wants the function itself, `exercises.{name}.check({name})`, and not what it returns."
        return Verdict(NOT_YET, Finding("callable", hint, [f"Got {compare.kind(answer)}."]))
    if stub.untouched(answer) or exercise.given is not None and stub.same(answer, exercise.given):
        return Verdict(NOT_ATTEMPTED)
    try:
        theirs = inspect.signature(answer)
    except (TypeError, ValueError):             # some callables written in C do not tell
        return None
    try:
        for args in cases.values():
            theirs.bind(*args)
    except TypeError:
        hint = f"It will be called as `{name}({', '.join(exercise.arguments)})`."
        return Verdict(NOT_YET, Finding("arguments", hint, [f"Yours is `{name}{theirs}`."]))
    return None


def _trials(exercise: Exercise, answer: Callable, cases: dict[str, tuple]) -> tuple[list[Trial], Trial | None]:
    """One trial for each case; then, if the first answer could be read, the first case once more."""
    trials: list[Trial] = []
    for i, (says, args) in enumerate(cases.items()):
        trials.append(try_one(exercise, answer, says, args, seed=10 * i))
        if trials[-1].outcome.stopped:          # the other inputs would only take their time as well
            return trials, None
    if trials[0].finding and trials[0].finding.kind not in faults.OF_THE_NUMBERS:
        return trials, None
    first = trials[0]
    return trials, try_one(exercise, answer, first.says, first.args, seed=7_000, watch=exercise.reference)


def _finding(exercise: Exercise, answer: Callable, trials: list[Trial], again: Trial | None) -> Finding | None:
    """The one thing to tell.

    A fault any function can have, else a mistake of this exercise, else that the answer is random, else where it differs.
    """
    repeat = _of_the_repeat(exercise, again, trials[0])
    if repeat and repeat.kind != "random":
        return repeat
    wrong = [trial for trial in trials if trial.finding]
    if not wrong:
        return repeat or _of_the_gradient(exercise, trials)
    first = next((trial for trial in wrong if trial.finding.kind in faults.FINAL), wrong[0])
    finding = first.finding
    if finding.kind not in faults.STOPPED:
        holes = stub.holes(answer, bare=finding.kind == "none")
        if holes:
            return Finding("hole", "This line still holds an `...` where code should be.", line=holes[0])
    if finding.kind == "dtype":                     # a gradient that is missing elsewhere is missing here too
        finding = _of_the_gradient(exercise, [trial for trial in trials if not trial.finding]) or finding
        if finding is not first.finding:
            return finding
    if finding.kind not in faults.FINAL:
        alike = [trial for trial in wrong if trial.finding.hint == finding.hint]
        mistake = evidence.named(exercise.mistakes, trials, alike)
        if mistake:
            return Finding(mistake.name, mistake.hint, [], finding.line, finding.error, finding.printed)
        if repeat:
            return repeat
    if finding.line is None and finding.error:
        finding.line = stub.last_line(answer)
    if exercise.measure is None:
        finding = telling.related(exercise, finding, trials, first)
    return telling.with_the_input(exercise, finding, trials, first)


def _of_the_gradient(exercise: Exercise, trials: list[Trial]) -> Finding | None:
    """What is wrong with the gradients of an answer whose values are all right."""
    if not exercise.trains_on or all(trial.right[-1] for trial in trials):
        return None
    mistake = evidence.named_of_the_gradient(exercise.mistakes, trials)
    if mistake:
        return Finding(mistake.name, mistake.hint)
    for part, name in enumerate(exercise.returns):
        pairs = [trial.taught[part] for trial in trials if part < len(trial.taught)]
        if not all(gradients.right(got, want) for got, want in pairs):
            return gradients.finding(pairs, name, _networks(exercise, trials[0].args))
    return None


def _of_what_is_left(exercise: Exercise, trials: list[Trial]) -> Finding | None:
    """A right answer that leaves gradients in the networks it was given."""
    if not (left := [trial for trial in trials if trial.outcome.graded]):
        return None
    for trial in left:
        trial.right[-1] = False
    names = " and ".join(f"`{exercise.arguments[i]}`" for i in left[0].outcome.graded)
    return Finding("leaves_gradients", f"The answer is right, and it leaves gradients in the parameters of {names}: "
                   "`.backward()` adds to every `.grad` it can reach, and the next step of the optimizer takes them along. "
                   "`torch.autograd.grad(y, x)` returns the one gradient that you ask for, and touches nothing else.")


def _networks(exercise: Exercise, args: tuple) -> list[str]:
    return [name for name in exercise.trains_on if isinstance(args[exercise.arguments.index(name)], nn.Module)]


def _of_the_repeat(exercise: Exercise, again: Trial | None, first: Trial) -> Finding | None:
    """What a second call with the first input shows: that the answer is random, or remembers something."""
    if again is None:
        return None
    if again.outcome.stopped or (again.outcome.error is not None and first.outcome.error is None):
        again.finding.facts.append("That was the second call with the same input; the first one went well.")
        return again.finding
    if exercise.random or again.outcome.error is not None or compare.close(again.outcome.value, first.outcome.value):
        return None
    return Finding("random", "The same input gave two different answers. Is something random in it, or remembered from "
                   "one call to the next?", printed=again.outcome.printed)


def _of_the_seed(exercise: Exercise, answer: Callable, first: Trial) -> Finding | None:
    """A random answer that is the same each time, or any that sets the notebook's random numbers back."""
    outputs, begun_anew = _of_two_seeds(exercise, answer, first)
    if not exercise.random and begun_anew:
        first.right[-1] = False
        return Finding("reseeds", "The answer is right, and it sets the notebook's random numbers: what is drawn after it "
                       "begins anew each time. `draw = torch.Generator().manual_seed(seed)` and `generator=draw` do not.")
    if not exercise.random or not (begun_anew or compare.close(*outputs)):
        return None
    if compare.close(*_of_two_seeds(exercise, exercise.reference, first)[0]):
        return None
    return Finding("seeded", "Two calls with the same input draw exactly the same numbers: a seed is set inside. In "
                   "training, every batch would get the same noise, and the notebook's own random numbers would begin "
                   "anew each time.")


def _of_two_seeds(exercise: Exercise, function: Callable, first: Trial) -> tuple[list[object], bool]:
    """What comes out after two different seeds, and whether a generator stands at one place after both."""
    outputs, states = [], []
    for seed in (1, 2):
        leftovers.seed(seed)
        outputs.append(call(function, copy.deepcopy(first.args), limit=exercise.limit).value)
        states.append(chance.state())
    return outputs, any(one == other for one, other in zip(*states))
