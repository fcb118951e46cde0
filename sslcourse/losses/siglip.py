"""SigLIP: every image and every text are asked "one pair, or not?" (Zhai et al., 2023, arXiv:2303.15343)."""

from __future__ import annotations

import numbers

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .. import expect
from ..processes import gather_rows
from . import inputs
from .clip import check as check_pairs


def _check(image_features, text_features, logit_scale, logit_bias):
    check_pairs(image_features, text_features, logit_scale)
    is_tensor = isinstance(logit_bias, Tensor)
    is_one = logit_bias.numel() == 1 if is_tensor else isinstance(logit_bias, numbers.Real)
    expect.that(is_one, "logit_bias", logit_bias, "a number, or a tensor with one element")
    expect.number(logit_bias.detach().item() if is_tensor else logit_bias, "logit_bias")


@expect.checked(_check)
@inputs.full_precision
def siglip(
    image_features: Tensor, text_features: Tensor, logit_scale: Tensor | float, logit_bias: Tensor | float
) -> Tensor:
    r"""Each of the N × N cells of the table is a question of its own: does this text belong to this image?

    Zhai et al., section 3.2 and Algorithm 1. With I, T the normalised features of N pairs, s the logit scale, b the logit
    bias, and z_ij = 1 where i = j, −1 elsewhere:

        L = −1/N Σ_i Σ_j log σ( z_ij (s I_i·T_j + b) ),    σ(x) = 1 / (1 + e^{−x})

    No cell looks at another one, so no softmax runs over the batch. The sum is over N² cells and is divided by N. Of the
    cells N are right and N² − N wrong, so at the start b has to say "no"; the paper begins at s = 10, b = −10.

    image_features, text_features   (N, D), of any length: they are normalised here; N ≥ 2
    logit_scale                     s > 0, a number or a tensor with one element that receives a gradient
    logit_bias                      b, likewise

    Raises ValueError for another rank, mismatched or non-finite features, a single pair, logit_scale ≤ 0.

    >>> round(float(siglip(torch.eye(4), torch.eye(4), 1.0, 0.0)), 4)  # log(1 + 1/e) + 3 log 2: the zeros say nothing
    2.3927
    >>> round(float(siglip(torch.eye(4), torch.eye(4), 20.0, -10.0)), 4)  # sure of each cell
    0.0002
    """
    images, texts = F.normalize(image_features, dim=1), F.normalize(text_features, dim=1)
    logits = logit_scale * images @ texts.T + logit_bias  # (N, N): a row for each image, a column for each text
    z = 2 * torch.eye(len(logits), dtype=logits.dtype, device=logits.device) - 1  # 1 on the diagonal, −1 elsewhere
    return -F.logsigmoid(z * logits).sum() / len(logits)


class SigLIPLoss(nn.Module):
    """`siglip` as a module; scale and bias are arguments of the call, because they belong to the model.

    gather_distributed   compare with the other side's features of all processes, with their gradients

    >>> criterion = SigLIPLoss()
    >>> log_scale, bias = torch.nn.Parameter(torch.tensor(0.0)), torch.nn.Parameter(torch.tensor(0.0))
    >>> round(criterion(torch.eye(4), torch.eye(4), log_scale.exp(), bias).item(), 4)
    2.3927
    """

    def __init__(self, gather_distributed: bool = False):
        super().__init__()
        self.gather_distributed = gather_distributed

    def forward(
        self, image_features: Tensor, text_features: Tensor, logit_scale: Tensor | float, logit_bias: Tensor | float
    ) -> Tensor:
        if self.gather_distributed:
            image_features, text_features = gather_rows(image_features), gather_rows(text_features)
        return siglip(image_features, text_features, logit_scale, logit_bias)
