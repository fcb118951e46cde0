"""CLIP's symmetric InfoNCE between images and texts (Radford et al., 2021, arXiv:2103.00020)."""

from __future__ import annotations

import numbers

import torch
from torch import Tensor, nn

from .. import expect
from ..processes import gather_rows, rank
from . import inputs
from .contrast import contrast


def clip(
    image_features: Tensor, text_features: Tensor, logit_scale: Tensor | float, *, gather_distributed: bool = False
) -> Tensor:
    r"""Each image finds its text among the batch's, and each text its image.

    CLIP, Figure 3, which is the InfoNCE of van den Oord et al. (2018, arXiv:1807.03748), equation (4), both ways. With
    I, T the normalised features of N pairs and s the logit scale, 1/τ:

        L = ½ · 1/N Σ_i [ −log  e^{s I_i·T_i} / Σ_j e^{s I_i·T_j}  −  log  e^{s I_i·T_i} / Σ_j e^{s I_j·T_i} ]

    Args:
        image_features, text_features: (N, D), any length: they are normalised here. N ≥ 2.
        logit_scale: s > 0, a number or a tensor with one element that receives a gradient. CLIP learns t and passes
            `t.exp()`, from t = ln(1 / 0.07), and keeps it at most 100.
        gather_distributed: the other side's features of all processes, with their gradients.

    Raises:
        ValueError: wrong rank, mismatched or non-finite features, a single pair, logit_scale ≤ 0.

        >>> round(float(clip(torch.eye(4), torch.eye(4), 1.0)), 4)  # log(1 + 3 / e)
        0.7437
        >>> round(float(clip(torch.ones(4, 2), torch.ones(4, 2), 100.0)), 4)  # ln 4: all alike
        1.3863
    """
    inputs.pair(image_features, text_features, ("image_features", "text_features"))
    _check_scale(logit_scale)
    with inputs.full_precision(image_features, text_features) as (images, texts):
        images, texts = inputs.unit(images), inputs.unit(texts)
        all_images, all_texts = images, texts
        mine = torch.arange(len(images), device=images.device)
        if gather_distributed:
            all_images, all_texts = gather_rows(images), gather_rows(texts)
            mine = mine + rank() * len(images)
        inputs.rows(len(all_images), "image_features, text_features", 2)
        image_to_text = contrast(logit_scale * images, all_texts, positive=mine)
        text_to_image = contrast(logit_scale * texts, all_images, positive=mine)
        return (image_to_text + text_to_image) / 2


class CLIPLoss(nn.Module):
    """`clip` as a module; the logit scale is an argument of the call, for it belongs to the model.

        >>> criterion = CLIPLoss()
        >>> log_scale = torch.nn.Parameter(torch.tensor(0.0))
        >>> round(criterion(torch.eye(4), torch.eye(4), log_scale.exp()).item(), 4)
        0.7437
    """

    def __init__(self, gather_distributed: bool = False):
        super().__init__()
        self.gather_distributed = gather_distributed

    def forward(self, image_features: Tensor, text_features: Tensor, logit_scale: Tensor | float) -> Tensor:
        return clip(image_features, text_features, logit_scale, gather_distributed=self.gather_distributed)


def _check_scale(logit_scale: Tensor | float) -> None:
    is_tensor = isinstance(logit_scale, Tensor)
    is_one = logit_scale.numel() == 1 if is_tensor else isinstance(logit_scale, numbers.Real)
    expect.that(is_one, "logit_scale", logit_scale, "a number > 0, or a tensor with one element")
    expect.positive(logit_scale.detach().item() if is_tensor else logit_scale, "logit_scale")
