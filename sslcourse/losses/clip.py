"""CLIP's symmetric InfoNCE between images and texts (Radford et al., 2021, arXiv:2103.00020)."""

from __future__ import annotations

import numbers

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .. import expect
from ..processes import gather_rows
from . import inputs


def check(image_features, text_features, logit_scale):
    """Two batches of features that belong together, and a scale above 0; `siglip` asks for the same."""
    inputs.pair(image_features, text_features, ("image_features", "text_features"))
    inputs.rows(len(image_features), "image_features, text_features", 2)
    is_tensor = isinstance(logit_scale, Tensor)
    is_one = logit_scale.numel() == 1 if is_tensor else isinstance(logit_scale, numbers.Real)
    expect.that(is_one, "logit_scale", logit_scale, "a number > 0, or a tensor with one element")
    if not is_tensor:
        expect.positive(logit_scale, "logit_scale")
        return
    s = logit_scale.detach()
    expect.numbers_that(((s > 0) & s.isfinite()).all(), "logit_scale", lambda: f"{s.item()}", "a number > 0")


@expect.checked(check)
@inputs.full_precision
def clip(image_features: Tensor, text_features: Tensor, logit_scale: Tensor | float) -> Tensor:
    r"""Each image finds its text among the batch's, and each text its image.

    CLIP, Figure 3, which is the InfoNCE of van den Oord et al. (2018, arXiv:1807.03748), equation (4), both ways. With
    I, T the normalised features of N pairs and s the logit scale, 1/τ:

        L = ½ · 1/N Σ_i [ −log  e^{s I_i·T_i} / Σ_j e^{s I_i·T_j}  −  log  e^{s I_i·T_i} / Σ_j e^{s I_j·T_i} ]

    image_features, text_features   (N, D), of any length: they are normalised here; N ≥ 2
    logit_scale                     s > 0, a number or a tensor with one element that receives a gradient. CLIP learns t
                                    and passes `t.exp()`, from t = ln(1 / 0.07), and keeps it at most 100

    Raises ValueError for another rank, mismatched or non-finite features, a single pair, logit_scale ≤ 0.

    >>> round(float(clip(torch.eye(4), torch.eye(4), 1.0)), 4)  # log(1 + 3 / e)
    0.7437
    >>> round(float(clip(torch.ones(4, 2), torch.ones(4, 2), 100.0)), 4)  # ln 4: all alike
    1.3863
    """
    images, texts = F.normalize(image_features, dim=1), F.normalize(text_features, dim=1)
    logits = logit_scale * images @ texts.T  # (N, N): a row for each image, a column for each text
    own = torch.arange(len(logits), device=logits.device)
    return (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2


class CLIPLoss(nn.Module):
    """`clip` as a module; the logit scale is an argument of the call, because it belongs to the model.

    gather_distributed   compare with the other side's features of all processes, with their gradients

    >>> criterion = CLIPLoss()
    >>> log_scale = torch.nn.Parameter(torch.tensor(0.0))
    >>> round(criterion(torch.eye(4), torch.eye(4), log_scale.exp()).item(), 4)
    0.7437
    """

    def __init__(self, gather_distributed: bool = False):
        super().__init__()
        self.gather_distributed = gather_distributed

    def forward(self, image_features: Tensor, text_features: Tensor, logit_scale: Tensor | float) -> Tensor:
        if self.gather_distributed:
            image_features, text_features = gather_rows(image_features), gather_rows(text_features)
        return clip(image_features, text_features, logit_scale)
