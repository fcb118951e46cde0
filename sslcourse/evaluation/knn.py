"""The weighted nearest-neighbour classifier: what a representation knows with nothing trained on top of it.

`knn_predict_proba` is the vote itself, on tensors; `KNNClassifier` is the same vote as a scikit-learn classifier.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from .. import expect
from .arrays import points, prepared, to_numpy
from .estimators import fit_arrays, matrix
from .nearest import BLOCK, unit_rows


def _prepare(Z_train, y_train, Z, n_neighbors, temperature, num_classes):
    Z_train = points(Z_train, "Z_train")
    Z = points(Z, "Z", ("M", Z_train.shape[1]))
    expect.integer(num_classes, "num_classes", at_least=1)
    expect.labels(y_train, "y_train", n=len(Z_train), num_classes=num_classes)
    expect.integer(n_neighbors, "n_neighbors", at_least=1, at_most=len(Z_train))
    expect.positive(temperature, "temperature")
    dtype = torch.promote_types(Z_train.dtype, Z.dtype)
    return {"Z_train": Z_train.to(dtype), "y_train": y_train.cpu().long(), "Z": Z.to(dtype)}


@prepared(_prepare)
def knn_predict_proba(
    Z_train: Tensor, y_train: Tensor, Z: Tensor, n_neighbors: int, temperature: float, num_classes: int
) -> Tensor:
    """Each class's share of the votes of the `n_neighbors` most similar training features, (M, num_classes).

    Similarity is the cosine, and a vote weighs exp(similarity / temperature): section 3.4 of Wu et al., "Unsupervised
    feature learning via non-parametric instance discrimination", CVPR 2018 (arXiv:1805.01978). `Z_train` is (N, D),
    `y_train` its labels (N,) in [0, num_classes), `Z` is (M, D). The shares come on the CPU in the features' own precision
    (float32 where that is a lower one). All M × N similarities are held at once: `KNNClassifier` comes with a block of
    rows at a time. ValueError: other shapes, NaN, more neighbours than rows, temperature ≤ 0, a label out of range.

    >>> Z_train, y_train = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), torch.tensor([0, 1, 1])
    >>> Z = torch.tensor([[2.0, 0.0]])
    >>> knn_predict_proba(Z_train, y_train, Z, 2, temperature=0.1, num_classes=2).round(decimals=2)
    tensor([[0.9500, 0.0500]])
    """
    similarity = F.normalize(Z, dim=1) @ F.normalize(Z_train, dim=1).T              # (M, N): cosines
    similarity, nearest = similarity.topk(n_neighbors, dim=1)                       # (M, k), most similar first
    # measured from the nearest one, so that no temperature overflows; the shares stay the same
    weights = ((similarity - similarity[:, :1]) / temperature).exp()                # (M, k)
    votes = weights.new_zeros(len(Z), num_classes).scatter_add_(1, y_train[nearest], weights)
    return votes / votes.sum(dim=1, keepdim=True)                                   # (M, num_classes)


class KNNClassifier(ClassifierMixin, BaseEstimator):
    """The k most similar training features vote for their classes, each with weight exp(similarity / temperature).

    Similarity is the cosine. The weights are those of Wu et al., "Unsupervised feature learning via non-parametric
    instance discrimination", CVPR 2018, section 3.4 (arXiv:1805.01978), and the protocol that DINO reports (Caron et
    al., 2021, k = 20, temperature 0.07). `X` is (N, D), `y` is (N,) of any labels; arrays or tensors. Memory is bounded
    whatever N is.

    Similarities are computed in float64, so that an image gets the same answer alone and among others. Of classes with
    equal votes the first in `classes_` wins. ValueError: more neighbours than training rows, temperature ≤ 0, NaN, another
    number of columns.

    >>> knn = KNNClassifier(n_neighbors=1).fit([[1.0, 0.0], [0.0, 1.0]], ["right", "up"])
    >>> knn.predict([[3.0, 1.0]])
    array(['right'], dtype='<U5')
    """

    def __init__(self, n_neighbors: int = 20, temperature: float = 0.07):
        self.n_neighbors = n_neighbors
        self.temperature = temperature

    def fit(self, X, y) -> KNNClassifier:
        """Keep the training features and their labels."""
        expect.integer(self.n_neighbors, "n_neighbors", at_least=1)
        expect.positive(self.temperature, "temperature")
        features, codes = fit_arrays(self, X, y)
        n = len(features)
        wanted = f"an integer in [1, {n}] (X has n_samples = {n})"
        expect.that(self.n_neighbors <= n, "n_neighbors", self.n_neighbors, wanted)
        self.bank_, self.codes_ = features.numpy().copy(), codes.numpy()
        return self

    def predict_proba(self, X) -> np.ndarray:
        """Each class's share of the votes, (N, number of classes), columns in the order of ``classes_``."""
        return np.concatenate([votes.numpy() for votes in self._votes(X)])

    def predict(self, X) -> np.ndarray:
        """The class with most votes, (N,)."""
        most = np.concatenate([votes.argmax(dim=1).numpy() for votes in self._votes(X)])
        return self.classes_[most]

    def score(self, X, y, sample_weight=None) -> float:
        """Accuracy of `predict(X)` against the labels `y`, an array or a tensor on any device."""
        return super().score(X, to_numpy(y), sample_weight)

    def _votes(self, X) -> Iterator[torch.Tensor]:
        check_is_fitted(self)
        bank, codes = unit_rows(torch.from_numpy(self.bank_).double()), torch.from_numpy(self.codes_)
        rows = max(1, BLOCK // max(len(bank), len(self.classes_)))
        for block in matrix(self, X).split(rows):
            block = unit_rows(block.double())  # of any length, 10⁻³⁰ too
            yield knn_predict_proba(bank, codes, block, self.n_neighbors, self.temperature, len(self.classes_))
