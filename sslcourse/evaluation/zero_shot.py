"""Zero-shot classification: each class is a direction that text points to."""

from __future__ import annotations

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from .. import expect
from .arrays import to_numpy
from .estimators import fit_arrays, matrix
from .nearest import unit_rows


class ZeroShotClassifier(ClassifierMixin, BaseEstimator):
    """An image belongs to the class whose prompts' mean direction is most similar to it (CLIP's zero-shot classifier).

    ``fit(text_embeddings, y)`` takes one row per prompt, (P, D), and the class that each prompt names, (P,): every
    class may have any number of prompts. Each prompt's embedding is scaled to length 1, a class's prompts are averaged,
    and the average is **scaled to length 1 again**: without that, a class whose prompts disagree would score lower
    everywhere. Then ``predict_proba(image_embeddings)`` is softmax(cosine / temperature); CLIP's learnt temperature
    ends at 0.01.

    Radford et al., "Learning transferable visual models from natural language supervision", ICML 2021
    (arXiv:2103.00020), section 3.1.

    >>> prompts = [[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]]                  # two wordings of "cat", one of "dog"
    >>> ZeroShotClassifier().fit(prompts, ["cat", "cat", "dog"]).predict([[0.2, 0.8]]).tolist()
    ['dog']
    """

    def __init__(self, temperature: float = 0.01):
        self.temperature = temperature

    def fit(self, X, y) -> ZeroShotClassifier:
        """Average each class's prompts on the sphere: ``class_weights_`` (K, D), rows of length 1."""
        expect.positive(self.temperature, "temperature")
        prompts, codes = fit_arrays(self, X, y)
        sums = torch.zeros(len(self.classes_), prompts.shape[1]).index_add_(0, codes, unit_rows(prompts))
        self.class_weights_ = unit_rows(sums).numpy()  # a mean's length is lost here, so a sum will do
        return self

    def decision_function(self, X) -> np.ndarray:
        """Cosine similarity to each class, (N, K); with two classes (N,), the second's minus the first's."""
        similarities = self._similarities(X)
        return similarities[:, 1] - similarities[:, 0] if len(self.classes_) == 2 else similarities

    def predict_proba(self, X) -> np.ndarray:
        """softmax(cosine / temperature), (N, K), columns in the order of ``classes_``."""
        return torch.from_numpy(self._similarities(X) / self.temperature).softmax(dim=1).numpy()

    def predict(self, X) -> np.ndarray:
        """The most similar class, (N,)."""
        nearest = self._similarities(X).argmax(axis=1)
        return self.classes_[nearest]

    def score(self, X, y, sample_weight=None) -> float:
        """Accuracy of `predict(X)` against the labels `y`, an array or a tensor on any device."""
        return super().score(X, to_numpy(y), sample_weight)

    def _similarities(self, X) -> np.ndarray:
        check_is_fitted(self)
        weights = torch.from_numpy(self.class_weights_).double()
        # float64, so that one image gets the same digits alone and among others
        return (unit_rows(matrix(self, X)).double() @ weights.T).numpy()
