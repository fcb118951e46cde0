"""The linear probe: what one linear layer can read from a representation (Alain & Bengio, 2016, arXiv:1610.01644)."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from .. import expect
from .arrays import to_numpy
from .estimators import fit_arrays, matrix

SMALL = 10**7  # multiplications in a product of features and weights, up to which a step is short


class LinearProbe(ClassifierMixin, BaseEstimator):
    """Multinomial logistic regression by L-BFGS on standardised features.

    Minimises, as scikit-learn's ``LogisticRegression(C)`` does, the cross-entropy summed over the training rows plus
    ½‖W‖² / C (the intercept is free; two classes share one weight vector). Features are first brought to mean 0 and
    standard deviation 1 by the training set's own statistics, so that C means the same for every encoder; constant
    features count for nothing. `X` is (N, D), `y` is (N,) of any labels; arrays or tensors.

    L-BFGS works in coordinates in which the features are nearly uncorrelated (see `_whitening`): the same minimum in
    several times fewer steps. It stops when no partial derivative of the mean loss in these coordinates exceeds `tol`,
    or after `max_iter` steps with a ConvergenceWarning.

    After fit: ``classes_``, ``coef_`` (K, D) and ``intercept_`` (K,) for standardised features (one row if K = 2),
    ``mean_``, ``scale_``, ``n_iter_``, ``loss_`` (mean penalised loss reached). ValueError: one class only, C ≤ 0, NaN.

    >>> probe = LinearProbe().fit([[0.0], [1.0], [2.0], [3.0]], ["low", "low", "high", "high"])
    >>> probe.predict([[-1.0], [9.0]]).tolist()
    ['low', 'high']
    """

    def __init__(self, C: float = 1.0, max_iter: int = 1000, tol: float = 1e-4):
        self.C = C
        self.max_iter = max_iter
        self.tol = tol

    def fit(self, X, y) -> LinearProbe:
        """Standardise, then minimise."""
        expect.positive(self.C, "C")
        expect.integer(self.max_iter, "max_iter", at_least=1)
        expect.positive(self.tol, "tol")
        features, codes = fit_arrays(self, X, y)
        n_classes = len(self.classes_)
        expect.that(n_classes > 1, "y", f"{n_classes} class", "two classes or more")

        self.mean_, self.scale_ = _statistics(features)
        x = _standardise(features, self.mean_, self.scale_)
        W, b, self.loss_, self.n_iter_, converged = _minimise(x, codes, n_classes, self.C, self.max_iter, self.tol)
        self.coef_, self.intercept_ = W.numpy(), b.numpy()
        if not converged:
            warnings.warn(
                f"the linear probe stopped after {self.n_iter_} steps, before it converged: raise max_iter (now "
                f"{self.max_iter}) or lower C (now {self.C})", ConvergenceWarning, stacklevel=2,
            )
        return self

    def decision_function(self, X) -> np.ndarray:
        """Logits (N, K); with two classes (N,), the logit of ``classes_[1]``."""
        check_is_fitted(self)
        W, b = torch.from_numpy(self.coef_), torch.from_numpy(self.intercept_)
        blocks = matrix(self, X).split(4096)  # float64, a block at a time: the same digits for one row as for many
        logits = torch.cat([_standardise(x, self.mean_, self.scale_).double() @ W.T + b for x in blocks])
        return (logits.flatten() if len(self.classes_) == 2 else logits).numpy()

    def predict_log_proba(self, X) -> np.ndarray:
        """Log-probabilities (N, K), columns in the order of ``classes_``: also what TemperatureScaling takes."""
        logits = torch.from_numpy(self.decision_function(X))
        return torch.log_softmax(_columns(logits[:, None]) if logits.ndim == 1 else logits, dim=1).numpy()

    def predict_proba(self, X) -> np.ndarray:
        """Probabilities (N, K), columns in the order of ``classes_``."""
        return np.exp(self.predict_log_proba(X))

    def predict(self, X) -> np.ndarray:
        """The most probable class, (N,)."""
        most = self.predict_log_proba(X).argmax(axis=1)
        return self.classes_[most]

    def score(self, X, y, sample_weight=None) -> float:
        """Accuracy of `predict(X)` against the labels `y`, an array or a tensor on any device."""
        return super().score(X, to_numpy(y), sample_weight)


def _statistics(x: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each column, float32; 1 where a column holds nothing but rounding."""
    mean = x.mean(dim=0, dtype=torch.float64)
    deviation = (x - mean.float()).square_().mean(dim=0, dtype=torch.float64).sqrt()
    constant = deviation <= 4 * torch.finfo(torch.float32).eps * mean.abs()
    return mean.float().numpy(), deviation.masked_fill(constant, 1).float().numpy()


def _standardise(x: Tensor, mean: np.ndarray, scale: np.ndarray) -> Tensor:
    return (x - torch.from_numpy(mean)).div_(torch.from_numpy(scale))


def _columns(logit: Tensor) -> Tensor:
    """Two classes from one logit: the first one's is fixed at 0."""
    return torch.cat([torch.zeros_like(logit), logit], dim=1)


def _minimise(x: Tensor, codes: Tensor, n_classes: int, C: float, max_iter: int, tol: float):
    """W (K, D), b (K,) (K = 1 for two classes), the mean penalised loss, steps taken, and whether `tol` was reached."""
    n, d = x.shape
    rows = 1 if n_classes == 2 else n_classes
    P = _whitening(x, n_classes, C)                                             # (D, D), or None: then W is V itself
    small = x.numel() * rows < SMALL
    x = x.double() if small else x  # of few rows, float32's rounding does not average out
    target = torch.nn.functional.one_hot(codes, n_classes).T.to(x.dtype).contiguous()       # (K, N)
    # V and b side by side, in float64 always: L-BFGS learns from small differences
    parameters = torch.zeros(rows, d + 1, dtype=torch.float64, requires_grad=True)

    @torch.no_grad()
    def loss_and_gradient() -> Tensor:
        V, b = parameters.split([d, 1], dim=1)
        W = V if P is None else V @ P
        # classes along the first axis: softmax over ten rows of N is many times faster here than over N rows of ten
        logits = (x @ W.T.to(x.dtype)).T.contiguous() + b.to(x.dtype)                       # (rows, N)
        if rows == 1:
            logits = torch.cat([torch.zeros_like(logits), logits])
        log_p = logits.log_softmax(dim=0)                                                   # (K, N)
        loss = (W.square().sum() / (2 * C) - (log_p * target).sum(dtype=torch.float64)) / n
        residual = (log_p.exp_() - target)[-rows:]                                          # (rows, N)
        gradient_W = ((residual @ x).double() + W / C) / n
        gradient_b = residual.sum(dim=1, keepdim=True, dtype=torch.float64) / n
        parameters.grad = torch.cat([gradient_W if P is None else gradient_W @ P.T, gradient_b], dim=1)
        return loss

    search = torch.optim.LBFGS(
        [parameters], max_iter=max_iter, max_eval=2 * max_iter, history_size=10, line_search_fn="strong_wolfe",
        tolerance_grad=tol, tolerance_change=1e-14,
    )
    with _threads(1 if small else torch.get_num_threads()):
        search.step(loss_and_gradient)
        loss = loss_and_gradient().item()
    V, b = parameters.detach().split([d, 1], dim=1)
    steps = search.state[parameters].get("n_iter", 0)
    W = V.clone() if P is None else V @ P
    return W, b.flatten().clone(), loss, steps, bool(parameters.grad.abs().max() <= tol)


def _whitening(x: Tensor, n_classes: int, C: float) -> Tensor | None:
    """P (D, D) such that in the coordinates V of W = V P the loss bends about equally in every direction.

    At W = 0 each class bends the mean loss by about XᵀX / (N K) + I / (C N) =: A. With A = L Lᵀ and P = L⁻¹ that is the
    identity in V. The loss itself is still the one in W: only the path to its minimum changes. None where it costs more
    than it saves: with fewer rows than columns, or with many columns (96 × 96 pixels in color would need 6 GB).
    """
    n, d = x.shape
    if d > min(n, 4096):
        return None
    A = (x.T @ x).double() / (n * n_classes)
    A.diagonal().add_(1 / (C * n) + 1e-5)  # the second term outweighs the rounding of the float32 product
    L = torch.linalg.cholesky(A)
    return torch.linalg.solve_triangular(L, torch.eye(d, dtype=torch.float64), upper=False)


@contextlib.contextmanager
def _threads(number: int) -> Iterator[None]:
    """Torch on that many threads: for short steps one, since on a busy machine threads mostly wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)
