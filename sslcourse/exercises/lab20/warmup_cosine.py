"""Exercise `warmup_cosine`: a learning rate that is 0 when the budget is spent."""

from __future__ import annotations

import math

from ... import training
from ..compare import close
from ..engine import Exercise, catches


def warmup_cosine_cases() -> dict[str, tuple]:
    return {
        "a step of the warm-up": (0.02, 0.05),
        "the very beginning": (0.0, 0.1),
        "the end of the warm-up": (0.1, 0.1),
        "a quarter of the way": (0.25, 0.05),
        "half-way": (0.5, 0.2),
        "a step near the end": (0.9, 0.3),
        "the end": (1.0, 0.05),
        "no warm-up, at the start": (0.0, 0.0),
        "no warm-up": (0.3, 0.0),
    }


def _fall(t: float) -> float:
    return (1 + math.cos(math.pi * t)) / 2


@catches("A warm-up of 0 is allowed, and makes you divide by 0. Ask whether the progress is *below* it before you divide.")
def divided_by_no_warmup(got, progress, warmup):
    return warmup == 0 and isinstance(got, ZeroDivisionError)


@catches("There is no warm-up: the rate starts at its full height. Before the share `warmup` of the run it should rise "
         "from 0 in a line.")
def no_warmup(got, progress, warmup):
    return warmup > 0 and close(got, _fall(progress))


@catches("During the warm-up the rate is at its full height already. It should rise there from 0, in a line.")
def full_at_once(got, progress, warmup):
    return progress < warmup and close(got, 1.0)


@catches("The cosine has begun with the run, and not with the end of the warm-up: there the rate jumps. Let its own clock "
         "go from 0 to 1 over what is left, `(progress - warmup) / (1 - warmup)`.")
def cosine_from_the_start(got, progress, warmup):
    return warmup > 0 and close(got, progress / warmup if progress < warmup else _fall(progress))


@catches("The cosine's clock starts rightly at the end of the warm-up, but it runs out too late: what is left of the run "
         "is 1 − warmup, and the rate has to be 0 at its end.")
def not_quite_0_at_the_end(got, progress, warmup):
    return warmup > 0 and progress >= warmup and close(got, _fall(progress - warmup))


@catches("The rate comes up again: this is a whole cosine. Half of one, from 0 to π, goes from 1 to −1.")
def a_whole_cosine(got, progress, warmup):
    return progress >= warmup and close(got, (1 + math.cos(2 * math.pi * (progress - warmup) / (1 - warmup))) / 2)


@catches("A cosine goes from 1 to −1, and a rate below 0 would unlearn. Lift it by 1 and halve it.")
def below_0(got, progress, warmup):
    return progress >= warmup and close(got, math.cos(math.pi * (progress - warmup) / (1 - warmup)))


@catches("Twice too high: 1 + cos goes from 2 to 0. Halve it.")
def twice_too_high(got, progress, warmup):
    return progress >= warmup and close(got, 2 * _fall((progress - warmup) / (1 - warmup)))


@catches("The way down is a line. Wanted is half a cosine: slow at first, fast in the middle, slow at the end.")
def in_a_line(got, progress, warmup):
    return progress >= warmup and close(got, (1 - progress) / (1 - warmup))


@catches("The cosine stops at a quarter of its circle, from 0 to π/2. Half a cosine goes from 0 to π, and from 1 to −1: "
         "lift it by 1 and halve it.")
def a_quarter_of_a_cosine(got, progress, warmup):
    t = (progress - warmup) / (1 - warmup)
    ways = (math.cos(math.pi / 2 * t), 1 - math.sin(math.pi / 2 * t))
    return progress >= warmup and any(close(got, way) for way in ways)


@catches("`math.cos` takes radians, and this is in degrees: half a turn is `math.pi`.")
def in_degrees(got, progress, warmup):
    t = (progress - warmup) / (1 - warmup)
    return progress >= warmup and close(got, (1 + math.cos(180 * t)) / 2)


@catches("The way down goes up: 1 − cos rises from 0 to 2. It is 1 + cos that falls.")
def upside_down(got, progress, warmup):
    return progress >= warmup and close(got, 1 - _fall((progress - warmup) / (1 - warmup)))


@catches("Line and cosine are multiplied, so both act at once. The line counts as long as the warm-up lasts, and the "
         "cosine after it, by a clock that starts there.")
def multiplied(got, progress, warmup):
    return warmup > 0 and close(got, min(progress / warmup, 1) * _fall(progress))


@catches("The rate does not end at 0: something is left over. Half a cosine, halved and lifted, is 0 at its end.")
def a_rest_is_left(got, progress, warmup):
    fall = _fall((progress - warmup) / (1 - warmup))
    return progress >= warmup and any(close(got, rest + (1 - rest) * fall) for rest in (0.01, 0.05, 0.1))


@catches("During the warm-up the rate is 0, or hardly above it. It rises in a line, from 0 to 1: `progress / warmup`.")
def no_rise(got, progress, warmup):
    return progress < warmup and any(close(got, way) for way in (0.0, progress * warmup))


@catches("The warm-up is a cosine too. Wanted is a line: `progress / warmup`.")
def curved_warmup(got, progress, warmup):
    return progress < warmup and close(got, 1 - _fall(progress / warmup))


EXERCISE = Exercise(
    "warmup_cosine", "20_scaling", "A rate that ends with the budget", minutes=8, difficulty=2, importance=4,
    reference=training.warmup_cosine, returns=("share",), cases=warmup_cosine_cases, used_in="in every training below",
    mistakes=(divided_by_no_warmup, no_warmup, full_at_once, cosine_from_the_start, not_quite_0_at_the_end, a_whole_cosine,
              below_0, twice_too_high, in_a_line, a_quarter_of_a_cosine, in_degrees, upside_down, multiplied,
              a_rest_is_left, no_rise, curved_warmup),
    hints=("There are two pieces, and they meet at height 1 where the warm-up ends.",
           "The first piece is a ratio. The second has a clock of its own that starts at 0 when the warm-up is over and "
           "stands at 1 when the run is.",
           "`progress / warmup` as long as `progress < warmup`, then `(1 + math.cos(math.pi * t)) / 2` with "
           "`t = (progress - warmup) / (1 - warmup)`."),
)
