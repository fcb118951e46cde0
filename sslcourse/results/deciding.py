"""One way to decide a claim: contrasts, a margin that was set beforehand, an interval for each, and what follows.

A contrast sets one arm against another on the same seeds, data and protocol. Its mean effect has an interval over seeds
(Student's t) and over test images, 95% for all contrasts of a claim together (Bonferroni: each at 1 − 0.05 / their
number). An interval wholly beyond the margin settles it, one way or the other; one that holds the margin does not, and
then the number of seeds that would is told.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .. import expect
from .verdicts import DEPENDS, FAILS, HOLDS, UNDECIDED, Ruling

LEVEL = 0.95
MOST_SEEDS = 1000  # what nobody will run is not worth counting


@dataclass(frozen=True)
class Contrast:
    """This arm against that one.

    setting   where, in a reader's words: "kNN", "500 labels". What is asked of a setting has to hold in every contrast of it
    what      what is compared: "both over crop alone"
    effects   this arm's number minus that arm's, one a seed
    margin    δ: the effect is asked to exceed it or, with `below`, to stay below it
    noise     the standard error that the test images add to the mean effect; they are the same for every seed
    unit      "points" for differences of shares, "times" for factors, of which effects and margin are the logarithms, ""
              for what stands for itself
    """

    setting: str
    what: str
    effects: tuple[float, ...]
    margin: float
    below: bool = False
    noise: float = 0.0
    unit: str = "points"

    def __post_init__(self) -> None:
        expect.that(len(self.effects) > 0, "effects", self.effects, "one number a seed, at least one")
        for effect in self.effects:
            expect.number(effect, "effects")
        expect.number(self.noise, "noise", at_least=0)
        expect.one_of(self.unit, "unit", ("points", "times", ""))

    @property
    def mean(self) -> float:
        """The mean effect over seeds."""
        return math.fsum(self.effects) / len(self.effects)


@dataclass(frozen=True)
class Effect:
    """What became of a contrast: its interval, low to high, and HOLDS, FAILS or UNDECIDED."""

    contrast: Contrast
    low: float
    high: float
    verdict: str

    def __str__(self) -> str:
        seeds = len(self.contrast.effects)
        place = f", {self.contrast.setting}" if self.contrast.setting else ""
        told = f"{self.contrast.what}{place}: {_say(self.contrast.mean, self.contrast.unit)}"
        if seeds == 1:
            return f"{told} (one seed)"
        low, high = (_say(end, self.contrast.unit, whole=False) for end in (self.low, self.high))
        return f"{told} ({low} to {high}, {seeds} seeds)"


def decide(contrasts: Sequence[Contrast], on: str = "the setting", numbers: Mapping[str, float] | None = None) -> Ruling:
    """The verdict on a claim that asks for all these contrasts.

    on        what the settings differ in, for "depends on …"
    numbers   more numbers for a sentence about the claim; each contrast's mean is there already, by "what, setting"

    A setting holds where each of its contrasts does, and fails where one of them does. The claim speaks of all settings: it
    holds where every one does; it fails where some fail and none holds; it depends where some hold and others fail;
    otherwise it is undecided.
    """
    expect.that(len(contrasts) > 0, "contrasts", contrasts, "at least one")
    level = 1 - (1 - LEVEL) / len(contrasts)
    effects = [judge(contrast, level) for contrast in contrasts]
    settings: dict[str, list[str]] = {}
    for effect in effects:
        settings.setdefault(effect.contrast.setting, []).append(effect.verdict)
    said = {name: FAILS if FAILS in found else UNDECIDED if UNDECIDED in found else HOLDS for name, found in settings.items()}
    means = {", ".join(filter(None, (c.what, c.setting))): c.mean for c in contrasts}
    return Ruling(_together(set(said.values())), on=on, settings=said, effects=effects, seeds=_seeds(effects, level),
                  images=_images_decide(effects, level), numbers={**means, **(numbers or {})})


def judge(contrast: Contrast, level: float = LEVEL) -> Effect:
    """Whether one contrast's interval lies beyond its margin.

    >>> str(judge(Contrast("kNN", "both over crop alone", (0.08, 0.09, 0.085), margin=0.01)))
    'both over crop alone, kNN: +8.5 points (+7.3 to +9.7, 3 seeds)'
    """
    half = half_width(contrast.effects, contrast.noise, level)
    low, high = contrast.mean - half, contrast.mean + half
    beyond, short = (high < contrast.margin, low > contrast.margin) if contrast.below else (
        low > contrast.margin, high < contrast.margin)
    return Effect(contrast, low, high, HOLDS if beyond else FAILS if short else UNDECIDED)


def half_width(effects: Sequence[float], noise: float = 0.0, level: float = LEVEL) -> float:
    """Half the width of the mean effect's interval: over seeds by Student's t, over images by the normal, in quadrature.

    One seed says nothing about the next: its interval is infinite.

    >>> round(half_width([0.08, 0.09, 0.085]), 4), half_width([0.08])
    (0.0124, inf)
    """
    n, mean = len(effects), math.fsum(effects) / len(effects)
    if n == 1:
        return math.inf
    deviation = math.sqrt(math.fsum((effect - mean) ** 2 for effect in effects) / (n - 1))
    return _half(deviation, n, noise, level)


def over_images(*accuracies: float, images: int, disagreement: float | None = None) -> float:
    """The standard error that the choice of test images adds to a difference of accuracies, or of differences of them.

    disagreement   the share of images on which exactly one of two arms is right; where nobody counted, the arms are taken
                   for independent, which gives too large an error rather than too small a one for arms that agree

    >>> round(over_images(0.5, 0.55, images=10_000), 4), round(over_images(0.5, 0.55, images=10_000, disagreement=0.15), 4)
    (0.0071, 0.0038)
    """
    expect.integer(images, "images", at_least=1)
    if disagreement is not None:
        one, other = accuracies
        return math.sqrt(max(0.0, disagreement - (one - other) ** 2) / images)
    return math.sqrt(sum(p * (1 - p) for p in accuracies) / images)


def seeds_needed(contrast: Contrast, level: float = LEVEL) -> int | None:
    """How many seeds would settle a contrast if its mean and spread stayed as they are; None where no number would.

    >>> seeds_needed(Contrast("", "a over b", (0.02, 0.01, 0.03), margin=0.01))
    7
    """
    n, away = len(contrast.effects), abs(contrast.mean - contrast.margin)
    if n == 1:
        return None
    deviation = math.sqrt(math.fsum((effect - contrast.mean) ** 2 for effect in contrast.effects) / (n - 1))
    return next((m for m in range(2, MOST_SEEDS + 1) if _half(deviation, m, contrast.noise, level) < away), None)


def _half(deviation: float, n: int, noise: float, level: float) -> float:
    from scipy.special import ndtri, stdtrit

    tail = (1 + level) / 2
    return math.hypot(float(stdtrit(n - 1, tail)) * deviation / math.sqrt(n), float(ndtri(tail)) * noise)


def _together(said: set[str]) -> str:
    if FAILS in said:
        return DEPENDS if HOLDS in said else FAILS
    return UNDECIDED if UNDECIDED in said else HOLDS


def _seeds(effects: Sequence[Effect], level: float) -> int | None:
    """The seeds that would settle every contrast that is open; None where no number would, or nobody can say."""
    needed = [seeds_needed(effect.contrast, level) for effect in effects if effect.verdict == UNDECIDED]
    return None if None in needed else max(needed, default=None)


def _images_decide(effects: Sequence[Effect], level: float) -> bool:
    """Whether for a contrast that is open the test images alone, without any scatter of seeds, leave it open."""
    open_ = [effect.contrast for effect in effects if effect.verdict == UNDECIDED]
    return any(_half(0.0, MOST_SEEDS, contrast.noise, level) >= abs(contrast.mean - contrast.margin) for contrast in open_)


def _say(number: float, unit: str, whole: bool = True) -> str:
    if unit == "points":
        return f"{100 * number:+.1f} points" if whole else f"{100 * number:+.1f}"
    if unit == "times":
        return f"{math.exp(min(number, 99.0)):.3g}" + " times" * whole
    return f"{number:.2f}"
