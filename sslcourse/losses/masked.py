"""The masked autoencoder's loss: pixels that the encoder never saw (He et al., 2022, arXiv:2111.06377)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .. import expect
from . import inputs


def _check(prediction, target, mask, normalize_target):
    for value, name in ((prediction, "prediction"), (target, "target")):
        inputs.floats(value, name, ("N", "L", "P"))
    expect.same_shape(prediction, target, "prediction, target")
    if normalize_target:
        expect.that(target.shape[-1] > 1, "target", target, "patches of several values, to be normalised")
    if mask is not None:
        expect.tensor(mask, "mask", tuple(prediction.shape[:2]))
        expect.that(bool(((mask == 0) | (mask == 1)).all()), "mask", mask, "0 (keep) and 1 (removed) only")
        expect.that(bool(mask.any()), "mask", expect.Words("nothing masked"), "at least one masked patch")


@expect.checked(_check)
@inputs.full_precision
def masked_mse(
    prediction: Tensor, target: Tensor, mask: Tensor | None = None, normalize_target: bool = False
) -> Tensor:
    r"""Mean squared error over the masked patches only.

    MAE, section 3 ("Reconstruction target"), with m_{n,l} = 1 where patch l of image n was removed and P pixel values
    in a patch:

        L = Σ_{n,l} m_{n,l} · 1/P ‖ŷ_{n,l} − y_{n,l}‖²  /  Σ_{n,l} m_{n,l}

    prediction, target   (N, L, P), as `models.patchify` cuts them
    mask                 (N, L), 0 or False is keep, 1 or True is removed. None if both tensors hold the removed patches
                         only
    normalize_target     standardise every target patch by its own mean and variance (over P − 1, plus 10⁻⁶, as in the
                         authors' code), which the paper found to give better features

    Raises ValueError for another rank, mismatched or non-finite tensors, a mask with other values than 0 and 1 or nothing
    masked, patches of one value with normalize_target.

    >>> prediction, target = torch.zeros(1, 2, 4), torch.tensor([[[1.0] * 4, [9.0] * 4]])
    >>> masked_mse(prediction, target, mask=torch.tensor([[1, 0]]))  # the second patch was visible
    tensor(1.)
    """
    if normalize_target:
        variance, mean = torch.var_mean(target, dim=-1, keepdim=True)
        target = (target - mean) / (variance + 1e-6).sqrt()
    error = (prediction - target).square().mean(dim=-1)  # (N, L)
    return error.mean() if mask is None else (error * mask).sum() / mask.sum()


class MaskedMSELoss(nn.Module):
    """`masked_mse` as a module.

    normalize_target   as in `masked_mse`

    >>> criterion = MaskedMSELoss(normalize_target=True)
    >>> target = torch.tensor([[[0.0, 2.0], [5.0, 9.0]]])
    >>> round(float(criterion(torch.zeros(1, 2, 2), target)), 4)  # ±1/√2 in every patch, whatever its contrast
    0.5
    """

    def __init__(self, normalize_target: bool = False):
        super().__init__()
        self.normalize_target = normalize_target

    def forward(self, prediction: Tensor, target: Tensor, mask: Tensor | None = None) -> Tensor:
        return masked_mse(prediction, target, mask, normalize_target=self.normalize_target)
