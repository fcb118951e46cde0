"""Claims that the bench decides, lab 19: every method in a ResNet and in a ViT at equal operations, short budget."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from ..cells import BASELINES, TESTED, scores, self_supervised
from ..deciding import Contrast, decide, over_images
from ..lookup import NotMeasured
from ..row import Row
from ..verdicts import Ruling

ENCODERS = ("ResNet", "ViT")
PROBE = "linear probe"
TRANSFER = tuple(task for task in TESTED if task != "cifar10")
NAMES = {"cifar10": "CIFAR-10", "fashion_mnist": "Fashion-MNIST", "emoji": "emoji", "shapes": "shapes", "changes": "changes"}
FEWEST = 4                                                             # methods without which there is no order to speak of
Column = Mapping[str, Mapping[int, float]]                             # {method: {seed: number}}


def it_depends(rows: Sequence[Row]) -> Ruling:
    """Does the order of methods, on CIFAR-10's classes, change from a ResNet to a ViT?

    By each of two rulers: how much better two seeds of the same network agree than two seeds of different ones. Agreement
    is Kendall's τ; δ is 0.1. Baselines count: a network that cannot be told from an untrained one is placed as well.
    """
    return decide([
        _less_agreement(f"by {protocol}", "order: one network with itself over with the other",
                        [_column(rows, "cifar10", protocol, encoder) for encoder in ENCODERS])
        for protocol in ("kNN", PROBE)
    ], on="the protocol")


def task_dependent(rows: Sequence[Row]) -> Ruling:
    """Does the order of methods change from CIFAR-10's classes to another task? By a probe, for each task, in each network.

    How much better two seeds agree on the same task than on the two tasks; δ is 0.1 of Kendall's τ.
    """
    return decide([
        _less_agreement(NAMES[task], f"order, {encoder}: a task with itself over with CIFAR-10",
                        [_column(rows, of, PROBE, encoder) for of in ("cifar10", task)])
        for task in TRANSFER for encoder in ENCODERS
    ], on="the task")


def no_winner(rows: Sequence[Row]) -> Ruling:
    """Is each self-supervised method beaten somewhere, by a point? Asked of the three that are best on average.

    In each network. Where, and by whom, is chosen by the other seeds, so that no seed chooses the place where it is judged.
    """
    contrasts = []
    for encoder in ENCODERS:
        tables = {task: _column(rows, task, PROBE, encoder) for task in TESTED}
        methods = _common(tables.values(), self_supervised)
        seeds = _seeds(tables.values())
        means = {m: math.fsum(_mean(table[m].values()) for table in tables.values()) for m in methods}
        for method in sorted(methods, key=means.__getitem__, reverse=True)[:3]:
            effects, levels = [], []
            for seed in seeds:
                rest = [s for s in seeds if s != seed] or [seed]
                task, rival = max(((t, m) for t in tables for m in methods if m != method), key=lambda place: _mean(
                    tables[place[0]][place[1]][s] - tables[place[0]][method][s] for s in rest))
                effects.append(tables[task][rival][seed] - tables[task][method][seed])
                levels.append((tables[task][rival][seed], tables[task][method][seed], TESTED[task]))
            noise = _mean(over_images(one, other, images=images) for one, other, images in levels)
            contrasts.append(Contrast(f"in the {encoder}", f"another over {method} where it is worst", tuple(effects), 0.01,
                                      noise=noise))
    return decide(contrasts, on="the network")


def beats_supervised(rows: Sequence[Row]) -> Ruling:
    """Does the best self-supervised method serve a task it was not trained for better than a supervised network, by a point?

    For each of four tasks and each network, by a probe. The best one is chosen by the other seeds.
    """
    contrasts = []
    for task in TRANSFER:
        for encoder in ENCODERS:
            column = _column(rows, task, PROBE, encoder)
            if "supervised" not in column:
                raise NotMeasured("the supervised network of the bench")
            ours, theirs = _best_of_the_others(column, self_supervised(column)), column["supervised"]
            effects = tuple(ours[seed] - theirs[seed] for seed in ours)
            noise = over_images(_mean(ours.values()), _mean(theirs.values()), images=TESTED[task])
            contrasts.append(Contrast(f"{NAMES[task]}, {encoder}", "the best without labels over supervised", effects, 0.01,
                                      noise=noise))
    return decide(contrasts, on="the task and the network")


def calibration_contrasts(rows: Sequence[Row]) -> list[Contrast]:
    """Of the claim about calibration: a probe on the best self-supervised features against one on supervised ones.

    The error is the root of the debiased squared one, its mean over the five tasks; which method is the best, by accuracy,
    the other seeds say. None where the bench has not measured both, with two seeds or more.
    """
    contrasts = []
    for encoder in ENCODERS:
        tables = [tuple(scores(rows, task, how, encoder) for how in (PROBE, f"calibration, {PROBE}")) for task in TESTED]
        if not all("supervised" in column and self_supervised(column) for pair in tables for column in pair):
            continue
        seeds = _seeds(column for pair in tables for column in pair)
        if len(seeds) < 2:
            continue
        effects, spread = [0.0] * len(seeds), 0.0
        for (accuracy, error), images in zip(tables, TESTED.values()):
            chosen = _chosen(accuracy, self_supervised(accuracy))
            for i, seed in enumerate(seeds):
                theirs, ours = (math.sqrt(max(0.0, error[m][seed])) for m in ("supervised", chosen[seed]))
                effects[i] += (theirs - ours) / len(tables)
            spread += 2 * 0.25 / images                                # of the distance of one accuracy from its confidence
        noise = math.sqrt(spread) / len(tables)
        contrasts.append(Contrast(f"five tasks, {encoder}", "error less than the other's by", tuple(effects), 0.003,
                                  noise=noise))
    return contrasts


def _column(rows: Sequence[Row], task: str, protocol: str, encoder: str) -> Column:
    """The methods that a network's table has there; raises NotMeasured for too few."""
    found = scores(rows, task, protocol, encoder)
    if len(self_supervised(found)) < FEWEST or not next(iter(found.values())):
        raise NotMeasured(f"{protocol} on {task} in the {encoder}: {FEWEST} self-supervised methods or more")
    return found


def _less_agreement(setting: str, what: str, columns: Sequence[Column]) -> Contrast:
    """How much better seeds agree within a column than across two: an effect for each seed and the next one."""
    from ... import evaluation

    methods = _common(columns, lambda found: [m for m in found if m not in BASELINES[1:]])
    seeds = _seeds(columns)

    def tau(one: Column, other: Column, s: int, t: int) -> float:
        import torch

        return float(evaluation.kendall_tau(*(torch.tensor([column[m][seed] for m in methods], dtype=torch.float64)
                                              for column, seed in ((one, s), (other, t)))))

    a, b = columns
    if len(seeds) < 2:
        raise NotMeasured("two seeds of the bench, to see how well they agree")
    effects = [(tau(a, a, s, t) + tau(b, b, s, t) - tau(a, b, s, t) - tau(b, a, s, t)) / 2 for s, t in zip(seeds, seeds[1:])]
    return Contrast(setting, what, tuple(effects), 0.1, unit="")


def _best_of_the_others(column: Column, methods: Sequence[str]) -> dict[int, float]:
    """{seed: the number of the method that the other seeds say is best}."""
    return {seed: column[method][seed] for seed, method in _chosen(column, methods).items()}


def _chosen(column: Column, methods: Sequence[str]) -> dict[int, str]:
    seeds = _seeds([column])
    return {seed: max(methods, key=lambda m: _mean(column[m][s] for s in ([s for s in seeds if s != seed] or [seed])))
            for seed in seeds}


def _common(columns: Iterable[Column], of) -> list[str]:
    """The methods that all columns have, in the order of the first."""
    columns = list(columns)
    return [m for m in of(columns[0]) if all(m in column for column in columns)]


def _seeds(columns: Iterable[Column]) -> list[int]:
    """The seeds that every column has."""
    return sorted(set.intersection(*(set(by_seed) for column in columns for by_seed in column.values())))


def _mean(numbers: Iterable[float]) -> float:
    found = list(numbers)
    return math.fsum(found) / len(found)
