"""How a claim gets its verdict: for each, one plain function of the numbers on file.

A rule asks `lookup.value(rows=rows, ...)` for its numbers, so that a missing one is "not measured yet", and returns
Verdict(HOLDS, first=0.54, second=0.41): the verdict, and the numbers that it compared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .lookup import NotMeasured, select, value
from .row import Row
from .rule_lab11 import bigger_and_distilled
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
    """Features learned without a label against raw pixels and an untrained network, under both protocols.

    Lab 04 has two such methods, SimCLR and an autoencoder, and both baselines. Lab 10's SimCLR, trained longer, is held
    against the same baselines, where it has been measured.

    A method's lead is its accuracy minus the better of the two baselines', under kNN or the linear probe, whichever
    lead is the smaller one. The claim speaks of features learned without a label in general, so it *holds* where every such
    method leads by more than a point (about the 95% interval of 10,000 test images), and *does not* where every one
    trails by more than a point. Where one method leads and another does not, it depends on the method and not on the
    absence of labels: the sentence as it stands is *not decidable*, and the two leads say which is which.
    """
    rows = select(rows, data="cifar10", metric="accuracy")
    here, longer = (select(rows, lab=lab) for lab in ("04_evaluating_representations", "10_simclr"))
    found = {method: (here, method) for method in ("SimCLR", "autoencoder")}
    if all(select(longer, method="SimCLR", protocol=protocol) for protocol in ("kNN", "linear probe")):
        found["SimCLR of lab 10"] = longer, "SimCLR"
    leads = {}
    for name, (measured, method) in found.items():
        ahead = []
        for protocol in ("kNN", "linear probe"):
            bar = max(value(rows=here, method=other, protocol=protocol) for other in ("raw pixels", "random network"))
            ahead.append(value(rows=measured, method=method, protocol=protocol) - bar)
        leads[name] = min(ahead)
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


def views_matter(rows: Sequence[Row]) -> Verdict:
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
    return Verdict(said, **numbers)


def _probe_at(block: int, pooling: str) -> str:
    return f"linear probe, block {block}, {pooling}"


def center_sharpen(rows: Sequence[Row]) -> Verdict:
    """DINO with centring and sharpening, and with each alone: lab 15, the teacher's entropies at the last step.

    Both entropies are shares of ln K, their largest value: that of one image's distribution over the K outputs, on average,
    and that of the images' mean distribution. *Uniform* is a share of the first of 0.95 or more; *one dimension* a share of
    the second of 0.05 or less; *neither* a first share of 0.9 or less and a second that is 0.1 or more and above the first
    by 0.05 or more, so that the outputs tell images apart. The claim *holds* where, in every seed, centring alone is
    uniform, sharpening alone is one dimension, and both together are neither. It *does not* where, in every seed, one of
    the three is far from it: centring alone a first share below 0.9, sharpening alone a second share above 0.1, or both
    together one of the two collapses. Otherwise it is not decidable. Seeds that not all three have are left out.
    """
    rows = select(rows, lab="15_dino", data="cifar10", protocol="last step")
    arms = ("centring and sharpening", "centring alone", "sharpening alone")
    share = {(arm, of): {row.seed: row.value for row in select(rows, method=arm, metric=f"{of} / ln K")}
             for arm in arms for of in ("entropy", "entropy of the mean")}
    seeds = sorted(set.intersection(*(set(found) for found in share.values())))
    if not seeds:
        raise NotMeasured(f"{', '.join(arms)}: no seed in common")
    own, mean = ({arm: [share[arm, of][seed] for seed in seeds] for arm in arms} for of in ("entropy", "entropy of the mean"))
    both, centred, sharp = arms
    gaps = [second - first for first, second in zip(own[both], mean[both])]
    neither = max(own[both]) <= 0.9 and min(mean[both]) >= 0.1 and min(gaps) >= 0.05
    collapsed = min(own[both]) >= 0.95 or max(mean[both]) <= 0.05
    numbers = {f"{arm}, entropy / ln K": sum(own[arm]) / len(seeds) for arm in arms}
    numbers |= {f"{arm}, entropy of the mean / ln K": sum(mean[arm]) / len(seeds) for arm in arms}
    if neither and min(own[centred]) >= 0.95 and max(mean[sharp]) <= 0.05:
        return Verdict(HOLDS, **numbers)
    return Verdict(FAILS if collapsed or max(own[centred]) < 0.9 or min(mean[sharp]) > 0.1 else UNDECIDABLE, **numbers)


def teacher_leads(rows: Sequence[Row]) -> Verdict:
    """The kNN accuracy of DINO's teacher and of its student while they train: lab 15, seed by seed.

    A lead is the teacher's accuracy minus the student's after the same number of steps, on the same images. The claim says
    *throughout*, so it *holds* where every lead of every seed is above 0, and the mean lead of every seed above 0.005. It
    *does not* where in every seed some lead is below -0.005, or the mean lead is 0 or less. Otherwise it is not decidable.
    (The two vote on the same images, so that half a point is more than chance does to both.)
    """
    rows = select(rows, lab="15_dino", data="cifar10", metric="accuracy")
    teacher, student = ({(row.seed, row.protocol): row.value for row in select(rows, method=f"DINO, {who}")
                         if row.protocol.startswith("kNN after ")} for who in ("teacher", "student"))
    leads: dict[int, list[float]] = {}
    for seed, protocol in sorted(teacher.keys() & student.keys()):
        leads.setdefault(seed, []).append(teacher[seed, protocol] - student[seed, protocol])
    if not leads or min(map(len, leads.values())) < 4:
        raise NotMeasured("the kNN accuracy of DINO's teacher and student after four or more numbers of steps")
    means = [sum(found) / len(found) for found in leads.values()]
    numbers = dict(smallest_lead=min(map(min, leads.values())), mean_lead=sum(means) / len(means))
    if numbers["smallest_lead"] > 0 and min(means) > 0.005:
        return Verdict(HOLDS, **numbers)
    behind = all(min(found) < -0.005 for found in leads.values()) or max(means) <= 0
    return Verdict(FAILS if behind else UNDECIDABLE, **numbers)


def probes_disagree(rows: Sequence[Row]) -> Verdict:
    """Are a kNN vote and a linear probe far apart for MAE, and close for DINO? Labs 14 and 15, ViTs with 64 patches.

    A gap is the probe's accuracy minus the vote's, on the same frozen features. In Oquab et al., table 4, it is 0.272 for
    MAE and 0.006 for DINO. The claim *holds* if DINO's gap is below 0.05 on either side of 0 and MAE's is larger by more
    than 0.05. It *does not* if MAE's gap is below 0.02, or no larger than DINO's. Otherwise nothing is decided.
    """
    gaps = {}
    for lab, method in (("14_masked_autoencoders", "MAE"), ("15_dino", "DINO, ViT")):
        knn, probe = (value(rows=rows, lab=lab, method=method, data="cifar10", protocol=protocol, metric="accuracy")
                      for protocol in ("kNN", "linear probe"))
        gaps[method] = probe - knn
    mae, dino = gaps.values()
    said = HOLDS if abs(dino) < 0.05 < mae - dino else FAILS if mae < 0.02 or mae <= dino else UNDECIDABLE
    return Verdict(said, **{f"{method} gap": gap for method, gap in gaps.items()})


#: claim id -> rule, given the committed rows of the claim's labs
RULES: dict[str, Callable[[Sequence[Row]], Verdict]] = {
    "center-sharpen": center_sharpen,
    "teacher-leads": teacher_leads,
    "bigger-and-distilled": bigger_and_distilled,
    "pretext-depth": pretext_depth,
    "probes-disagree": probes_disagree,
    "views-matter": views_matter,
    "label-free": label_free,
    "calibration": calibration,
    "transfer-speed": transfer_speed,
}
