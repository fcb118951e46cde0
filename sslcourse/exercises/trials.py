"""One trial: the answer called with one input, beside what the reference returns for it."""

from __future__ import annotations

import copy
import functools
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from torch import Tensor, nn

from . import compare, faults, gradients, leftovers
from .calling import Outcome, call
from .faults import Finding

if TYPE_CHECKING:
    from .engine import Exercise


class _Right:
    """What a `measure` returns for an answer that it has found right."""

    def __repr__(self) -> str:
        return "RIGHT"


RIGHT = _Right()


@dataclass(frozen=True)
class Wrong:
    """What a `measure` returns for an answer that it has found wrong.

    output       what the answer itself returned: a fault of its type, shape or dtype is told before anything else
    kind, hint   a word to be told if none of the exercise's mistakes fits
    seen         what the mistakes look at in place of the output: many draws, say
    """

    output: object
    kind: str = "different"
    hint: str = ""
    seen: object = None


@dataclass
class Trial:
    """One call of the answer, and what is wrong with it."""

    says: str
    args: tuple
    want: object
    outcome: Outcome
    finding: Finding | None
    right: list[bool]
    taught: list = field(default_factory=list)              # (got, want): the gradients of each part that has one
    seen: object = None                                     # what a measure saw, if not the plain output

    @property
    def got(self) -> object:
        """What the mistakes look at: what was returned, or the exception that was raised."""
        if self.outcome.error is not None:
            return self.outcome.error
        return self.outcome.value if self.seen is None else self.seen


def try_one(exercise: Exercise, answer: Callable, says: str, args: tuple, *, seed: int = 0, watch: Callable | None = None
            ) -> Trial:
    """Call the answer and the reference with `args`, and compare."""
    looked_on, meant = _FirstCall(answer), _FirstCall(exercise.reference)
    run, reference = _as_measured(exercise, looked_on), _as_measured(exercise, meant)
    leftovers.seed(seed)
    want, taught = reference(*args), []
    if isinstance(want, Wrong):
        raise RuntimeError(f"the measure of {exercise.name} calls the reference wrong: {want}")
    if want is RIGHT:
        want = exercise.reference(*copy.deepcopy(args))
    leftovers.seed(seed + 1)
    outcome = call(run, args, limit=exercise.limit, watch=watch)
    if exercise.measure is not None and not (outcome.stopped or outcome.changed or meant.changed):
        outcome.changed = tuple(sorted(looked_on.changed))
        outcome.of_a_network = any(isinstance(args[i], nn.Module) for i in outcome.changed[:1])
    if isinstance(want, gradients.Traced):
        want, slopes = want.value, want.slopes
        if isinstance(outcome.value, gradients.Traced):
            outcome.cut, outcome.value, got = outcome.value.cut, outcome.value.value, outcome.value.slopes
            taught = [(g, w) for g, w in itertools.zip_longest(got, slopes) if w is not None]
    if exercise.measure is not None:
        return _measured(exercise, Trial(says, args, want, outcome, None, []))
    if outcome.error is None:
        aligned = _aligned(exercise.align, outcome.value, want)
        if taught and _elsewhere(outcome.value, aligned):
            taught = []                         # other entries learn from it than from what is wanted: judged by other inputs
        outcome.value = aligned
    finding, right = faults.read(outcome, want, exercise.returns, exercise.arguments)
    if finding and finding.kind in faults.OF_THE_NUMBERS and len(exercise.returns) > 1:
        others = itertools.islice(itertools.permutations(outcome.value), 1, None)
        if any(compare.close(_aligned(exercise.align, order, want), want) for order in others):
            finding = Finding("order", f"It is all there, in another order. Return `({', '.join(exercise.returns)})`.")
    if exercise.trains_on:
        right = [*right, finding is None and all(gradients.right(got, wanted) for got, wanted in taught)]
    return Trial(says, args, want, outcome, finding, right, taught)


class _FirstCall:
    """A function, and which of its arguments its first call changes in place: a measure hands it copies, at times."""

    def __init__(self, function: Callable) -> None:
        self.function, self.called, self.changed = function, False, set()

    def __call__(self, *args: object) -> object:
        if self.called:
            return self.function(*args)
        self.called, before = True, [_copied(arg) for arg in args]
        value = self.function(*args)
        self.changed = {i for i, (old, new) in enumerate(zip(before, args)) if not compare.unchanged(old, new)}
        return value


def _copied(argument: object) -> object:
    return argument.detach().clone() if isinstance(argument, Tensor) else copy.deepcopy(argument)


def _as_measured(exercise: Exercise, function: Callable) -> Callable:
    if exercise.measure is not None:
        return functools.partial(exercise.measure, function)
    if exercise.trains_on:
        inputs = {name: exercise.arguments.index(name) for name in exercise.trains_on}
        return gradients.traced(function, inputs, exercise.through)
    return function


def _measured(exercise: Exercise, trial: Trial) -> Trial:
    """A finding of what was measured speaks of the answer itself, and shows none of the measurement's own numbers."""
    outcome, parts = trial.outcome, len(exercise.returns)
    if outcome.value is RIGHT:
        outcome.value = trial.want
    told = outcome.value if isinstance(outcome.value, Wrong) else None
    if told:
        outcome.value, trial.seen = told.output, told.seen
    finding, right = faults.read(outcome, trial.want, exercise.returns, exercise.arguments)
    plain = Finding("different", f"`{exercise.returns[0]}` is not what it should be yet.", printed=outcome.printed)
    if told:
        if finding is None or finding.kind == "different":
            finding = Finding(told.kind, told.hint, printed=outcome.printed) if told.hint else plain
        right = [False] * parts
    elif finding and finding.kind in faults.OF_THE_NUMBERS:
        finding = plain
    trial.finding, trial.right = finding, right
    return trial


def _elsewhere(value: object, aligned: object) -> bool:
    """Numbers have been moved to make them `aligned`. (A large negative one in place of −∞ has not.)"""
    if not isinstance(value, Tensor) or not isinstance(aligned, Tensor) or value.shape != aligned.shape:
        return False
    return bool((compare.apart(value, aligned) & aligned.isfinite()).any())


def _aligned(align: Callable | None, got: object, want: object) -> object:
    try:
        return got if align is None else align(got, want)
    except Exception:                           # likewise; the faults will say what is wrong with it
        return got
