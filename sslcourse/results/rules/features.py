"""Claims about what a frozen representation is worth: labs 02, 04, 07, 08, 10, 14 and 15."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from ..deciding import Contrast, decide, over_images
from ..lookup import NotMeasured, select, value
from ..row import Row
from ..verdicts import Ruling
from .arms import IMAGES, accuracy_over, arm, shared
from .bench import calibration_contrasts

PROTOCOLS = ("kNN", "linear probe")
# Who learned without a label, and the network of the same shape with drawn weights: (name, lab, method, untrained).
WITHOUT_LABELS = (
    ("an autoencoder", "02_autoencoders", "autoencoder", "untrained encoder"),
    ("a convolutional autoencoder", "04_evaluating_representations", "autoencoder", "random network"),
    ("SimCLR", "04_evaluating_representations", "SimCLR", "random network"),
    ("jigsaw", "07_jigsaw", "jigsaw", "random network"),
    ("SimCLR, longer", "10_simclr", "SimCLR, crop and colour", "random network"),
)
TASKS = ("rotation", "SimCLR", "jigsaw", "colorization")


def label_free(rows: Sequence[Row]) -> Ruling:
    """Features learned without a label against raw pixels and an untrained network of the same shape, by both protocols.

    Each method that has been measured is a setting, of labs 02, 04, 07 and 10; in each, four contrasts (two rulers, two
    baselines) with a δ of one point. Raises NotMeasured before the two of lab 04 are on file, and the pixels.
    """
    rows = select(rows, lab=[lab for _, lab, _, _ in WITHOUT_LABELS], data="cifar10", metric="accuracy")
    pixels = select(rows, lab="04_evaluating_representations", method="raw pixels")
    contrasts = []
    for name, lab, method, untrained in WITHOUT_LABELS:
        here = select(rows, lab=lab)
        if lab != "04_evaluating_representations" and not select(here, method=method, protocol=PROTOCOLS[0]):
            continue
        for protocol, (bar, other, those) in itertools.product(PROTOCOLS, (
                ("raw pixels", "raw pixels", pixels), ("no training", untrained, here))):
            contrasts.append(accuracy_over(
                [*here, *([] if those is here else those)], name, f"{protocol}, over {bar}", protocol=protocol,
                this={"method": method, "lab": lab}, that={"method": other, "lab": [row.lab for row in those]},
                fixed=bar == "raw pixels" or len(select(here, method=other, protocol=protocol)) == 1))
    return decide(contrasts, on="the method")


def calibration(rows: Sequence[Row]) -> Ruling:
    """Is a classifier on self-supervised features better calibrated? In lab 04 by the expected error, then by the bench.

    In lab 04 two settings, each with the same head, labels and test images on both sides, so that only the features
    differ: a linear probe on SimCLR's features against one on a supervised network's; and, with 500 labels, SimCLR's
    network fine-tuned against one trained from scratch. The effect is the other side's ECE minus SimCLR's; δ is 0.3
    points. What the test images add to it is on file from a paired bootstrap. (On 8,000 images a perfectly calibrated
    classifier scores about 1.5 points itself, on either side.) The bench adds a setting for each of its networks.
    """
    bench, rows = rows, select(rows, lab="04_evaluating_representations", data="cifar10")
    contrasts = []
    for setting, protocol, other in (("a linear probe", "linear probe", "supervised"),
                                     ("500 labels", "fine-tuned, 500 labels", "random network")):
        ours, theirs = (arm(rows, method=method, protocol=protocol, metric="ECE") for method in ("SimCLR", other))
        noise = value(rows=rows, protocol=protocol, metric="ECE, standard error over images")
        effects = tuple(theirs[seed] - ours[seed] for seed in shared(ours, theirs))
        contrasts.append(Contrast(setting, "error less than the other's by", effects, 0.003, noise=noise))
    return decide([*contrasts, *calibration_contrasts(bench)], on="the classifier")


def pretext_depth(rows: Sequence[Row]) -> Ruling:
    """Does the block whose features serve best differ between pretext tasks? Lab 08, a linear probe after every block.

    Rotation against each other task that is on file, under both ways of pooling a block's map. Two things are asked: that
    rotation's own best block serves it better than the other's best block does, by a point, and the same of the other task.
    A seed's best blocks are those of the other seeds' mean curves, so that no curve chooses the place where it is judged;
    that takes two seeds at least.
    """
    rows = select(rows, lab="08_rotation", data="cifar10")
    asked = [task for task in TASKS[1:] if select(rows, method=task, protocol=_probe_at(1, "512 numbers"))]
    if not asked:
        raise NotMeasured("a linear probe after every block: rotation and another task")
    contrasts, numbers = [], {}
    for pooling in ("512 numbers", "one a channel"):
        curves = {task: _curves(rows, task, pooling) for task in ("rotation", *asked)}
        for task, of in curves.items():
            numbers[f"{task} best block, {pooling}"] = _best(list(of.values()))
        for task in asked:
            seeds = shared(curves["rotation"], curves[task])
            for one, other in (("rotation", task), (task, "rotation")):
                effects, noise = _own_block_over_theirs(curves[one], curves[other], seeds)
                contrasts.append(Contrast(f"{task}, {pooling}", f"{one}: its best block over {other}'s", effects, 0.01,
                                          noise=noise))
    return decide(contrasts, on="the other task and the pooling", numbers=numbers)


def _curves(rows: Sequence[Row], task: str, pooling: str) -> dict[int, list[float]]:
    """{seed: accuracy after block 1 to 4}, of the seeds that all four blocks have."""
    blocks = [arm(rows, method=task, protocol=_probe_at(block, pooling), metric="accuracy") for block in range(1, 5)]
    return {seed: [block[seed] for block in blocks] for seed in shared(*blocks)}


def _best(curves: Sequence[Sequence[float]]) -> int:
    """The block, from 1, where the mean of the curves is highest."""
    means = [sum(at) for at in zip(*curves)]
    return 1 + max(range(len(means)), key=means.__getitem__)


def _own_block_over_theirs(
    curves: dict[int, list[float]], others: dict[int, list[float]], seeds: Sequence[int],
) -> tuple[tuple[float, ...], float]:
    """For each seed what a task's own best block has over the other task's, and the error that images add to the mean."""
    pairs = []
    for seed in seeds:
        rest = [other for other in seeds if other != seed] or [seed]
        own, theirs = (_best([of[other] for other in rest]) - 1 for of in (curves, others))
        pairs.append((curves[seed][own], curves[seed][theirs]))
    means = [sum(side) / len(pairs) for side in zip(*pairs)]
    same = all(one == other for one, other in pairs)
    return tuple(one - other for one, other in pairs), 0.0 if same else over_images(*means, images=IMAGES)


def _probe_at(block: int, pooling: str) -> str:
    return f"linear probe, block {block}, {pooling}"


def probes_disagree(rows: Sequence[Row]) -> Ruling:
    """Are a kNN vote and a linear probe far apart for MAE, and close for DINO? Labs 14 and 15, ViTs with 64 patches.

    A gap is the probe's accuracy minus the vote's, on the same frozen features; in Oquab et al., table 4, it is 27.2 points
    for MAE and 0.6 for DINO. Asked is that DINO's stays below 5 points, and that MAE's exceeds it by 5 points or more.
    """
    found = {method: [arm(rows, lab=lab, method=method, data="cifar10", protocol=protocol, metric="accuracy")
                      for protocol in PROTOCOLS]
             for lab, method in (("14_masked_autoencoders", "MAE"), ("15_dino", "DINO, ViT"))}
    seeds = shared(*itertools.chain(*found.values()))
    gap = {method: [probe[seed] - knn[seed] for seed in seeds] for method, (knn, probe) in found.items()}
    levels = [sum(of[seed] for seed in seeds) / len(seeds) for of in itertools.chain(*found.values())]
    more = tuple(mae - dino for mae, dino in zip(gap["MAE"], gap["DINO, ViT"]))
    return decide([
        Contrast("", "DINO's gap", tuple(gap["DINO, ViT"]), 0.05, below=True, noise=over_images(*levels[2:], images=IMAGES)),
        Contrast("", "MAE's gap over DINO's", more, 0.05, noise=over_images(*levels, images=IMAGES)),
    ], numbers={f"{method} gap": sum(gaps) / len(gaps) for method, gaps in gap.items()})
