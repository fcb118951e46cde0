"""What is said of a wrong answer that no mistake fits: how it relates to the right one, and for which inputs it is right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from . import compare, relations
from .faults import Finding
from .trials import Trial

if TYPE_CHECKING:
    from .engine import Exercise


def related(exercise: Exercise, finding: Finding, trials: list[Trial], first: Trial) -> Finding:
    """The finding, with what the answer has to do with the right one, if anything, in place of its hint."""
    if finding.kind not in ("different", "shape", "nan"):
        return finding
    several = len(exercise.returns) > 1
    part = first.right.index(False) if several else 0
    cases = []
    for trial in trials:
        if trial.finding and trial.finding.kind == "nan" != finding.kind:    # a fault of its own: 0 · ∞ hides any relation
            continue
        got, want = (v[part] if several and isinstance(v, (tuple, list)) and len(v) > part else v
                     for v in (trial.got, trial.want))
        got, want = _as_tensor(got), _as_tensor(want)
        if got is None or want is None:
            return finding
        cases.append((got, want, dict(zip(exercise.arguments, trial.args))))
    told = relations.told(cases)
    if told is None:
        return finding
    return Finding(told.kind, f"`{exercise.returns[part]}` is not right yet. {told.words}", finding.facts,
                   printed=finding.printed)


def _as_tensor(value: object) -> Tensor | None:
    if isinstance(value, Tensor):
        return value
    return torch.tensor(value) if isinstance(value, (bool, int, float)) else None


def with_the_input(exercise: Exercise, finding: Finding, trials: list[Trial], first: Trial) -> Finding:
    """The finding, and for which input it came, and for which ones the answer is right."""
    values = compare.describe(dict(zip(exercise.arguments, first.args)))
    finding.facts.append(f"Tried on {first.says}{': ' * bool(values)}{values}.")
    right = [trial for trial in trials if not trial.finding]
    if finding.kind == "none" and right:
        finding.hint = ("For this input your function returns nothing. Does every way through it end in a `return` with a "
                        "value?")
    if ("dtype" in finding.hint or finding.kind in ("dtype", "none")) and right:     # that is the finding: no riddle after it
        finding.facts.append(f"It is right for {', '.join(trial.says for trial in right)}.")
    elif trials[0] in right:
        plain = compare.describe(dict(zip(exercise.arguments, trials[0].args)))
        finding.facts.append(f"It is right for {trials[0].says}, {plain}. Does it lean on a size, or on something else "
                             "that only that input has?")
    elif right:
        finding.facts.append(f"It is right for {', '.join(trial.says for trial in right)}.")
    return finding
