"""SimMIM: mask tokens in, one linear layer out, pixels by their absolute error (Xie et al., 2022, arXiv:2111.09886)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ... import augment, expect, models


class SimMIM(nn.Module):
    """SimMIM (Xie et al., 2022, arXiv:2111.09886), section 3, around a Vision Transformer.

        tokens     every patch goes in; where one is hidden, a learned mask token in its place
        head       one linear layer, from each token to its patch's P pixel values
        loss       ‖y_M − x_M‖₁ over the number of hidden values                               section 3.4
        predicts   pixels of hidden patches
        from       the visible patches
        collapse   pixels are given, so one answer for all is wrong
        parts      masks

    encoder      a `models.VisionTransformer` with mask_token=True
    mask_ratio   the share of patches to hide, in (0, 1); 0.6 in the paper
    mask         ((N, L), mask_ratio) -> idx_keep, idx_mask; `models.random_token_mask`
    views        images -> images, float; a mild crop and a mirror by default
    pool         what `encode` gives: "mean" over the patches, or "class", the class token

    Left out: masks coarser than a patch, and Swin. Raises ValueError for an encoder without a mask token, a ratio outside
    (0, 1), an unknown pooling.

    >>> method = SimMIM(models.VisionTransformer(16, 4, 16, 1, 2, mask_token=True))
    >>> method.loss(torch.rand(5, 3, 16, 16)).ndim, method.encode(torch.rand(5, 3, 16, 16)).shape
    (0, torch.Size([5, 16]))
    """

    def __init__(
        self, encoder: models.VisionTransformer, *, mask_ratio: float = 0.6,
        mask: Callable[..., tuple[Tensor, Tensor]] = models.random_token_mask,
        views: Callable[[Tensor], Tensor] | None = None, pool: str = "mean",
    ):
        super().__init__()
        is_vit = isinstance(encoder, models.VisionTransformer) and encoder.mask_token is not None
        expect.that(is_vit, "encoder", encoder, "a models.VisionTransformer with mask_token=True")
        expect.positive(mask_ratio, "mask_ratio")
        expect.that(mask_ratio < 1, "mask_ratio", mask_ratio, "a number in (0, 1)")
        expect.one_of(pool, "pool", ("mean", "class"))
        self.encoder, self.mask_ratio, self.mask, self.views, self.pool = encoder, mask_ratio, mask, views, pool
        self.head = nn.Linear(encoder.num_features, encoder.in_channels * encoder.patch_size**2)

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """Mean absolute error on the hidden patches of images (N, C, H, W), or of (images, …): labels are not looked at."""
        images = batch if isinstance(batch, Tensor) else batch[0]
        expect.images(images)
        images = (self.views or augment.weak_views(tuple(images.shape[2:])))(images)
        patches = models.patchify(images, self.encoder.patch_size).float()                     # (N, L, P)
        _, idx_mask = self.mask(tuple(patches.shape[:2]), self.mask_ratio, device=images.device)
        hidden = torch.zeros(patches.shape[:2], device=images.device).scatter(1, idx_mask, 1).bool()
        said = self.head(self.encoder.tokens(images, mask=hidden)[:, 1:]).float()              # (N, L, P)
        return F.l1_loss(said[hidden], patches[hidden])

    def encode(self, images: Tensor) -> Tensor:
        """The encoder with nothing hidden: the mean of the patch tokens, or the class token, (N, D)."""
        tokens = self.encoder.tokens(images)
        return tokens[:, 0] if self.pool == "class" else tokens[:, 1:].mean(dim=1)
