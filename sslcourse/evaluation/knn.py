"""The weighted nearest-neighbour classifier: what a representation knows with nothing trained on top of it.

`knn_predict_proba` is the vote itself, on tensors; `KNNClassifier` is the same vote as a scikit-learn classifier.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from .. import expect
from .arrays import points
from .estimators import fit_arrays, matrix
from .nearest import search


def knn_predict_proba(
    Z_train: Tensor, y_train: Tensor, Z: Tensor, n_neighbors: int, temperature: float, num_classes: int
) -> Tensor:
    """Each class's share of the votes of the `n_neighbors` most similar training features, (M, num_classes), float64.

    Similarity is the cosine, and a vote weighs exp(similarity / temperature): section 3.4 of Wu et al., "Unsupervised
    feature learning via non-parametric instance discrimination", CVPR 2018 (arXiv:1805.01978). `Z_train` is (N, D),
    `y_train` its labels (N,) in [0, num_classes), `Z` is (M, D). Equal similarities are taken in the order of the rows
    of `Z_train`. ValueError: other shapes, NaN, more neighbours than rows, temperature ≤ 0, a label out of range.

    >>> Z_train, y_train = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), torch.tensor([0, 1, 1])
    >>> Z = torch.tensor([[2.0, 0.0]])
    >>> knn_predict_proba(Z_train, y_train, Z, 2, temperature=0.1, num_classes=2).round(decimals=2)
    tensor([[0.9500, 0.0500]], dtype=torch.float64)
    """
    Z_train = points(Z_train, "Z_train").float()
    Z = points(Z, "Z", ("M", Z_train.shape[1])).float()
    expect.integer(num_classes, "num_classes", at_least=1)
    expect.labels(y_train, "y_train", n=len(Z_train), num_classes=num_classes)
    expect.integer(n_neighbors, "n_neighbors", at_least=1, at_most=len(Z_train))
    expect.positive(temperature, "temperature")
    similarities, indices = search(Z, Z_train, n_neighbors)                                 # (M, k) each, nearest first
    # measured from the nearest one, so that no temperature overflows; the shares stay the same
    weights = ((similarities - similarities[:, :1]) / temperature).exp()                    # (M, k)
    votes = torch.zeros(len(Z), num_classes, dtype=weights.dtype)
    votes.scatter_add_(1, y_train[indices].long(), weights)                                 # (M, num_classes)
    return votes / votes.sum(dim=1, keepdim=True)


class KNNClassifier(ClassifierMixin, BaseEstimator):
    """The k most similar training features vote for their classes, each with weight exp(similarity / temperature).

    Similarity is the cosine. The weights are those of Wu et al., "Unsupervised feature learning via non-parametric
    instance discrimination", CVPR 2018, section 3.4 (arXiv:1805.01978), and the protocol that DINO reports (Caron et
    al., 2021, k = 20, temperature 0.07). `X` is (N, D), `y` is (N,) of any labels; arrays or tensors. Memory is bounded
    whatever N is.

    Neighbours of equal similarity are taken in the order in which they were given to `fit`, and classes with equal
    votes in the order of `classes_`. ValueError: more neighbours than training rows, temperature ≤ 0, NaN, another
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

    def _votes(self, X) -> Iterator[torch.Tensor]:
        check_is_fitted(self)
        bank, codes = torch.from_numpy(self.bank_), torch.from_numpy(self.codes_)
        rows = max(1, min(2**16, 2**23 // len(self.classes_)))
        for block in matrix(self, X).split(rows):
            yield knn_predict_proba(bank, codes, block, self.n_neighbors, self.temperature, len(self.classes_))
