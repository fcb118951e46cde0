"""An exercise: a function that the student writes, judged beside the package's own.

    pca = exercises.pca.check(pca)

shows one panel and always returns something that works: the student's function once it passes, the package's
until then.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field

from . import handed_out, judging, messages, panel, pasted, record
from .evidence import Mistake
from .faults import Finding
from .judging import NOT_ATTEMPTED, NOT_YET, PASSED, Verdict
from .trials import RIGHT, Wrong

__all__ = ["RIGHT", "Exercise", "Mistake", "Verdict", "Wrong", "catches", "hunt"]


def catches(hint: str, *, of: str = "value") -> Callable[[Callable[..., bool]], Mistake]:
    """Make the function below into a Mistake that is named after it and answered by `hint`.

    With ``of="gradient"`` it is looked for where the value is right and the gradient is not.
    """
    return lambda shown: Mistake(shown.__name__, hint, shown, of)


@dataclass(eq=False)
class Exercise:
    """One exercise: everything about it that the engine needs.

    `reference` is a public function of the package. `cases()` makes the inputs, the same each time, as a dict from
    a few words to the arguments; the first is the plain one, the others differ in shape, dtype or difficulty.
    `returns` names what comes back.

    `mistakes` are tried in order on an answer that is not right. The first is told that all cases agree on, those too
    which came out right (see `evidence`): an answer with two mistakes hears of one at a time.

    `align(got, want)` turns an answer into the equal one nearest to `want` (a direction has two signs).
    `trains_on` names the arguments, tensors or networks, that learn through the answer: its gradients with respect to
    them are compared as well. `through` says of some of them what they have been through before, in training: gradients are
    then compared in front of that. (What comes from a log_softmax has no gradient along a constant, whatever is said of it.)
    `measure(function, *args)` stands for a plain call where the answer alone does not tell: a network, or what a random
    answer has in common with every other. It returns RIGHT, or `Wrong(output, kind, hint)`, or something to compare
    whose numbers are never shown. `random` says that two calls may differ; they must then not be the same.
    `longer` marks the lab's longer piece, 10 to 25 lines in which several ideas come together. `given` is the code that
    stands in the notebook where it is not an empty stub: a function with a mistake in it, to be found and mended (`hunt`).
    `used_in` says in a few words where the lab's later cells call the function: "in the training below"; "" if nowhere.
    """

    name: str
    lab: str
    title: str
    minutes: int
    difficulty: int                         # 1 to 5
    importance: int                         # 1 to 5
    reference: Callable
    returns: tuple[str, ...]
    cases: Callable[[], dict[str, tuple]]
    mistakes: tuple[Mistake, ...]
    hints: tuple[str, str, str]             # a direction, the step, nearly the code
    align: Callable[[object, object], object] | None = None
    measure: Callable[..., object] | None = None
    trains_on: tuple[str, ...] = ()
    through: dict[str, Callable] = field(default_factory=dict)
    random: bool = False
    used_in: str = ""
    longer: bool = False
    given: Callable | None = None
    limit: float = 5.0                      # seconds of work for one call
    _hints_shown: int = field(default=0, repr=False)
    _solution_asked: bool = field(default=False, repr=False)

    def check(self, answer: Callable) -> Callable:
        """Show how far `answer` is; return it if it passes, and the package's own function if it does not (yet)."""
        try:
            verdict = self.judge(answer)
        except Exception as error:          # a fault of ours must not cost the student the notebook
            hint = "The check itself failed on this answer. That is our fault, not yours: please report it."
            verdict = Verdict(NOT_YET, Finding("engine", hint, error=f"{type(error).__name__}: {error}"))
        if verdict.state != NOT_ATTEMPTED:
            record.keep(self.lab, self.name, passed=verdict.state == PASSED)
        panel.show(messages.of_verdict(self, verdict))
        return answer if verdict.state == PASSED else self.reference

    def judge(self, answer: Callable) -> Verdict:
        """The verdict on `answer`, shown and recorded nowhere."""
        return judging.judge(self, answer)

    def hint(self) -> None:
        """Show one more hint on each call: a direction, then the step, then nearly the code."""
        if handed_out.is_closed():
            panel.show(messages.of_closed(self))
            return
        self._hints_shown = min(self._hints_shown + 1, len(self.hints))
        panel.show(messages.of_hints(self, self._hints_shown))

    def solution(self) -> None:
        """Show the package's own code, ready to be pasted into the cell; folded away for those who have not tried yet.

        In a terminal, where nothing can be folded, the second call shows it.
        """
        if handed_out.is_closed():
            panel.show(messages.of_closed(self))
            return
        tried = record.state(self.lab, self.name) != NOT_ATTEMPTED
        panel.show(messages.of_solution(self, pasted.solution(self.reference, self.name), tried, self._solution_asked))
        self._solution_asked = True

    @functools.cached_property
    def arguments(self) -> list[str]:
        """The names of the arguments that the lab's stub has: as many of the reference's as a case gives."""
        count = max(map(len, self.cases().values()))
        return list(inspect.signature(self.reference).parameters)[:count]

    @functools.cached_property
    def mended(self) -> str:
        """Of a bug hunt: what the check says of the code that is given. "" elsewhere."""
        if self.given is None:
            return ""
        found = dataclasses.replace(self, given=None).judge(self.given).finding
        return found.hint if found and found.kind in {mistake.name for mistake in self.mistakes} else ""

    def __repr__(self) -> str:
        return repr(messages.of_exercise(self))

    def _repr_html_(self) -> str:
        return messages.of_exercise(self)._repr_html_()


def hunt(exercise: Exercise, given: Callable, *, title: str, hints: tuple[str, str, str], minutes: int = 10) -> Exercise:
    """A bug hunt: `given`, named hunt_…, is what a colleague wrote for `exercise`. It runs, looks right, and is wrong.

    It is judged as answers to `exercise` are, by the same inputs and mistakes. As long as nothing in it has been changed, it
    counts as not attempted.
    """
    return dataclasses.replace(
        exercise, name=given.__name__, title=title, hints=hints, minutes=minutes, given=given, longer=False, used_in="",
    )
