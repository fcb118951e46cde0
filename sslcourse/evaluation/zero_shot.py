"""Zero-shot classification: each class is a direction that text points to.

`zero_shot_predict_proba` is the answer itself, on tensors; `ZeroShotClassifier` gives the same as a scikit-learn classifier.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from .. import expect
from .arrays import points, prepared, to_numpy
from .estimators import fit_arrays, matrix
from .nearest import unit_rows


def _prepare(images, prompts, classes, temperature):
    images = points(images, "images")
    prompts = points(prompts, "prompts", ("P", images.shape[1]))
    expect.labels(classes, "classes", n=len(prompts))
    absent = set(range(int(classes.max()) + 1)) - set(classes.tolist())
    expect.that(not absent, "classes", expect.Words(f"no prompt of class {min(absent, default=0)}"), "a prompt of each class")
    expect.positive(temperature, "temperature")
    dtype = torch.promote_types(images.dtype, prompts.dtype)
    return {"images": images.to(dtype), "prompts": prompts.to(dtype), "classes": classes.cpu().long()}


@prepared(_prepare)
def zero_shot_predict_proba(images: Tensor, prompts: Tensor, classes: Tensor, temperature: float = 0.01) -> Tensor:
    """How likely each class is for each image, by its prompts alone, (N, K).

    images        (N, D), their embeddings, of any length
    prompts       (P, D), embeddings of texts; each class may have any number of them
    classes       (P,), integers from 0 to K − 1: which class each prompt names
    temperature   > 0

    Each prompt is scaled to length 1, the prompts of a class are averaged, the average is scaled to length 1 again, and the
    answer is softmax(cosine / temperature): Radford et al., 2021 (arXiv:2103.00020), section 3.1. ValueError: other shapes,
    NaN, a class without a prompt, temperature ≤ 0.

    >>> prompts, classes = torch.tensor([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]]), torch.tensor([0, 0, 1])
    >>> zero_shot_predict_proba(torch.tensor([[0.2, 0.8]]), prompts, classes, temperature=1.0).round(decimals=2)
    tensor([[0.3400, 0.6600]])
    """
    images, prompts = F.normalize(images, dim=1), F.normalize(prompts, dim=1)
    num_classes = int(classes.max()) + 1
    directions = prompts.new_zeros(num_classes, prompts.shape[1])                   # (K, D)
    directions.index_add_(0, classes, prompts)
    directions = F.normalize(directions, dim=1)     # a mean's length is lost here, so a sum will do
    cosines = images @ directions.T                                                 # (N, K)
    logits = cosines / temperature
    return logits.softmax(dim=1)


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
