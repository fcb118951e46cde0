"""Claims about learning from two views: labs 10 and 11."""

from __future__ import annotations

from collections.abc import Sequence

from ..lookup import NotMeasured, select, value
from ..row import Row
from ..verdicts import FAILS, HOLDS, UNDECIDABLE, Ruling


def views_matter(rows: Sequence[Row]) -> Ruling:
    """SimCLR on views by crop alone, by colour alone and by both, for the same number of steps: lab 10, both protocols.

    Two leads are taken for each seed and under each protocol: that of both together over the better of the two alone, and
    over the untrained network. The claim *holds* where every lead exceeds 0.01. It *does not* where, in every seed and
    under both protocols, one alone is ahead of both together by more than 0.01, or the untrained network is. Otherwise it is
    not decidable. Only seeds that all three have count; the untrained network is one and the same throughout.
    """
    rows = select(rows, lab="10_simclr", data="cifar10", metric="accuracy")
    arms = ("crop and colour", "crop alone", "colour alone")
    over_alone, over_untrained = {}, {}
    for protocol in ("kNN", "linear probe"):
        both, *alone = ({row.seed: row.value for row in select(rows, method=f"SimCLR, {arm}", protocol=protocol)}
                        for arm in arms)
        seeds = sorted(both.keys() & alone[0].keys() & alone[1].keys())
        if not seeds:
            raise NotMeasured(f"{protocol}: {', '.join(arms)} share no seed")
        untrained = value(rows=rows, method="random network", protocol=protocol)
        over_alone[protocol] = [both[seed] - max(arm[seed] for arm in alone) for seed in seeds]
        over_untrained[protocol] = [both[seed] - untrained for seed in seeds]
    first, second = (sum(found.values(), []) for found in (over_alone, over_untrained))
    said = HOLDS if min(first + second) > 0.01 else FAILS if max(first) < -0.01 or max(second) < -0.01 else UNDECIDABLE
    numbers = {f"lead over the better alone, {protocol}": min(found) for protocol, found in over_alone.items()}
    numbers |= {f"lead over the random network, {protocol}": min(found) for protocol, found in over_untrained.items()}
    return Ruling(said, **numbers)


def bigger_and_distilled(rows: Sequence[Row]) -> Ruling:
    """Do size and distillation gain more with 1% of the labels than with 10%? Lab 11, test accuracy, seed by seed.

    Two gains over the small SimCLR network that was fine-tuned: of the big network that was fine-tuned in the same way, and
    of the small one that was distilled; all three have taken as many steps of as many images. A seed draws the labelled
    images and orders the training, the same for every arm, so gains are taken within a seed; two seeds at least have to be on
    file. The claim *holds* if, for both and in every seed, the gain with 500 labels is above 0.01, and above the gain with
    5,000 by more than 0.01. It *does not* if, for either of the two and in every seed, the gain with 500 labels is below
    -0.01, or below the gain with 5,000 by more than 0.01. Otherwise it is not decidable. (0.01 is a margin: by chance alone
    the difference of two gains on 10,000 test images moves by about 0.014.)
    """
    rows = select(rows, lab="11_simclr_v2", data="cifar10", metric="accuracy")
    on_file = {(row.method, row.protocol, row.seed): row.value for row in rows}
    few, extra = {}, {}
    for name, arm in (("bigger", "big, fine-tuned"), ("distilled", "distilled")):
        protocols = ("500 labels, equal steps", "5,000 labels, equal steps")
        cells = [(method, protocol) for protocol in protocols for method in (arm, "fine-tuned")]
        shared = [seed for seed in sorted({row.seed for row in rows}) if all((*cell, seed) in on_file for cell in cells)]
        if len(shared) < 2:
            raise NotMeasured(f"{arm} and fine-tuned, at 500 and 5,000 labels: {len(shared)} seeds in common, wanted 2")
        gains = [[on_file[(*cells[i], seed)] - on_file[(*cells[i + 1], seed)] for seed in shared] for i in (0, 2)]
        few[name], extra[name] = gains[0], [one - other for one, other in zip(*gains)]
    smallest = [min(*few[name], *extra[name]) for name in few]
    against = [min(max(few[name]), max(extra[name])) for name in few]
    said = HOLDS if min(smallest) > 0.01 else FAILS if min(against) < -0.01 else UNDECIDABLE
    numbers = {}
    for name in few:
        numbers[f"{name} gain, 500 labels"] = sum(few[name]) / len(few[name])
        numbers[f"{name} gain, 5,000 labels"] = numbers[f"{name} gain, 500 labels"] - sum(extra[name]) / len(extra[name])
    return Ruling(said, **numbers)
