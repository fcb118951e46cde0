"""CLIP and SigLIP: an image encoder and a text encoder that learn to agree (Radford et al., 2021; Zhai et al., 2023)."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ... import expect, losses, models
from ...processes import gather_rows

#: the logit scale and the logit bias that each loss begins with
STARTS = {"softmax": (1 / 0.07, 0.0), "sigmoid": (10.0, -10.0)}
LARGEST_SCALE = 100.0


class CLIP(nn.Module):
    """CLIP (Radford et al., 2021, arXiv:2103.00020, figure 3) or SigLIP (Zhai et al., 2023, arXiv:2303.15343, Algorithm 1).

        image       I = W_I f(view of the image), scaled to length 1
        text        T = W_T g(its words, some left out), scaled to length 1
        logits      e^t I·T + b                                 t and b are learned; e^t stays at 100 or below
        loss        softmax: `losses.clip`, each image finds its text and each text its image; b is not used
                    sigmoid: `losses.siglip`, each of the N × N cells: a pair, or not?
        predicts    which text belongs to which image
        from        the other side's embedding
        collapse    the batch's other pairs are wrong answers
        parts       text, negatives

    image_encoder   images -> (N, image_encoder.num_features)
    text_encoder    tokens -> (N, text_encoder.num_features); `models.BagOfWords` is one
    kind            "softmax" or "sigmoid"
    embedding_dim   of I and T
    views           images -> images, drawn anew for each; None for the images as they are
    drop            the share of a text's words that is left out, another draw for each step

    A batch is (images (N, C, H, W), tokens (N, T)); or, where K pictures have the same text, (rows (N, K, C, H, W), tokens):
    one of the K is drawn for each step, so that no text stands in a batch twice. Raises ValueError for anything else, and for
    numbers out of their range.

    >>> method = CLIP(models.small_resnet(), models.BagOfWords(10, 16), embedding_dim=8)
    >>> images, tokens = torch.zeros(4, 3, 32, 32, dtype=torch.uint8), torch.tensor([[1, 2], [3, 0], [4, 5], [6, 0]])
    >>> method.loss((images, tokens)).ndim, method.encode(images / 255).shape, method.encode_text(tokens).shape
    (0, torch.Size([4, 8]), torch.Size([4, 8]))
    """

    def __init__(
        self, image_encoder: nn.Module, text_encoder: nn.Module, *, kind: str = "softmax", embedding_dim: int = 128,
        views: Callable[[Tensor], Tensor] | None = None, drop: float = 0.5,
    ):
        super().__init__()
        expect.one_of(kind, "kind", STARTS)
        expect.integer(embedding_dim, "embedding_dim", at_least=2)
        expect.number(drop, "drop", at_least=0, at_most=1)
        self.image_encoder, self.text_encoder = image_encoder, text_encoder
        self.image_head = nn.Linear(image_encoder.num_features, embedding_dim, bias=False)  # W_I
        self.text_head = nn.Linear(text_encoder.num_features, embedding_dim, bias=False)  # W_T
        scale, bias = STARTS[kind]
        self.log_scale = nn.Parameter(torch.tensor(math.log(scale)))  # t
        self.bias = nn.Parameter(torch.tensor(bias), requires_grad=kind == "sigmoid")  # b
        self.kind, self.views, self.drop = kind, views, drop

    def loss(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        """The loss of a batch of pairs: every image's text is wrong for all the others."""
        images, tokens = _pairs(batch)
        images = self.views(images) if self.views else images
        images = images.float() / 255 if images.dtype == torch.uint8 else images
        I = gather_rows(self.encode(images))
        T = gather_rows(self.encode_text(models.drop_words(tokens, self.drop)))
        scale = self.log_scale.exp().clamp(max=LARGEST_SCALE)
        return losses.clip(I, T, scale) if self.kind == "softmax" else losses.siglip(I, T, scale, self.bias)

    def encode(self, images: Tensor) -> Tensor:
        """I, (N, embedding_dim), of length 1: where images and texts are compared by a dot product."""
        return F.normalize(self.image_head(self.image_encoder(images)).float(), dim=1)

    def encode_text(self, tokens: Tensor) -> Tensor:
        """T, (N, embedding_dim), of length 1."""
        return F.normalize(self.text_head(self.text_encoder(tokens)).float(), dim=1)


def _pairs(batch: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """Images (N, C, H, W) and tokens (N, T); of several pictures with one text, one is drawn."""
    fits = isinstance(batch, (tuple, list)) and len(batch) == 2
    expect.that(fits, "batch", batch, "(images, tokens)")
    images, tokens = batch
    if isinstance(images, Tensor) and images.ndim == 5:
        chosen = torch.randint(images.shape[1], (len(images),), device=images.device)
        images = images[torch.arange(len(images), device=images.device), chosen]
    expect.images(images)
    expect.tensor(tokens, "tokens", (len(images), "T"))
    return images, tokens
