"""Claims about a student and its moving average: lab 15."""

from __future__ import annotations

from collections.abc import Sequence

from ..lookup import NotMeasured, select
from ..row import Row
from ..verdicts import FAILS, HOLDS, UNDECIDABLE, Ruling


def center_sharpen(rows: Sequence[Row]) -> Ruling:
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
        return Ruling(HOLDS, **numbers)
    return Ruling(FAILS if collapsed or max(own[centred]) < 0.9 or min(mean[sharp]) > 0.1 else UNDECIDABLE, **numbers)


def teacher_leads(rows: Sequence[Row]) -> Ruling:
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
        return Ruling(HOLDS, **numbers)
    behind = all(min(found) < -0.005 for found in leads.values()) or max(means) <= 0
    return Ruling(FAILS if behind else UNDECIDABLE, **numbers)
