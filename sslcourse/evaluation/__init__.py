"""How good is a representation? One protocol for every lab.

    extract_features           images → features: eval mode, no gradient, the encoder left as it was
    KNNClassifier              cosine neighbours, weights exp(similarity / temperature)
    knn_predict_proba          the same vote as one function of tensors
    LinearProbe                multinomial logistic regression on standardised features
    ZeroShotClassifier         classes from text embeddings, prompts averaged on the sphere
    zero_shot_predict_proba    the same answer as one function of tensors
    fine_tune                  a head on the encoder, all or part of it trained
    few_shot_indices           exactly n images per class, nested as n grows
    top_k_accuracy, accuracy_interval
    steps_to_reach             when a learning curve first reaches a level
    expected_calibration_error, squared_calibration_error, reliability_curve
    fit_temperature, TemperatureScaling    one number that makes a classifier as sure as it is right
    alignment, uniformity, effective_rank, feature_deviation, linear_cka, neighbour_overlap, nearest_rows
    block_features             what each block of a ResNet says of the images
    block_changes              what a training did to each block: how far it moved, whether it says the same
    rankme, lidar              ranks that predict the linear probe without a label
    auroc                      how well each single number tells each class from the rest
    recall_at_k                how often what was looked for is among the k nearest
    hidden_squares             how much an answer hangs on each place of a picture
    attention_jaccard          how well the patches that a class token looks at cover the figure
    figure_colors              patches as colors by their main directions, the ground black
    spearman, kendall_tau      do two scores put methods in the same order? bootstrap_interval: how sure is that?
    largest_regret             what a method gives away on the task where it is worst off
    training_flops             the operations of a training step, counted
    isoflop_optimum, scaling_exponents     the best size for a budget, and how it grows with compute
    energy_distance            how far two samples are from one distribution

The classifiers follow scikit-learn: fit, predict, predict_proba, score, get_params, clone, NotFittedError before fit.
They take NumPy arrays and torch tensors, and compute on the CPU, where features live, in blocks of bounded memory. A
name is loaded when it is first used, so that importing this room does not import scikit-learn.
"""

import importlib

_HOME = {
    "extract_features": "features",
    "KNNClassifier": "knn",
    "knn_predict_proba": "knn",
    "LinearProbe": "probe",
    "ZeroShotClassifier": "zero_shot",
    "zero_shot_predict_proba": "zero_shot",
    "FineTunedClassifier": "fine_tuning",
    "fine_tune": "fine_tuning",
    "few_shot_indices": "few_shot",
    "top_k_accuracy": "metrics",
    "accuracy_interval": "metrics",
    "expected_calibration_error": "calibration",
    "squared_calibration_error": "calibration",
    "reliability_curve": "calibration",
    "ReliabilityCurve": "calibration",
    "fit_temperature": "calibration",
    "TemperatureScaling": "calibration",
    "alignment": "geometry",
    "uniformity": "geometry",
    "effective_rank": "geometry",
    "feature_deviation": "geometry",
    "linear_cka": "geometry",
    "neighbour_overlap": "geometry",
    "nearest_rows": "nearest",
    "rankme": "label_free",
    "lidar": "label_free",
    "energy_distance": "energy",
    "auroc": "ranking",
    "recall_at_k": "retrieval",
    "hidden_squares": "occlusion",
    "attention_jaccard": "attention",
    "figure_colors": "figure",
    "spearman": "rank_correlation",
    "kendall_tau": "rank_correlation",
    "bootstrap_interval": "rank_correlation",
    "largest_regret": "rank_correlation",
    "steps_to_reach": "learning_curve",
    "block_features": "blocks",
    "block_changes": "blocks",
    "training_flops": "scaling",
    "isoflop_optimum": "scaling",
    "scaling_exponents": "scaling",
}

__all__ = list(_HOME)


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
