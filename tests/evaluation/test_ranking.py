"""The area under the ROC curve, by a plain loop over pairs and by scikit-learn."""

from __future__ import annotations

import pytest
import torch
from sklearn.metrics import roc_auc_score

from sslcourse.evaluation import auroc


def sparse(n=60, k=5):
    draw = torch.Generator().manual_seed(0)
    scores = torch.randn(n, k, generator=draw).relu() * (torch.rand(n, k, generator=draw) < 0.5)
    return scores, torch.randint(3, (n,), generator=draw)


def test_auroc_by_a_plain_loop_over_pairs():
    scores, labels = sparse()
    found = auroc(scores, labels)
    assert found.shape == (5, 3)
    for j in range(5):
        for c in range(3):
            pairs = [(p, q) for p in scores[labels == c, j].tolist() for q in scores[labels != c, j].tolist()]
            wanted = sum((p > q) + 0.5 * (p == q) for p, q in pairs) / len(pairs)
            assert found[j, c].item() == pytest.approx(wanted, abs=1e-6)


def test_auroc_is_scikit_learn_s_for_more_columns_than_are_ranked_at_once():
    scores, labels = torch.randn(200, 130, generator=torch.Generator().manual_seed(1)).round(decimals=1), sparse(200)[1]
    found = auroc(scores, labels)
    for j in (0, 63, 64, 129):
        assert found[j, 1].item() == pytest.approx(roc_auc_score(labels == 1, scores[:, j]), abs=1e-6)
    assert found.shape == (130, 3)


def test_auroc_of_a_constant_is_half_and_order_is_all_that_counts():
    scores, labels = sparse()
    assert torch.equal(auroc(torch.ones(60, 1), labels), torch.full((1, 3), 0.5))
    torch.testing.assert_close(auroc(scores.double().exp(), labels), auroc(scores, labels))
    torch.testing.assert_close(auroc(-scores, labels), 1 - auroc(scores, labels))
