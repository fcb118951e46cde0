"""Claims about a student and its moving average: lab 15."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..deciding import Contrast, decide, over_images
from ..lookup import NotMeasured, select
from ..row import Row
from ..verdicts import Ruling
from .arms import IMAGES, arm, images_error, shared

OWN, MEAN = "entropy", "entropy of the mean"


def center_sharpen(rows: Sequence[Row]) -> Ruling:
    """DINO with centring and sharpening, and with each alone: lab 15, the teacher's entropies at the last step.

    Both entropies are shares of ln K, their largest value: that of one image's distribution over the K outputs, on average,
    and that of the images' mean distribution. Asked is all of this: centring alone is *uniform*, a share of the first above
    0.95; sharpening alone is *one dimension*, a share of the second below 0.05; both together are neither, a first share
    below 0.9 and a second above 0.1 that exceeds the first by 0.05, so that the outputs tell images apart.
    """
    rows = select(rows, lab="15_dino", data="cifar10", protocol="last step")
    both, centred, sharp = "centring and sharpening", "centring alone", "sharpening alone"
    share = {(name, of): arm(rows, method=name, metric=f"{of} / ln K")
             for name in (both, centred, sharp) for of in (OWN, MEAN)}
    seeds = shared(*share.values())
    own, mean = ({name: tuple(share[name, of][seed] for seed in seeds) for name in (both, centred, sharp)}
                 for of in (OWN, MEAN))
    apart = tuple(second - first for first, second in zip(own[both], mean[both]))
    numbers = {f"{name}, {of} / ln K": sum(found[name]) / len(seeds)
               for name in (both, centred, sharp) for of, found in ((OWN, own), (MEAN, mean))}
    return decide([
        Contrast("", "centring alone, share of an image's entropy", own[centred], 0.95, unit=""),
        Contrast("", "sharpening alone, share of the mean answer's entropy", mean[sharp], 0.05, below=True, unit=""),
        Contrast("", "both, share of an image's entropy", own[both], 0.9, below=True, unit=""),
        Contrast("", "both, share of the mean answer's entropy", mean[both], 0.1, unit=""),
        Contrast("", "both, the second share over the first", apart, 0.05, unit=""),
    ], numbers=numbers)


def teacher_leads(rows: Sequence[Row]) -> Ruling:
    """The kNN accuracy of DINO's teacher and of its student while they train: lab 15, on the same 10,000 test images.

    The claim says *throughout*: asked is a lead above 0 at every look, and one of half a point or more on average over the
    looks. How far the images alone move a lead is on file.
    """
    rows = select(rows, lab="15_dino", data="cifar10")
    looks = sorted({row.protocol for row in select(rows, method="DINO, teacher") if row.protocol.startswith("kNN after ")},
                   key=lambda look: int(re.search(r"\d+", look)[0]))
    if len(looks) < 4:
        raise NotMeasured("the kNN accuracy of DINO's teacher and student after four or more numbers of steps")
    contrasts = []
    for look in looks:
        teacher, student = (arm(rows, method=f"DINO, {who}", protocol=look, metric="accuracy")
                            for who in ("teacher", "student"))
        seeds = shared(teacher, student)
        level = [sum(found[seed] for seed in seeds) / len(seeds) for found in (teacher, student)]
        noise = images_error(rows, over_images(*level, images=IMAGES), method="DINO, teacher minus student", protocol=look)
        leads = tuple(teacher[seed] - student[seed] for seed in seeds)
        contrasts.append(Contrast("", f"lead {look.removeprefix('kNN ')}", leads, 0.0, noise=noise))
    means, count = [contrast.mean for contrast in contrasts], len(contrasts)
    per_seed = tuple(sum(each) / count for each in zip(*(contrast.effects for contrast in contrasts)))
    noise = images_error(rows, sum(contrast.noise for contrast in contrasts) / count, method="DINO, teacher minus student",
                         protocol="kNN, mean over the looks")
    contrasts.append(Contrast("", "lead on average", per_seed, 0.005, noise=noise))
    return decide(contrasts, numbers={"smallest_lead": min(means), "mean_lead": sum(means) / len(means)})
