"""How a claim gets its verdict: for each, one plain function of the numbers on file.

A rule asks `lookup.value(rows=rows, ...)` for its numbers, so that a missing one is "not measured yet", and returns
Verdict(HOLDS, first=0.54, second=0.41): the verdict, and the numbers that it compared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .lookup import NotMeasured, select, value
from .row import Row
from .verdicts import FAILS, HOLDS, UNDECIDABLE, Verdict


def transfer_speed(rows: Sequence[Row]) -> Verdict:
    """Fine-tuned against from scratch, on every target and with every number of labels that are on file.

    Faster means that from scratch takes 1.25 times as many steps or more to reach 95% of its own final accuracy; hardly
    better, that fine-tuning ends at most 0.03 above it. The claim holds if both are so everywhere. It does not if, anywhere,
    the old weights save no step (a factor of 1 or less) or end 0.05 above or more. In between, nothing is decided.
    """
    measured = [row for row in rows if row.method == "fine-tuned" and row.metric == "accuracy"]
    settings = sorted({(row.data, row.size) for row in measured}) or [("", 0)]
    speed_ups, gains = {}, {}
    for data, size in settings:
        steps, final = (
            [value(rows=rows, method=arm, data=data, size=size, metric=metric) for arm in ("from scratch", "fine-tuned")]
            for metric in ("steps to 95%", "accuracy")
        )
        speed_ups[data, size], gains[data, size] = steps[0] / steps[1], final[1] - final[0]
    slowest, largest = min(speed_ups.values()), max(gains.values())
    most = max(size for _, size in settings)
    numbers = dict(
        smallest_speed_up=slowest, largest_gain=largest,
        gain_with_most_labels=max(gain for (_, size), gain in gains.items() if size == most),
    )
    if slowest >= 1.25 and largest <= 0.03:
        return Verdict(HOLDS, **numbers)
    return Verdict(FAILS if slowest <= 1 or largest >= 0.05 else UNDECIDABLE, **numbers)


def label_free(rows: Sequence[Row]) -> Verdict:
    """Features learned without a label against raw pixels and an untrained network: lab 04, both protocols.

    A method's lead is its accuracy minus the better of the two baselines', under kNN or the linear probe, whichever
    lead is the smaller one. The claim speaks of features learned without a label in general, so it *holds* where every such
    method leads by more than a point (about the 95% interval of 10,000 test images), and *does not* where every one
    trails by more than a point. Where one method leads and another does not, it depends on the method and not on the
    absence of labels: the sentence as it stands is *not decidable*, and the two leads say which is which.
    """
    rows = select(rows, lab="04_evaluating_representations", data="cifar10", metric="accuracy")
    leads = {}
    for method in ("SimCLR", "autoencoder"):
        ahead = []
        for protocol in ("kNN", "linear probe"):
            bar = max(value(rows=rows, method=name, protocol=protocol) for name in ("raw pixels", "random network"))
            ahead.append(value(rows=rows, method=method, protocol=protocol) - bar)
        leads[method] = min(ahead)
    said = HOLDS if min(leads.values()) > 0.01 else FAILS if max(leads.values()) < -0.01 else UNDECIDABLE
    return Verdict(said, **{f"{method} lead": lead for method, lead in leads.items()})


def calibration(rows: Sequence[Row]) -> Verdict:
    """Is a classifier on self-supervised features better calibrated? First part, lab 04: by the expected error (ECE).

    Two comparisons, each with the same head, labels and test images on both sides, so that only the features differ: a
    linear probe on SimCLR's features against one on a supervised network's; and, with 500 labels, SimCLR's network
    fine-tuned against one trained from scratch. A gap is the other side's ECE minus SimCLR's, of one seed. The claim
    *holds* where every gap, in both comparisons and of every seed, exceeds 0.01, *does not* where every gap is below
    -0.01, and is *not decidable* otherwise. (On 8,000 images a perfectly calibrated classifier scores about 0.015 itself,
    on either side of a gap.)
    """
    rows = select(rows, lab="04_evaluating_representations", data="cifar10", metric="ECE")
    compared = {"probe": ("linear probe", "supervised"), "few labels": ("fine-tuned, 500 labels", "random network")}
    gaps = {}
    for name, (protocol, other) in compared.items():
        ours, theirs = ({row.seed: row.value for row in select(rows, method=method, protocol=protocol)}
                        for method in ("SimCLR", other))
        gaps[name] = [theirs[seed] - ours[seed] for seed in sorted(ours.keys() & theirs.keys())]
        if not gaps[name]:
            raise NotMeasured(f"ECE, {protocol}: SimCLR and {other} share no seed")
    every = [gap for found in gaps.values() for gap in found]
    said = HOLDS if min(every) > 0.01 else FAILS if max(every) < -0.01 else UNDECIDABLE
    return Verdict(said, **{f"{name} gap": sum(found) / len(found) for name, found in gaps.items()})


def pretext_depth(rows: Sequence[Row]) -> Verdict:
    """Does the block whose features serve best differ between pretext tasks? Lab 08, a linear probe after every block.

    Two tasks *disagree* as far as the smaller of their two losses when each is probed at the other's best block. Under both
    ways of pooling a block's map (about 512 numbers; one number a channel), the claim *holds* if some two tasks disagree by
    0.01 or more. It *does not* if under both all tasks have one best block, 0.01 or more ahead of every other. Otherwise,
    also where the two poolings say different things, it is not decidable. Rotation and SimCLR are needed, others join in.
    """
    blocks = range(1, 5)
    asked = ["rotation", "SimCLR"]
    asked += [task for task in ("jigsaw", "colorization") if select(rows, method=task, protocol=_probe_at(1, "512 numbers"))]
    disagree, agree, numbers = [], [], {}
    for pooling in ("512 numbers", "one a channel"):
        curves = {task: {b: value(rows=rows, method=task, protocol=_probe_at(b, pooling), metric="accuracy") for b in blocks}
                  for task in asked}
        best = {task: max(curve, key=curve.__getitem__) for task, curve in curves.items()}
        loss = {(one, other): curves[one][best[one]] - curves[one][best[other]] for one in asked for other in asked}
        disagree.append(max(min(loss[pair], loss[pair[::-1]]) for pair in loss))
        lead = min(sorted(curve.values())[-1] - sorted(curve.values())[-2] for curve in curves.values())
        agree.append(lead if len(set(best.values())) == 1 else 0.0)
        numbers |= {f"{task} best block, {pooling}": block for task, block in best.items()}
        numbers[f"disagreement, {pooling}"] = disagree[-1]
    said = HOLDS if min(disagree) >= 0.01 else FAILS if min(agree) >= 0.01 else UNDECIDABLE
    return Verdict(said, **numbers)


def _probe_at(block: int, pooling: str) -> str:
    return f"linear probe, block {block}, {pooling}"


#: claim id -> rule, given the committed rows of the claim's labs
RULES: dict[str, Callable[[Sequence[Row]], Verdict]] = {
    "pretext-depth": pretext_depth,
    "label-free": label_free,
    "calibration": calibration,
    "transfer-speed": transfer_speed,
}
