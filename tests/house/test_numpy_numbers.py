"""NumPy's numbers are numbers wherever a number is asked for: sizes, seeds, shares, rates."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from sslcourse import augment, data, evaluation, expect, losses, methods, models, runtime

I, F = np.int64, np.float32
X, Z, Y = torch.rand(20, 3, 16, 16), torch.randn(20, 6), torch.arange(20) % 4
P, K = torch.softmax(Z, dim=1), torch.arange(20) % 6


def vit() -> nn.Module:
    return models.VisionTransformer(I(16), I(4), I(16), I(1), I(2))


CALLS = {
    "seed_everything": lambda: runtime.seed_everything(I(3)),
    "shapes": lambda: data.shapes(I(8), size=I(16), seed=I(1)),
    "rows": lambda: data.shapes(I(8))[:I(2)],
    "few_shot_indices": lambda: evaluation.few_shot_indices(Y, I(2), seed=I(1)),
    "fine_tune": lambda: evaluation.fine_tune(nn.Flatten(), X, Y, steps=I(1), epochs=None, seed=I(1), batch_size=I(8)),
    "fine_tune, blocks": lambda: evaluation.fine_tune(vit(), X, Y, steps=1, epochs=None, batch_size=8, trainable=I(1)),
    "KNNClassifier": lambda: evaluation.KNNClassifier(I(3), temperature=F(0.1)).fit(Z, Y).score(Z, Y),
    "LinearProbe": lambda: evaluation.LinearProbe(C=F(1)).fit(Z, Y).score(Z, Y),
    "top_k_accuracy": lambda: evaluation.top_k_accuracy(P, K, I(2)),
    "expected_calibration_error": lambda: evaluation.expected_calibration_error(P, K, I(5)),
    "recall_at_k": lambda: evaluation.recall_at_k(Z, Y, Z, Y, I(2)),
    "extract_features": lambda: evaluation.extract_features(nn.Flatten(), X, batch_size=I(8)),
    "random_token_mask": lambda: models.random_token_mask((I(2), I(8)), F(0.5)),
    "patchify": lambda: models.patchify(X, I(4)),
    "VisionTransformer": lambda: vit()(X),
    "update_momentum": lambda: models.update_momentum(nn.Linear(2, 2), nn.Linear(2, 2), F(0.9)),
    "cosine_schedule": lambda: models.cosine_schedule(I(1), I(10), F(0.9), F(1.0)),
    "RandomResizedCrop": lambda: augment.RandomResizedCrop(I(8), scale=(F(0.2), F(1)))(X),
    "dino_views": lambda: augment.dino_views(I(16), I(8), n_local_views=I(2))(X),
    "nt_xent": lambda: losses.nt_xent(Z, Z + 0.1, F(0.5)),
    "pca": lambda: methods.pca(Z, I(2)),
    "greedy_permutations": lambda: methods.greedy_permutations(I(9), I(16), seed=I(1)),
    "train_bpe": lambda: methods.train_bpe(["the cat"] * 20, I(270)),
    "MAE": lambda: methods.MAE(vit(), decoder_width=I(16), mask_ratio=F(0.5)).loss(X),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_number_of_numpy_s_is_taken(name):
    CALLS[name]()


def test_one_that_is_out_of_range_is_shown_as_a_number():
    with pytest.raises(ValueError, match=r"^temperature: got -1\.0, wanted a number > 0$"):
        losses.nt_xent(Z, Z, F(-1))
    assert expect.describe(np.int64(3)) == "3" and "shape (2,)" in expect.describe(np.zeros(2))
