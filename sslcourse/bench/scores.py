"""One protocol: what features are worth, by every ruler and on every task, as a few numbers."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from .. import augment, evaluation
from ..results.cells import CALIBRATION, RANKME
from .tasks import TASKS, Task, share, task

SHOTS, DRAWS = 10, 3               # images a class, and how often they are drawn
FINE_TUNING = dict(labels=1_000, steps=80, batch_size=64, lr=1e-3)


Scores = dict[str, dict[str, float]]


def score(features: Callable[[Tensor], Tensor], seed: int, fine_tuned: nn.Module | None = None) -> Scores:
    """{task: {protocol: number}} of frozen features, and of `fine_tuned`, a module that is trained on for CIFAR-10.

    kNN, linear probe, few-shot (a probe on ten images a class, the mean of three draws by `seed`): accuracies, of the
    `shapes` the mean over its questions. The calibration of a probe, and of the fine-tuned network, is the
    debiased squared error of `evaluation.squared_calibration_error`.
    """
    found = {}
    for name in TASKS:
        asked = task(name, share())
        Z, Z_test = (evaluation.extract_features(features, images) for images in (asked.images, asked.test_images))
        found[name] = _on_features(Z, Z_test, asked, seed)
        if name == "cifar10":
            found[name][RANKME] = evaluation.rankme(Z_test) if bool(Z_test.any()) else 1.0
    if fine_tuned is not None:
        found["cifar10"] |= _fine_tuned(fine_tuned, task("cifar10", share()), seed)
    return found


def _on_features(Z: Tensor, Z_test: Tensor, asked: Task, seed: int) -> dict[str, float]:
    """The mean over the task's questions, by each protocol."""
    sums: dict[str, float] = {}
    questions = asked.labels.shape[1]
    for y, y_test in zip(asked.labels.T, asked.test_labels.T):
        probe = evaluation.LinearProbe().fit(Z, y)
        found = {
            "kNN": evaluation.KNNClassifier().fit(Z, y).score(Z_test, y_test),
            "linear probe": probe.score(Z_test, y_test),
            "few-shot": _few_shot(Z, y, Z_test, y_test, seed),
            f"{CALIBRATION}, linear probe": evaluation.squared_calibration_error(
                probe.predict_proba(Z_test), y_test, classes=probe.classes_),
        }
        for protocol, value in found.items():
            sums[protocol] = sums.get(protocol, 0.0) + value / questions
    return sums


def _few_shot(Z: Tensor, y: Tensor, Z_test: Tensor, y_test: Tensor, seed: int) -> float:
    """A linear probe on ten images of each class, the mean of three draws."""
    shots = min(SHOTS, int(y.unique(return_counts=True)[1].min()))                  # fewer in a rehearsal alone
    rows = [evaluation.few_shot_indices(y, shots, seed=DRAWS * seed + draw) for draw in range(DRAWS)]
    return math.fsum(evaluation.LinearProbe().fit(Z[few], y[few]).score(Z_test, y_test) for few in rows) / DRAWS


def _fine_tuned(network: nn.Module, asked: Task, seed: int) -> dict[str, float]:
    """All of it trained on 1,000 labelled photographs for 80 steps."""
    labels, run = FINE_TUNING["labels"], {k: v for k, v in FINE_TUNING.items() if k != "labels"}
    few = torch.randperm(len(asked.images), generator=torch.Generator().manual_seed(seed))[:labels]
    classifier = evaluation.fine_tune(network, asked.images[few], asked.labels[few, 0], augment=augment.weak_views(32),
                                      epochs=None, seed=seed, bfloat16=False, **run)
    proba, y = classifier.predict_proba(asked.test_images), asked.test_labels[:, 0]
    right = torch.from_numpy(classifier.classes_[proba.argmax(axis=1)]) == y
    return {"fine-tuned": right.double().mean().item(),
            f"{CALIBRATION}, fine-tuned": evaluation.squared_calibration_error(proba, y, classes=classifier.classes_)}
