"""Claims about learning from two views: labs 10 and 11."""

from __future__ import annotations

from collections.abc import Sequence

from ..deciding import Contrast, decide, over_images
from ..lookup import select
from ..row import Row
from ..verdicts import Ruling
from .arms import IMAGES, accuracy_over, arm, images_error, shared

FEW, MANY = "500 labels, equal steps", "5,000 labels, equal steps"


def views_matter(rows: Sequence[Row]) -> Ruling:
    """SimCLR on views by crop and colour against crop alone, colour alone and the untrained network, for equally many steps.

    Lab 10, each protocol a setting; δ is one point.
    """
    rows = select(rows, lab="10_simclr", data="cifar10")
    return decide([
        accuracy_over(rows, protocol, f"both over {name}", this={"method": "SimCLR, crop and colour"}, that={"method": other},
                      fixed=other == "random network", protocol=protocol)
        for protocol in ("kNN", "linear probe")
        for name, other in (("crop alone", "SimCLR, crop alone"), ("colour alone", "SimCLR, colour alone"),
                            ("no training", "random network"))], on="the protocol")


def bigger_and_distilled(rows: Sequence[Row]) -> Ruling:
    """Do size and distillation gain more with 1% of the labels than with 10%? Lab 11; a seed draws the labelled images.

    Gains are over the small SimCLR network that was fine-tuned; all arms take as many steps of as many images. Each of the
    two, size and distillation, is a setting, of which two things are asked: that it gains a point or more with 500 labels,
    and that this gain exceeds the one with 5,000 by a point or more.
    """
    rows = select(rows, lab="11_simclr_v2", data="cifar10")
    small = {labels: arm(rows, method="fine-tuned", protocol=labels, metric="accuracy") for labels in (FEW, MANY)}
    contrasts, numbers = [], {}
    for name, method in (("a bigger network", "big, fine-tuned"), ("distillation", "distilled")):
        other = {labels: arm(rows, method=method, protocol=labels, metric="accuracy") for labels in (FEW, MANY)}
        seeds = shared(*small.values(), *other.values())
        gains = {labels: [other[labels][seed] - small[labels][seed] for seed in seeds] for labels in (FEW, MANY)}
        level = {labels: [sum(found[labels][seed] for seed in seeds) / len(seeds) for found in (other, small)]
                 for labels in (FEW, MANY)}
        extra = tuple(few - many for few, many in zip(gains[FEW], gains[MANY]))
        at_most = over_images(*level[FEW], images=IMAGES), over_images(*level[FEW], *level[MANY], images=IMAGES)
        noise = [images_error(rows, bound, method=f"{method} minus fine-tuned", protocol=protocol)
                 for bound, protocol in zip(at_most, (FEW, "the gain with 500 over that with 5,000"))]
        contrasts += [Contrast(name, "gain with 500 labels", tuple(gains[FEW]), 0.01, noise=noise[0]),
                      Contrast(name, "gain with 500 labels over that with 5,000", extra, 0.01, noise=noise[1])]
        numbers[f"gain with 5,000 labels, {name}"] = sum(gains[MANY]) / len(seeds)
    return decide(contrasts, on="which of the two", numbers=numbers)
