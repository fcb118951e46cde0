"""Claims about what a frozen representation is worth: labs 04, 08, 10, 14 and 15."""

from __future__ import annotations

from collections.abc import Sequence

from ..lookup import NotMeasured, select, value
from ..row import Row
from ..verdicts import FAILS, HOLDS, UNDECIDABLE, Ruling


def label_free(rows: Sequence[Row]) -> Ruling:
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
    return Ruling(said, **{f"{method} lead": lead for method, lead in leads.items()})


def calibration(rows: Sequence[Row]) -> Ruling:
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
    return Ruling(said, **{f"{name} gap": sum(found) / len(found) for name, found in gaps.items()})


def pretext_depth(rows: Sequence[Row]) -> Ruling:
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
    return Ruling(said, **numbers)


def _probe_at(block: int, pooling: str) -> str:
    return f"linear probe, block {block}, {pooling}"


def probes_disagree(rows: Sequence[Row]) -> Ruling:
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
    return Ruling(said, **{f"{method} gap": gap for method, gap in gaps.items()})
