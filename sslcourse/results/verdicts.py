"""What can be said of a claim, and what it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from .. import expect

if TYPE_CHECKING:
    from .deciding import Effect

HOLDS, FAILS, DEPENDS, UNDECIDED = "holds here", "does not hold here", "depends", "undecided"
NOT_MEASURED = "not measured yet"
VERDICTS = (HOLDS, FAILS, DEPENDS, UNDECIDED, NOT_MEASURED)


class Ruling(str):
    """A verdict in words, such as "depends on the method: holds for SimCLR, not for jigsaw".

    verdict    one of VERDICTS
    effects    each contrast with its interval
    settings   {setting: HOLDS, FAILS or UNDECIDED}
    short      the verdict in a few words, without the names of the settings
    seeds      how many seeds would decide what is undecided; None where that can't be said
    images     whether it is the number of test images that leaves something undecided
    numbers    what a sentence about the claim may quote
    """

    verdict: str
    effects: Sequence[Effect]
    settings: Mapping[str, str]
    seeds: int | None
    images: bool
    numbers: dict[str, float]
    short: str

    def weakest(self, setting: str | None = None) -> Effect | None:
        """The contrast on which the claim, or one setting of it, stands or falls: what fails before what is undecided
        before what holds, and of these the one whose mean has least to spare."""
        def rank(effect: Effect) -> tuple[int, float]:
            away = effect.contrast.mean - effect.contrast.margin
            return (FAILS, UNDECIDED, HOLDS).index(effect.verdict), -away if effect.contrast.below else away

        return min((effect for effect in self.effects if setting in (None, effect.contrast.setting)), key=rank, default=None)

    def __new__(cls, verdict: str, *, on: str = "", settings: Mapping[str, str] | None = None, effects: Sequence[Effect] = (),
                seeds: int | None = None, images: bool = False, numbers: Mapping[str, float] | None = None) -> Ruling:
        expect.one_of(verdict, "verdict", VERDICTS)
        settings = dict(settings or {})
        self = super().__new__(cls, _in_words(verdict, on, settings, effects, seeds, images))
        self.verdict, self.effects, self.settings = verdict, tuple(effects), settings
        self.seeds, self.images = seeds, images
        self.numbers = dict(numbers or {})
        self.short = f"{verdict} on {on}" if verdict == DEPENDS else verdict if verdict == FAILS else str(self)
        return self


def _in_words(verdict: str, on: str, settings: Mapping[str, str], effects: Sequence[Effect], seeds: int | None,
              images: bool) -> str:
    yes, no, open = ([name for name, found in settings.items() if found == said] for said in (HOLDS, FAILS, UNDECIDED))
    rest = f"; undecided for {_listed(open)}" if open else ""
    if verdict == FAILS and rest:
        return f"{verdict} for {_listed(no)}{rest}"
    if verdict == DEPENDS:
        return f"depends on {on}: holds for {_listed(yes)}, not for {_listed(no)}{rest}"
    if verdict != UNDECIDED or not effects:
        return verdict
    if any(len(effect.contrast.effects) == 1 for effect in effects if effect.verdict == UNDECIDED):
        return f"{verdict}: a single seed cannot tell"
    if images:
        return f"{verdict}: it would take more test images"
    if seeds is None:
        return f"{verdict}: too near the margin for more seeds to settle it"
    return f"{verdict}: about {seeds} seeds would settle it"


def _listed(names: Sequence[str]) -> str:
    """
    >>> _listed(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
