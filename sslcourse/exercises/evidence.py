"""Is it this very mistake? Only if every case agrees, those that come out right as well."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from . import compare
from .trials import Trial


@dataclass(frozen=True)
class Mistake:
    """One mistake by name, the hint for it, and ``shown(got, *args)``: is it this very mistake that `got` shows?

    `got` is what the answer returned for these arguments, or the exception that it raised. A mistake `of` the gradient
    is looked for where the value is right: `got` is then a dict from the names of `trains_on` to the gradients.
    """

    name: str
    hint: str
    shown: Callable[..., bool]
    of: str = "value"


def named(mistakes: tuple[Mistake, ...], trials: list[Trial], alike: list[Trial]) -> Mistake | None:
    """The first of `mistakes` that the trials agree on; `alike` are those that went wrong like the first wrong one.

    It has to show in the first of these and in more than half (some inputs hide a mistake: one component has no order),
    and no trial that came out right may speak against it. One does where the detector compared the answer with what the
    mistake would have returned, and it was something else: who makes the mistake would be wrong there.
    """
    for mistake in mistakes:
        if mistake.of != "value" or not _shows(mistake, alike[0]):
            continue
        if 2 * sum(_shows(mistake, trial) for trial in alike) > len(alike) and not any(
                _speaks_against(mistake, trial) for trial in trials if not trial.finding):
            return mistake
    return None


def named_of_the_gradient(mistakes: tuple[Mistake, ...], trials: list[Trial]) -> Mistake | None:
    """The first that shows in the gradient of the first part in more than half of the trials with a wrong one."""
    wrong = [trial for trial in trials if not trial.right[-1]]
    for mistake in mistakes:
        if mistake.of == "gradient" and 2 * sum(_in_the_gradient(mistake, trial) for trial in wrong) > len(wrong):
            return mistake
    return None


def _in_the_gradient(mistake: Mistake, trial: Trial) -> bool:
    got, want = trial.taught[0]
    if got is None:
        got = {name: torch.zeros_like(slope) for name, slope in want.items()}
    return _looked(mistake, got, trial)[0] and not _looked(mistake, want, trial)[0]


def _shows(mistake: Mistake, trial: Trial) -> bool:
    """The answer shows the mistake, and the right answer, on this input, does not show it just as well."""
    return (not trial.outcome.stopped and _looked(mistake, trial.got, trial)[0]
            and not _looked(mistake, trial.want, trial)[0])


def _speaks_against(mistake: Mistake, trial: Trial) -> bool:
    shown, compared = _looked(mistake, trial.got, trial)
    return compared and not shown


def _looked(mistake: Mistake, got: object, trial: Trial) -> tuple[bool, bool]:
    """Whether the mistake shows, and whether `got` was compared with anything to find that out."""
    with compare.watching(_finite(trial.want)) as asked:
        try:
            return bool(mistake.shown(got, *trial.args)), asked.compared > 0
        except Exception:                       # it looked for parts or shapes that this answer does not have
            return False, False


def _finite(want: object) -> bool:
    if isinstance(want, (tuple, list)):
        return all(map(_finite, want))
    return not isinstance(want, Tensor) or not want.is_floating_point() or bool(want.isfinite().all())
