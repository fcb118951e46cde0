"""The weighted nearest-neighbour classifier: what a representation knows with nothing trained on top of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from .. import expect
from .estimators import fit_arrays, matrix
from .nearest import search


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
            similarities, indices = search(block, bank, self.n_neighbors)                   # (B, k) each
            # measured from the nearest one, so that no temperature overflows; the shares stay the same
            weights = ((similarities - similarities[:, :1]) / self.temperature).exp()
            votes = torch.zeros(len(block), len(self.classes_), dtype=weights.dtype)
            votes.scatter_add_(1, codes[indices], weights)                                  # (B, classes)
            yield votes / votes.sum(dim=1, keepdim=True)
