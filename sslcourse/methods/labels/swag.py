"""SWAG: pretrain on the words that people wrote under their pictures (Singh et al., 2022, arXiv:2201.08371)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ... import expect


class SWAG(nn.Module):
    """SWAG (Singh et al., 2022, arXiv:2201.08371), section 3.1, around any encoder: hashtags there, keywords of emoji here.

        logits     W encoder(view(x)) + b, one for each word of the vocabulary
        target     1 / K for each of the image's K words, 0 for the others
        loss       −1/K Σ_{k among the words} log softmax(logits)_k, the mean over the images
        predicts   the words that people gave to a picture
        from       the picture
        collapse   the words are given, so one answer for all is wrong
        parts      words as labels

    encoder      images -> (N, encoder.num_features)
    vocab_size   V; word 0 is no word, but an empty place of a shorter row
    views        images -> images, drawn anew for each; None for the images as they are

    A batch is (images (N, C, H, W), words (N, T)), as for `CLIP`; an image without words has no part in the mean. Left out:
    drawing images by the square root of their rarest hashtag's frequency. Raises ValueError for another batch, a word outside
    the vocabulary, a batch without any.

    >>> from sslcourse import models
    >>> method = SWAG(models.small_resnet(), vocab_size=10)
    >>> words = torch.tensor([[1, 2], [3, 0], [4, 5], [6, 0]])
    >>> method.loss((torch.zeros(4, 3, 32, 32, dtype=torch.uint8), words)).ndim
    0
    """

    def __init__(self, encoder: nn.Module, vocab_size: int, *, views: Callable[[Tensor], Tensor] | None = None):
        super().__init__()
        expect.integer(vocab_size, "vocab_size", at_least=2)
        self.encoder, self.views = encoder, views
        self.classifier = nn.Linear(encoder.num_features, vocab_size)

    def loss(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        """The loss of (images, words)."""
        images, words = _tagged(batch, self.classifier.out_features)
        images = self.views(images) if self.views else images
        images = images.float() / 255 if images.dtype == torch.uint8 else images
        log_p = self.classifier(self.encoder(images)).float().log_softmax(dim=1)            # (N, V)
        there = words != 0                                                                  # (N, T)
        count = there.sum(dim=1)                                                            # K of each image
        each = -(log_p.gather(1, words) * there).sum(dim=1) / count.clamp(min=1)            # (N,)
        return each.sum() / (count > 0).sum()

    def encode(self, images: Tensor) -> Tensor:
        """The features, (N, D)."""
        return self.encoder(images)


def _tagged(batch: tuple[Tensor, Tensor], vocab_size: int) -> tuple[Tensor, Tensor]:
    """Images (N, C, H, W) and words (N, T), checked."""
    fits = isinstance(batch, (tuple, list)) and len(batch) == 2
    expect.that(fits, "batch", batch, "(images, words)")
    images, words = batch
    expect.images(images)
    expect.tensor(words, "words", (len(images), "T"))
    expect.labels(words.flatten(), "words", num_classes=vocab_size)
    expect.that(bool((words != 0).any()), "words", expect.Words("no word at all"), "a word for some image")
    return images, words
