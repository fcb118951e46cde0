"""Lab 05's sentences about results: each is chosen by what was measured, here or on file."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from torch import Tensor

from .. import results, runtime
from ..widgets import decide
from ..widgets.decide import TIE

LAB = "05_transfer_learning"
DATA = {"near": "cifar10, four classes", "far": "fashion_mnist"}
LABELS = (100, 500, 2_500)
SETTINGS = tuple((task, labels) for task in DATA for labels in LABELS)
CANNOT = "these runs can't tell"
#: what guess_speed offers: (words, from how many times as many steps, to how many)
TIMES = (("no more, or fewer", 0.0, 1.0), ("up to one and a half times as many", 1.0, 1.5),
         ("one and a half to six times as many", 1.5, 6.0), ("more than six times as many", 6.0, math.inf))

Measured = Mapping[tuple, Mapping[str, float]]      # {(task, labels, arm, seed): {metric: value}}


def setting_name(setting: tuple[str, int]) -> str:
    return f"{setting[0]}, {setting[1]:,} labels"


def by_seed(setting: tuple[str, int], arm: str, metric: str, measured: Measured) -> dict[int, float]:
    """{seed: value}: this run's, and otherwise those of the course's file."""
    task, labels = setting
    own = {key[3]: found[metric] for key, found in measured.items() if key[:3] == (task, labels, arm)}
    rows = [] if own else results.select(results.committed(runtime.machine()), lab=LAB, method=arm, data=DATA[task],
                                         protocol="fine-tuning", metric=metric, size=labels)
    return own or {row.seed: row.value for row in rows}


def _paired(setting: tuple[str, int], metric: str, measured: Measured) -> list[tuple[float, float]]:
    """(fresh, old start) in each seed that both have."""
    fresh, old = (by_seed(setting, arm, metric, measured) for arm in ("from scratch", "fine-tuned"))
    return [(fresh[seed], old[seed]) for seed in sorted(set(fresh) & set(old))]


def gains(setting: tuple[str, int], measured: Measured) -> list[float]:
    """How far the old start ends above the fresh one, seed by seed."""
    return [old - fresh for fresh, old in _paired(setting, "accuracy", measured)]


def speed_ups(setting: tuple[str, int], measured: Measured) -> list[float]:
    """How many times as many steps the fresh one needs to the level, seed by seed."""
    return [fresh / old for fresh, old in _paired(setting, "steps to 95%", measured)]


def interval(values: Sequence[float]) -> tuple[float, float]:
    """The 95% interval of the mean, Student's t over the values."""
    from scipy.special import stdtrit

    n, mean = len(values), sum(values) / len(values)
    deviation = (sum((value - mean) ** 2 for value in values) / (n - 1)) ** 0.5
    half = float(stdtrit(n - 1, 0.975)) * deviation / n**0.5
    return mean - half, mean + half


def faster(measured: Measured, setting: tuple[str, int] = ("near", 500)) -> tuple[str, str]:
    """The option that holds the whole interval of the factor over the seeds, if one does; and the numbers."""
    times = speed_ups(setting, measured)
    logs = [math.log(factor) for factor in times]
    low, high = (math.exp(end) for end in interval(logs))
    option = next((words for words, start, end in TIMES if start <= low and high <= end), CANNOT)
    steps = [sum(side) / len(times) for side in zip(*_paired(setting, "steps to 95%", measured))]
    return option, (
        f"{math.exp(sum(logs) / len(logs)):.1f} times as many, on average over {len(times)} seeds "
        f"({', '.join(f'{factor:.1f}' for factor in times)}; 95% interval {low:.1f} to {high:.1f}): {steps[0]:.0f} steps "
        f"against {steps[1]:.0f}.")


def most_ahead(right: Mapping[tuple[int, str], Tensor]) -> tuple[str, str]:
    """With how many labels the old start ends furthest ahead, image by image; right[labels, arm] of the near task."""
    leads = {labels: right[labels, "fine-tuned"].float() - right[labels, "from scratch"].float() for labels in LABELS}
    option = decide({f"with {labels:,}": lead.tolist() for labels, lead in leads.items()})
    said = ", ".join(f"{100 * lead.mean():+.1f} with {labels:,} labels" for labels, lead in leads.items())
    return option, (f"Points of accuracy by which the old start ends ahead: {said}. The interval is over the test "
                    "photographs, for one draw of the labelled ones.")


def higher(right: Mapping[str, Tensor]) -> tuple[str, str]:
    """Where the frozen network ends beside the fresh one, image by image; right[arm] of one setting."""
    outcome = decide({arm: right[arm].float().tolist() for arm in ("frozen", "from scratch")})
    option = {"frozen": "above it", "from scratch": "below it", TIE: TIE}[outcome]
    return option, ", ".join(f"{arm} {found.float().mean():.1%}" for arm, found in right.items()) + "."


def farther(right: Mapping[str, Tensor], first: str, last: str) -> tuple[str, str]:
    """Which half of the old network brings more, image by image; right[arm] for 0, 2 and 4 blocks and the scale."""
    share = {arm: found.float() for arm, found in right.items()}
    halves = {first: share["2 of 4 blocks"] - share["0 of 4 blocks"], last: share["4 of 4 blocks"] - share["2 of 4 blocks"]}
    said = "; ".join(f"{half} {100 * gain.mean():+.1f} points" for half, gain in halves.items())
    scale = 100 * (share["scale only"] - share["0 of 4 blocks"]).mean()
    return decide({half: gain.tolist() for half, gain in halves.items()}), (
        f"At the end of the training: {said}. The scale of the weights alone: {scale:+.1f}. The interval is over the test "
        "photographs, for one seed.")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1]


def record_images_error(right: Mapping[tuple, Tensor], names: Mapping[str, str]) -> None:
    """Keep how far the test images alone move the gain of fine-tuning: right is {(task, labels, arm, seed): hits, (N,)}."""
    for (task, labels, arm, seed), hit in right.items():
        fresh = right.get((task, labels, "from scratch", seed))
        if arm == "fine-tuned" and fresh is not None:
            results.record_images_error(
                hit.double() - fresh.double(), lab="05_transfer_learning", method="fine-tuned minus from scratch",
                data=names[task], protocol="fine-tuning", seed=seed, size=labels)


def what_pays() -> str:
    """What the file says of the final accuracy and of the speed, setting by setting, with their intervals over the seeds."""
    found = {s: (gains(s, {}), speed_ups(s, {})) for s in SETTINGS}
    found = {s: both for s, both in found.items() if len(both[0]) > 1}
    if not found:
        return "This kind of machine has not measured the whole grid yet, so nothing is said of it here."
    ahead = [s for s, (gain, _) in found.items() if interval(gain)[0] > 0]
    behind = [s for s, (gain, _) in found.items() if interval(gain)[1] < 0]
    quick = [s for s, (_, times) in found.items() if interval([math.log(factor) for factor in times])[0] > 0]

    def points(s: tuple[str, int]) -> str:
        return f"{setting_name(s)} ({100 * sum(found[s][0]) / len(found[s][0]):+.1f})"

    def names(settings: Sequence[tuple[str, int]]) -> str:
        return _listed([setting_name(s) for s in settings])

    rest = [s for s in found if s not in ahead and s not in behind]
    said = [f"**On file, {len(next(iter(found.values()))[0])} seeds.**"]
    if ahead:
        said.append(f"The old start *ends* ahead, in points: {_listed([points(s) for s in ahead])}.")
    if behind:
        said.append(f"It ends behind: {_listed([points(s) for s in behind])}.")
    if rest:
        said.append(f"No difference at the end that these seeds can see: {names(rest)}.")
    slow = [s for s in found if s not in quick]
    if quick:
        said.append(f"It is *faster*: {names(quick)}.")
    if slow:
        said.append(f"Not faster, as far as these seeds can tell: {names(slow)}.")
    return " ".join(said)


def carried(metric: str = "accuracy, mean over the curve") -> str:
    """How much of the lead, averaged over the curve, each further block brings, from the file; near, 500 labels."""
    arms = [*(f"{k} of 4 blocks" for k in range(5)), "scale only"]
    found = {arm: by_seed(("near", 500), arm, metric, {}) for arm in arms}
    seeds = sorted(set.intersection(*map(set, found.values())))
    if len(seeds) < 2:
        return "This kind of machine has not measured the transfer of blocks with several seeds yet."
    each = {arm: [part[seed] for seed in seeds] for arm, part in found.items()}
    said = []
    for what, arm, under in (("the stem", arms[1], arms[0]), ("layer1", arms[2], arms[1]), ("layer2", arms[3], arms[2]),
                             ("layer3", arms[4], arms[3]), ("the scale alone", arms[5], arms[0])):
        gain = [a - b for a, b in zip(each[arm], each[under])]
        low, high = interval(gain)
        doubt = " (no difference that they can see)" if low <= 0 <= high else ""
        said.append(f"{what} {100 * sum(gain) / len(gain):+.1f}{doubt}")
    return (f"**On file, {len(seeds)} seeds**, points of accuracy averaged over the curve: {_listed(said)}. The first four "
            "add up to the whole lead.")


def two_lives(lives: Mapping[str, tuple[Tensor, Tensor]]) -> str:
    """What the three trainings did to the stem, and the last block of the fresh and of the old network beside each other."""
    listed = ([side.tolist() for side in pair] for pair in lives.values())
    (old, _), (tuned, tuned_same), (scratch, scratch_same) = listed
    text = (f"The old task moved the stem by {old[0]:.0%} of its length, fine-tuning by {tuned[0]:.0%}; from scratch, the "
            f"new task moved it by {scratch[0]:.0%}. ")
    if max(tuned[0], scratch[0]) < old[0] / 2:
        text += ("A short training on a few hundred images hardly redraws the filters next to the image, in either "
                 "network. What a transferred stem brings along is what the longer training on 30,000 images made of it. ")
    text += (f"In the last block the fresh network moved by {scratch[-1]:.0%}, and its outputs have a CKA of "
             f"{scratch_same[-1]:.2f} with those before; the old one moved by {tuned[-1]:.0%} and has {tuned_same[-1]:.2f}. ")
    if scratch[-1] < tuned[-1] and scratch_same[-1] < tuned_same[-1]:
        text += "The fresh one's weights moved less, and it says less of what it said before: distance is not meaning."
    return text
