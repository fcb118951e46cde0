"""The words around an exercise: what each panel says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import handed_out
from .faults import Finding
from .panel import Card, Code, Say, Table, dots

if TYPE_CHECKING:
    from .engine import Exercise, Verdict

STEPS = ("A direction.", "The step.", "Nearly the code.")


def of_verdict(exercise: Exercise, verdict: Verdict) -> Card:
    """The answer to `check`. Untouched, an exercise always gives the same panel, so that a notebook may keep it."""
    name, finding = exercise.name, verdict.finding
    checks = f"{verdict.passed} of {verdict.total} checks pass" if verdict.total else ""
    if verdict.state == "passed":
        more = "" if handed_out.is_closed() else f" How the package writes it: `exercises.{name}.solution()`."
        blocks = [Say(f"Well done: your `{name}` agrees with the package's on every input.{more}")]
        blocks += [Say(f"The mistake that you mended. {exercise.mended}")] * bool(exercise.mended)
        blocks += [Say(f"This notebook now uses your `{name}` {exercise.used_in}.", "foot")] * bool(exercise.used_in)
        first = f"{name}: passed" + f" · this notebook now uses your {name}" * bool(exercise.used_in)
        return Card(first, _heading(exercise), blocks, "passed", checks)

    uses = (f"This notebook uses the package's `{name}`, so every cell below runs either way." if exercise.used_in else
            "No cell below depends on it.")
    first = f"{name}: {verdict.state}" + f" · this notebook uses the package's {name}" * bool(exercise.used_in)
    if verdict.state == "not attempted":
        more = "" if handed_out.is_closed() else f" `exercises.{name}.hint()` gives a direction."
        todo = ("Write your answer in place of the `...`, then run it again." if exercise.given is None else
                f"This is still your colleague's code, and its mistake is still in it: {_symptom(exercise.title)} Find the "
                "line that does it, mend it, then run the cell again.")
        blocks = [Say(finding.hint if finding else todo + more), Say(uses, "foot")]
        return Card(first, _heading(exercise), blocks, "not attempted", demands(exercise))

    blocks = _of_finding(finding)
    if verdict.passed:
        right = f" Right on every input: {', '.join(f'`{part}`' for part in verdict.right)}." if verdict.right else ""
        blocks += [Say(f"{checks}.{right}", "quiet")]
    alone = handed_out.is_closed() or finding.kind in ("package", "engine", "interrupt")
    stuck = "" if alone else f" Stuck? `exercises.{name}.hint()`"
    return Card(first, _heading(exercise), [*blocks, Say(uses + stuck, "foot")], "not yet")


def of_hints(exercise: Exercise, count: int) -> Card:
    """The first `count` hints, the newest last."""
    blocks = [Say(f"**{number} · {step}** {hint}", "quiet" if number < count else "")
              for number, (step, hint) in enumerate(zip(STEPS, exercise.hints[:count]), 1)]
    left = len(exercise.hints) - count
    more = (f"{left} more: call `exercises.{exercise.name}.hint()` again." if left else
            f"That was the last one. `exercises.{exercise.name}.solution()` shows the package's own code.")
    title = f"hint {count} of {len(exercise.hints)}"
    heading = f"**{title.capitalize()}** · {_heading(exercise)}"
    return Card(f"{exercise.name}: {title}", heading, [*blocks, Say(more, "foot")])


def of_closed(exercise: Exercise) -> Card:
    """In a notebook that was handed out there is nothing more to be shown."""
    said = "This notebook was handed out by your instructor: it comes without hints and solutions. `check` still looks."
    return Card(f"{exercise.name}: no hints here", _heading(exercise), [Say(said)])


def of_solution(exercise: Exercise, source: str, tried: bool, asked: bool = False) -> Card:
    """The package's code. Nobody is kept from it; who has not tried yet gets a word of advice, and it folded away.

    In plain text nothing folds: there it is shown to those who have tried, or have `asked` before.
    """
    where = exercise.reference.__module__
    advice = Say("You have not tried this one yet. Even a wrong guess makes the answer stay with you, and "
                 f"`exercises.{exercise.name}.hint()` gives a direction.")
    again = "" if tried or asked else f"`exercises.{exercise.name}.solution()` once more shows it."
    code = Code(source, "" if tried else "Show the solution", fold=not tried, python=True, hidden=again)
    more = Say("This is the package's own code, without its argument checks; it runs where your answer stands. Its "
               f"documentation and sources: `help(exercises.{exercise.name}.reference)`.", "foot")
    first = f"{exercise.name}: the package's solution ({where})"
    blocks = [code, more] if tried else [advice, code, more]
    return Card(first, f"**Solution** · {_heading(exercise)}", blocks, aside=f"`{where}`")


def of_exercise(exercise: Exercise) -> Card:
    """What an exercise says when it is itself the last line of a cell."""
    name = exercise.name
    blocks = [Say(f"`{name} = exercises.{name}.check({name})` looks at your answer, `exercises.{name}.hint()` helps, "
                  f"`exercises.{name}.solution()` shows the package's own.")]
    first = f"{name}: {exercise.title} ({demands(exercise)})"
    return Card(first, _heading(exercise), blocks, aside=demands(exercise))


def of_table(title: str, header: tuple[str, ...], rows: list[tuple[str, ...]], foot: str) -> Card:
    """An overview."""
    return Card(title, f"**{title}**", [Table(header, rows), Say(foot, "foot")])


def demands(exercise: Exercise) -> str:
    """``about 15 min · difficulty ●●○○○ · importance ●●●●●``"""
    hard, weighty = dots(exercise.difficulty), dots(exercise.importance)
    return f"about {exercise.minutes} min · difficulty {hard} · importance {weighty}"


def _symptom(title: str) -> str:
    """What a hunt's title says that can be seen: ``a loss that falls below 0.``"""
    words = title.removeprefix("Bug hunt: ")
    return words[:1].lower() + words[1:] + "." * (words[-1] not in ".?!")


def _heading(exercise: Exercise) -> str:
    return f"`{exercise.name}` {exercise.title}"


def _of_finding(finding: Finding) -> list[Say | Code]:
    blocks: list[Say | Code] = [Say(finding.hint)]
    if finding.line is not None:
        text = "\n".join(part for part in (finding.line.text, finding.error) if part)
        blocks += [Code(text, f"Line {finding.line.number} of {finding.line.where}:")]
        if finding.line.values:
            blocks += [Say(f"At that moment: {finding.line.values}.", "quiet")]
    elif finding.error:
        blocks += [Code(finding.error)]
    blocks += [Say(fact, "quiet") for fact in finding.facts]
    if finding.printed.strip():
        blocks += [Code(finding.printed, "What your code printed", fold=True)]
    return blocks
