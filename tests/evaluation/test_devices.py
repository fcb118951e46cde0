"""Labels and scores that lie on another device than the CPU: taken wherever they may come from."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from sslcourse import evaluation


class Elsewhere(torch.Tensor):
    """A tensor that, as one on a GPU, mixes with no tensor of the CPU, and is no array before `.cpu()` has brought it."""

    def cpu(self) -> torch.Tensor:
        with torch._C.DisableTorchFunctionSubclass():
            return self.as_subclass(torch.Tensor)

    def __array__(self, *_, **__):
        raise TypeError("can't convert a tensor on another device to numpy")

    numpy = __array__

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        tensors = [value for value in args if isinstance(value, torch.Tensor)]
        if {type(t) for t in tensors} > {cls}:
            raise RuntimeError("Expected all tensors to be on the same device")
        return super().__torch_function__(function, types, args, kwargs or {})


def elsewhere(x: torch.Tensor) -> torch.Tensor:
    return x.as_subclass(Elsewhere)


Z = torch.randn(30, 4, generator=torch.Generator().manual_seed(0))
Y = torch.arange(30) % 3
PROBA = torch.softmax(torch.randn(30, 3, generator=torch.Generator().manual_seed(1)), dim=1)
CALLS = {
    "knn_predict_proba": lambda z, y, p: evaluation.knn_predict_proba(z, y, z[:5], 4, 0.1, 3).tolist(),
    "KNNClassifier": lambda z, y, p: evaluation.KNNClassifier(3).fit(z, y).score(z, y),
    "LinearProbe": lambda z, y, p: evaluation.LinearProbe().fit(z, y).score(z, y),
    "ZeroShotClassifier": lambda z, y, p: evaluation.ZeroShotClassifier().fit(z, y).score(z, y),
    "top_k_accuracy": lambda z, y, p: evaluation.top_k_accuracy(p, y, 2),
    "expected_calibration_error": lambda z, y, p: evaluation.expected_calibration_error(p, y),
    "squared_calibration_error": lambda z, y, p: evaluation.squared_calibration_error(p, y, 5),
    "recall_at_k": lambda z, y, p: evaluation.recall_at_k(z, y, z.roll(1, 0), y, 3),
    "uniformity": lambda z, y, p: evaluation.uniformity(z),
    "feature_deviation": lambda z, y, p: evaluation.feature_deviation(z),
    "nearest_rows": lambda z, y, p: evaluation.nearest_rows(z, z, 2)[1].tolist(),
    "few_shot_indices": lambda z, y, p: evaluation.few_shot_indices(y, 2).tolist(),
    "fine_tune": lambda z, y, p: evaluation.fine_tune(
        nn.Flatten(), torch.rand(30, 1, 2, 2, generator=torch.Generator().manual_seed(0)), Y, steps=1, epochs=None,
    ).score(torch.ones(30, 1, 2, 2), y),
}


def test_the_stand_in_is_as_strict_as_a_gpu():
    with pytest.raises(RuntimeError, match="same device"):
        elsewhere(Z) @ Z.T
    with pytest.raises(RuntimeError, match="same device"):
        Y[elsewhere(Y)]
    with pytest.raises(TypeError, match="numpy"):
        elsewhere(Y).numpy()


@pytest.mark.parametrize("name", CALLS)
def test_what_lies_elsewhere_gives_the_same(name):
    assert CALLS[name](elsewhere(Z), elsewhere(Y), elsewhere(PROBA)) == CALLS[name](Z, Y, PROBA)
