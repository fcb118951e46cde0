"""Bad input is refused by a ValueError that names the argument, what came and what was wanted. And: the room's door."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from sslcourse import evaluation, methods, models
from sslcourse.evaluation import KNNClassifier, LinearProbe, TemperatureScaling, ZeroShotClassifier

X, Y = np.random.default_rng(0).normal(size=(12, 3)), np.arange(12) % 3
T = torch.from_numpy(X).float()
IMAGES, LABELS = torch.zeros(4, 3, 8, 8, dtype=torch.uint8), torch.tensor([0, 1, 0, 1])
P = np.full((4, 2), 0.5)
NAN = np.full((4, 2), np.nan)
NET = nn.Sequential(nn.Flatten(), nn.Linear(192, 5))


def flat(images):
    return images.flatten(1)


def of_classifier(name, make):
    return [
        (name, lambda: make().fit(X[0], Y), "X"),                                    # rank 1
        (name, lambda: make().fit(X[None], Y), "X"),                                 # rank 3
        (name, lambda: make().fit(X[:0], Y[:0]), "X"),                               # empty
        (name, lambda: make().fit(np.where(X > 1, np.nan, X), Y), "X"),              # NaN
        (name, lambda: make().fit(torch.full((12, 3), torch.inf), Y), "X"),          # infinity
        (name, lambda: make().fit(X + 1j, Y), "X"),                                  # complex
        (name, lambda: make().fit([["a", "b"]] * 12, Y), "X"),                       # words
        (name, lambda: make().fit(X, Y[:5]), "y"),                                   # fewer labels than rows
        (name, lambda: make().fit(X, np.stack([Y, Y], axis=1)), "y"),                # two labels per row
        (name, lambda: make().fit(X, Y + 0.5), "y"),                                 # not classes
        (name, lambda: make().fit(X, None), "y"),
        (name, lambda: make().fit(X, Y).predict(X[:, :2]), "X"),                     # other columns than before
        (name, lambda: make().fit(X, Y).predict_proba(X[0]), "X"),
    ]


BYTES = torch.zeros(1, 3, 8, 8, dtype=torch.uint8)

MAPS, DRAWN = torch.full((2, 3, 5, 5), 0.2), torch.ones(2, 8, 8, dtype=torch.bool)

SIZES, LOSS = torch.tensor([1e4, 2e4, 4e4] * 2, dtype=torch.float64), torch.tensor([2.0, 1.0, 2.0] * 2, dtype=torch.float64)
COMPUTE, SEED = torch.tensor([1e9] * 3 + [1e10] * 3, dtype=torch.float64), torch.zeros(6)

BAD_INPUT = [
    ("training_flops", lambda: evaluation.training_flops(NET, IMAGES), "method"),
    ("training_flops", lambda: evaluation.training_flops(methods.SimCLR(models.ResNet(8, (1, 1))), IMAGES[:0]), "batch"),
    ("isoflop_optimum", lambda: evaluation.isoflop_optimum(SIZES[:2], LOSS[:2]), "N"),
    ("isoflop_optimum", lambda: evaluation.isoflop_optimum(SIZES.long(), LOSS), "N"),
    ("isoflop_optimum", lambda: evaluation.isoflop_optimum(-SIZES, LOSS), "N"),
    ("isoflop_optimum", lambda: evaluation.isoflop_optimum(SIZES, LOSS[:4]), "loss"),
    ("isoflop_optimum", lambda: evaluation.isoflop_optimum(SIZES, LOSS * float("nan")), "loss"),
    ("scaling_exponents", lambda: evaluation.scaling_exponents(COMPUTE * 0 + 1, SIZES, SIZES, LOSS, SEED), "C"),
    ("scaling_exponents", lambda: evaluation.scaling_exponents(COMPUTE, SIZES, -SIZES, LOSS, SEED), "D"),
    ("scaling_exponents", lambda: evaluation.scaling_exponents(COMPUTE, SIZES, SIZES, LOSS, SEED[:5]), "seed"),
    ("attention_jaccard", lambda: evaluation.attention_jaccard(MAPS[0], DRAWN), "attention"),
    ("attention_jaccard", lambda: evaluation.attention_jaccard(MAPS, DRAWN[:1]), "figure"),
    ("attention_jaccard", lambda: evaluation.attention_jaccard(MAPS, DRAWN.float()), "figure"),
    ("attention_jaccard", lambda: evaluation.attention_jaccard(MAPS, DRAWN, patch_size=2), "figure"),
    ("attention_jaccard", lambda: evaluation.attention_jaccard(MAPS, DRAWN, 4, 0.0), "mass"),
    ("figure_colors", lambda: evaluation.figure_colors(MAPS[0]), "patches"),
    ("figure_colors", lambda: evaluation.figure_colors(MAPS.long()), "patches"),
    ("figure_colors", lambda: evaluation.figure_colors(MAPS[..., :2]), "patches"),
    ("figure_colors", lambda: evaluation.figure_colors(MAPS * float("nan")), "patches"),
    ("figure_colors", lambda: evaluation.figure_colors(MAPS), "patches"),
    ("spearman", lambda: evaluation.spearman(T, T), "a"),
    ("spearman", lambda: evaluation.spearman(T[:, 0], T[:5, 0]), "b"),
    ("kendall_tau", lambda: evaluation.kendall_tau(T[:1, 0], T[:1, 0]), "a"),
    ("kendall_tau", lambda: evaluation.kendall_tau(T[:, 0], T[:, 0] / 0 * 0), "b"),
    ("bootstrap_interval", lambda: evaluation.bootstrap_interval(evaluation.spearman, T[:2], T[:2]), "a"),
    ("bootstrap_interval", lambda: evaluation.bootstrap_interval(evaluation.spearman, T, T[:, :1]), "b"),
    ("bootstrap_interval", lambda: evaluation.bootstrap_interval(evaluation.spearman, T, T, 0), "rounds"),
    ("bootstrap_interval", lambda: evaluation.bootstrap_interval(evaluation.spearman, T, T, level=1.0), "level"),
    ("bootstrap_interval", lambda: evaluation.bootstrap_interval(evaluation.spearman, T, T, seed=-1), "seed"),
    ("largest_regret", lambda: evaluation.largest_regret(T[0]), "scores"),
    ("auroc", lambda: evaluation.auroc(T[:, 0], torch.from_numpy(Y)), "scores"),
    ("auroc", lambda: evaluation.auroc(T / 0 * 0, torch.from_numpy(Y)), "scores"),
    ("auroc", lambda: evaluation.auroc(T, torch.from_numpy(Y)[:5]), "labels"),
    ("auroc", lambda: evaluation.auroc(T, torch.zeros(12, dtype=torch.int64)), "labels"),
    ("hidden_squares", lambda: evaluation.hidden_squares(torch.sum, torch.zeros(2, 3, 8, dtype=torch.uint8)), "images"),
    ("hidden_squares", lambda: evaluation.hidden_squares(torch.sum, torch.zeros(2, 3, 8, 8)), "images"),
    ("hidden_squares", lambda: evaluation.hidden_squares(torch.sum, BYTES, 9), "square"),
    ("hidden_squares", lambda: evaluation.hidden_squares(torch.sum, BYTES, 4, 0), "stride"),
    *of_classifier("KNNClassifier", lambda: KNNClassifier(3)),
    *of_classifier("LinearProbe", LinearProbe),
    *of_classifier("ZeroShotClassifier", ZeroShotClassifier),
    ("KNNClassifier", lambda: KNNClassifier(13).fit(X, Y), "n_neighbors"),
    ("KNNClassifier", lambda: KNNClassifier(0).fit(X, Y), "n_neighbors"),
    ("KNNClassifier", lambda: KNNClassifier(2.5).fit(X, Y), "n_neighbors"),
    ("KNNClassifier", lambda: KNNClassifier(3, temperature=0).fit(X, Y), "temperature"),
    ("KNNClassifier", lambda: KNNClassifier(3, temperature=float("nan")).fit(X, Y), "temperature"),
    ("LinearProbe", lambda: LinearProbe(C=0).fit(X, Y), "C"),
    ("LinearProbe", lambda: LinearProbe(C="1").fit(X, Y), "C"),
    ("LinearProbe", lambda: LinearProbe(max_iter=0).fit(X, Y), "max_iter"),
    ("LinearProbe", lambda: LinearProbe(tol=-1).fit(X, Y), "tol"),
    ("LinearProbe", lambda: LinearProbe().fit(X, Y * 0), "y"),
    ("ZeroShotClassifier", lambda: ZeroShotClassifier(temperature=-1).fit(X, Y), "temperature"),
    ("recall_at_k", lambda: evaluation.recall_at_k(T[0], LABELS, T, torch.arange(12)), "queries"),
    ("recall_at_k", lambda: evaluation.recall_at_k(T[:4], LABELS, T[:, :2], torch.arange(12)), "gallery"),
    ("recall_at_k", lambda: evaluation.recall_at_k(T[:4], LABELS[:3], T, torch.arange(12)), "query_labels"),
    ("recall_at_k", lambda: evaluation.recall_at_k(T[:4], LABELS, T, torch.arange(12.0)), "gallery_labels"),
    ("recall_at_k", lambda: evaluation.recall_at_k(T[:4], LABELS, T, torch.arange(12), k=13), "k"),
    ("extract_features", lambda: evaluation.extract_features(3, IMAGES), "encoder"),
    ("extract_features", lambda: evaluation.extract_features(flat, IMAGES[0]), "images"),
    ("extract_features", lambda: evaluation.extract_features(flat, IMAGES.numpy()), "images"),
    ("extract_features", lambda: evaluation.extract_features(flat, IMAGES[:0]), "images"),
    ("extract_features", lambda: evaluation.extract_features(flat, IMAGES[:, :2]), "images"),
    ("extract_features", lambda: evaluation.extract_features(flat, IMAGES.long()), "images"),
    ("extract_features", lambda: evaluation.extract_features(flat, torch.full((2, 3, 4, 4), torch.nan)), "images"),
    ("extract_features", lambda: evaluation.extract_features(flat, IMAGES, batch_size=0), "batch_size"),
    ("extract_features", lambda: evaluation.extract_features(lambda x: x.flatten(), IMAGES), "encoder"),
    ("extract_features", lambda: evaluation.extract_features(lambda x: x[:1].flatten(1), IMAGES), "encoder"),
    ("extract_features", lambda: evaluation.extract_features(lambda x: None, IMAGES), "encoder"),
    ("extract_features", lambda: evaluation.extract_features(lambda x: x.flatten(1) / 0, IMAGES), "encoder"),
    ("fine_tune", lambda: evaluation.fine_tune(flat, IMAGES, LABELS), "encoder"),
    ("fine_tune", lambda: evaluation.fine_tune(NET, IMAGES[0], LABELS), "images"),
    ("fine_tune", lambda: evaluation.fine_tune(NET, IMAGES, LABELS[:3]), "labels"),
    ("fine_tune", lambda: evaluation.fine_tune(NET, IMAGES, LABELS.float()), "labels"),
    ("fine_tune", lambda: evaluation.fine_tune(NET, IMAGES, LABELS * 0), "labels"),
    ("fine_tune", lambda: evaluation.fine_tune(NET, IMAGES, LABELS, trainable="tail"), "trainable"),
    ("fine_tune", lambda: evaluation.fine_tune(NET, IMAGES, LABELS, trainable=2), "trainable"),
    ("fine_tune", lambda: evaluation.fine_tune(NET, IMAGES, LABELS, epochs=0), "epochs"),
    ("fine_tune", lambda: evaluation.fine_tune(NET, IMAGES, LABELS, batch_size=0), "batch_size"),
    ("fine_tune", lambda: evaluation.fine_tune(NET, IMAGES, LABELS, seed=-1), "seed"),
    ("fine_tune", lambda: evaluation.fine_tune(NET, IMAGES, LABELS, lr=0), "lr"),
    ("FineTunedClassifier", lambda: evaluation.fine_tune(NET, IMAGES, LABELS, steps=1, epochs=None).score(
        IMAGES, LABELS[:2]), "labels"),
    ("few_shot_indices", lambda: evaluation.few_shot_indices(LABELS, 3), "per_class"),
    ("few_shot_indices", lambda: evaluation.few_shot_indices(LABELS, 0), "per_class"),
    ("few_shot_indices", lambda: evaluation.few_shot_indices(LABELS[None], 1), "labels"),
    ("few_shot_indices", lambda: evaluation.few_shot_indices(LABELS.float(), 1), "labels"),
    ("few_shot_indices", lambda: evaluation.few_shot_indices(LABELS, 1, seed=-1), "seed"),
    ("top_k_accuracy", lambda: evaluation.top_k_accuracy(P[0], [0], 1), "proba"),
    ("top_k_accuracy", lambda: evaluation.top_k_accuracy(NAN, [0, 1, 0, 1], 1), "proba"),
    ("top_k_accuracy", lambda: evaluation.top_k_accuracy([[1, 2], [3]], [0, 1], 1), "proba"),
    ("top_k_accuracy", lambda: evaluation.top_k_accuracy(P, [0, 1], 1), "y"),
    ("top_k_accuracy", lambda: evaluation.top_k_accuracy(P, [0, 1, 2, 0], 1), "y"),
    ("top_k_accuracy", lambda: evaluation.top_k_accuracy(P, [0, 1, -1, 0], 1), "y"),
    ("top_k_accuracy", lambda: evaluation.top_k_accuracy(P, [0.5] * 4, 1), "y"),
    ("top_k_accuracy", lambda: evaluation.top_k_accuracy(P, list("abca"), 1, classes=["a", "b"]), "y"),
    ("top_k_accuracy", lambda: evaluation.top_k_accuracy(P, list("abba"), 1, classes=["a", "b", "c"]), "classes"),
    ("top_k_accuracy", lambda: evaluation.top_k_accuracy(P, list("aaaa"), 1, classes=["a", "a"]), "classes"),
    ("top_k_accuracy", lambda: evaluation.top_k_accuracy(P, [0, 1, 0, 1], 3), "k"),
    ("top_k_accuracy", lambda: evaluation.top_k_accuracy(P, [0, 1, 0, 1], 0), "k"),
    ("accuracy_interval", lambda: evaluation.accuracy_interval(1.5, 10), "accuracy"),
    ("accuracy_interval", lambda: evaluation.accuracy_interval(55, 100), "accuracy"),
    ("accuracy_interval", lambda: evaluation.accuracy_interval(0.5, 0), "n"),
    ("accuracy_interval", lambda: evaluation.accuracy_interval(0.5, 10, confidence=1), "confidence"),
    ("expected_calibration_error", lambda: evaluation.expected_calibration_error(P * 3, [0, 1, 0, 1]), "proba"),
    ("expected_calibration_error", lambda: evaluation.expected_calibration_error(P - 1, [0, 1, 0, 1]), "proba"),
    ("expected_calibration_error", lambda: evaluation.expected_calibration_error(P / 2, [0, 1, 0, 1]), "proba"),
    ("expected_calibration_error", lambda: evaluation.expected_calibration_error(NAN, [0, 1, 0, 1]), "proba"),
    ("expected_calibration_error", lambda: evaluation.expected_calibration_error(P[:, 0], [0, 1, 0, 1]), "proba"),
    ("expected_calibration_error", lambda: evaluation.expected_calibration_error(P, [0, 1, 0, 2]), "y"),
    ("expected_calibration_error", lambda: evaluation.expected_calibration_error(P, [0, 1, 0, 1], 0), "n_bins"),
    ("squared_calibration_error", lambda: evaluation.squared_calibration_error(P * 3, [0, 1, 0, 1], 2), "proba"),
    ("squared_calibration_error", lambda: evaluation.squared_calibration_error(P, [0, 1, 0, 2], 2), "y"),
    ("squared_calibration_error", lambda: evaluation.squared_calibration_error(P, [0, 1, 0, 1], 3), "n_bins"),
    ("reliability_curve", lambda: evaluation.reliability_curve(P, [0, 1, 0, 1], 2.5), "n_bins"),
    ("fit_temperature", lambda: evaluation.fit_temperature(NAN, [0, 1, 0, 1]), "logits"),
    ("fit_temperature", lambda: evaluation.fit_temperature(P, [0, 1, 0, 2]), "y"),
    ("TemperatureScaling", lambda: TemperatureScaling().fit(NAN, [0, 1, 0, 1]), "logits"),
    ("TemperatureScaling", lambda: TemperatureScaling().fit([[0.0, -np.inf]], [0]), "logits"),
    ("TemperatureScaling", lambda: TemperatureScaling().fit(P, [0, 1, 0]), "y"),
    ("TemperatureScaling", lambda: TemperatureScaling().fit(P, [0, 1, 0, 1]).predict_proba(P[0]), "logits"),
    ("block_features", lambda: evaluation.block_features(NET, IMAGES), "encoder"),
    ("block_features", lambda: evaluation.block_features(models.ResNet(2, (1,)), LABELS), "images"),
    ("block_changes", lambda: evaluation.block_changes(NET, models.ResNet(2, (1,)), IMAGES), "before"),
    ("block_changes", lambda: evaluation.block_changes(models.ResNet(2, (1,)), NET, IMAGES), "after"),
    ("block_changes", lambda: evaluation.block_changes(models.ResNet(2, (1,)), models.ResNet(3, (1,)), IMAGES), "after"),
    ("steps_to_reach", lambda: evaluation.steps_to_reach([1, 2], [0.5], 0.4), "steps, accuracies"),
    ("steps_to_reach", lambda: evaluation.steps_to_reach([], [], 0.4), "steps, accuracies"),
    ("steps_to_reach", lambda: evaluation.steps_to_reach([2, 1], [0.2, 0.5], 0.4), "steps"),
    ("steps_to_reach", lambda: evaluation.steps_to_reach([1, 2], [0.2, float("nan")], 0.4), "accuracies"),
    ("steps_to_reach", lambda: evaluation.steps_to_reach([1, 2], [0.2, 0.5], "high"), "target"),
    ("alignment", lambda: evaluation.alignment(T, T[:5]), "z0, z1"),
    ("alignment", lambda: evaluation.alignment(T[0], T), "z0"),
    ("alignment", lambda: evaluation.alignment(T, T / 0), "z1"),
    ("alignment", lambda: evaluation.alignment(T, T, alpha=0), "alpha"),
    ("uniformity", lambda: evaluation.uniformity(T[:1]), "z"),
    ("uniformity", lambda: evaluation.uniformity(T.tolist()), "z"),
    ("uniformity", lambda: evaluation.uniformity(T, t=-2), "t"),
    ("feature_deviation", lambda: evaluation.feature_deviation(T[:1]), "z"),
    ("feature_deviation", lambda: evaluation.feature_deviation(NAN), "z"),
    ("effective_rank", lambda: evaluation.effective_rank(T * 0), "features"),
    ("effective_rank", lambda: evaluation.effective_rank(T * 0 + 0.1, center=True), "features"),
    ("effective_rank", lambda: evaluation.effective_rank(T[None]), "features"),
    ("rankme", lambda: evaluation.rankme(T[0]), "features"),
    ("rankme", lambda: evaluation.rankme(T.tolist()), "features"),
    ("rankme", lambda: evaluation.rankme(NAN), "features"),
    ("rankme", lambda: evaluation.rankme(T * 0), "features"),
    ("rankme", lambda: evaluation.rankme(T, eps=-1), "eps"),
    ("lidar", lambda: evaluation.lidar(T), "views"),
    ("lidar", lambda: evaluation.lidar(T.view(12, 1, 3)), "views"),
    ("lidar", lambda: evaluation.lidar(T.view(1, 12, 3)), "views"),
    ("lidar", lambda: evaluation.lidar(T.view(4, 3, 3) / 0), "views"),
    ("lidar", lambda: evaluation.lidar(T[:4].expand(3, 4, 3)), "views"),
    ("lidar", lambda: evaluation.lidar(T.view(4, 3, 3), delta=0), "delta"),
    ("lidar", lambda: evaluation.lidar(T.view(4, 3, 3), eps=2), "eps"),
    ("linear_cka", lambda: evaluation.linear_cka(T, T[:5]), "y"),
    ("linear_cka", lambda: evaluation.linear_cka(T * 0 + 0.1, T), "x"),
    ("linear_cka", lambda: evaluation.linear_cka(T, T * 0), "y"),
    ("linear_cka", lambda: evaluation.linear_cka(T[0], T), "x"),
    ("neighbour_overlap", lambda: evaluation.neighbour_overlap(T, T[:5]), "Z"),
    ("neighbour_overlap", lambda: evaluation.neighbour_overlap(X.astype(str), T), "X"),
    ("neighbour_overlap", lambda: evaluation.neighbour_overlap(T, T, 12), "n_neighbors"),
    ("zero_shot_predict_proba", lambda: evaluation.zero_shot_predict_proba(T[0], T, LABELS[: len(T)]), "images"),
    ("zero_shot_predict_proba", lambda: evaluation.zero_shot_predict_proba(T, T[:, :2], LABELS[: len(T)]), "prompts"),
    ("zero_shot_predict_proba", lambda: evaluation.zero_shot_predict_proba(T, T[:2], torch.tensor([0, 2])), "classes"),
    ("zero_shot_predict_proba", lambda: evaluation.zero_shot_predict_proba(T, T[:2], torch.tensor([0, 1]), 0), "temperature"),
    ("knn_predict_proba", lambda: evaluation.knn_predict_proba(T, LABELS, T, 1, 0.1, 2), "y_train"),
    ("knn_predict_proba", lambda: evaluation.knn_predict_proba(T[:4], LABELS, T, 1, 0.1, 1), "y_train"),
    ("knn_predict_proba", lambda: evaluation.knn_predict_proba(T[0], LABELS, T, 1, 0.1, 2), "Z_train"),
    ("knn_predict_proba", lambda: evaluation.knn_predict_proba(T[:4] / 0, LABELS, T, 1, 0.1, 2), "Z_train"),
    ("knn_predict_proba", lambda: evaluation.knn_predict_proba(T[:4], LABELS, T[:, :2], 1, 0.1, 2), "Z"),
    ("knn_predict_proba", lambda: evaluation.knn_predict_proba(T[:4], LABELS, T, 5, 0.1, 2), "n_neighbors"),
    ("knn_predict_proba", lambda: evaluation.knn_predict_proba(T[:4], LABELS, T, 1, 0, 2), "temperature"),
    ("knn_predict_proba", lambda: evaluation.knn_predict_proba(T[:4], LABELS, T, 1, 0.1, 2.5), "num_classes"),
    ("nearest_rows", lambda: evaluation.nearest_rows(T, T[:, :2], 1), "bank"),
    ("nearest_rows", lambda: evaluation.nearest_rows(T / 0, T, 1), "queries"),
    ("nearest_rows", lambda: evaluation.nearest_rows(T, T, 13), "k"),
    ("energy_distance", lambda: evaluation.energy_distance(T, T[:, :2]), "y"),
    ("energy_distance", lambda: evaluation.energy_distance(T[:1], T), "x"),
    ("energy_distance", lambda: evaluation.energy_distance(T, T / 0), "y"),
]


@pytest.mark.parametrize(
    ("name", "call", "argument"), BAD_INPUT, ids=[f"{n}-{a}-{i}" for i, (n, _, a) in enumerate(BAD_INPUT)]
)
def test_bad_input_is_refused(name, call, argument):
    with pytest.raises(ValueError) as refusal:
        call()
    subject, _, rest = str(refusal.value).partition(": got ")
    assert argument in subject.split(", ") or argument == subject, str(refusal.value)
    assert rest and ", wanted " in rest, str(refusal.value)
    assert len(str(refusal.value)) < 300, str(refusal.value)


def test_every_public_name_is_there():
    for name in evaluation.__all__:
        assert getattr(evaluation, name).__module__.startswith("sslcourse.evaluation."), name
    assert set(evaluation.__all__) <= set(dir(evaluation))
    with pytest.raises(AttributeError, match="nothing_like_it"):
        evaluation.nothing_like_it
