"""EVA, the start of EVA-CLIP: predict CLIP's features of hidden patches (Fang et al., 2023, arXiv:2211.07636)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ... import augment, expect, losses, models
from ..teacher import slow_copy


class EVA(nn.Module):
    """EVA-CLIP (Sun et al., 2023, arXiv:2303.15389), section 2: CLIP, from a start that was trained like this.

        teacher    f = the patches' tokens of a CLIP's image encoder, which sees the whole image          never trained
        student    f̂ = W of the patches' tokens of an encoder that has mask tokens in hidden places
        loss       minus the mean cosine of f̂ and f over the hidden patches           EVA (arXiv:2211.07636), section 2.1
        then       methods.CLIP(eva.encoder, text_encoder): image and text, from that start
        predicts   CLIP's features of hidden patches
        from       the visible patches
        collapse   the teacher stands still
        parts      teacher, masks, text

    encoder      a `models.VisionTransformer` with mask_token=True: the student
    teacher      a `models.VisionTransformer` with as many patches, such as the `image_encoder` of a trained `CLIP`; it is
                 copied, and neither moves nor learns
    mask_ratio   the share of patches to hide, in (0, 1); 0.4 in the paper
    mask         ((N, L), mask_ratio) -> idx_keep, idx_mask; `models.random_token_mask`, or `methods.block_mask`
    views        images -> images, float; a mild crop and a mirror by default

    Left out, of the second stage: dropping half of the patches, and LAMB. Raises ValueError for an encoder without a mask
    token, a teacher that cuts other patches, a ratio outside (0, 1).

    >>> clip = models.VisionTransformer(16, 4, 24, 1, 2)
    >>> method = EVA(models.VisionTransformer(16, 4, 16, 1, 2, mask_token=True), clip)
    >>> method.loss(torch.rand(5, 3, 16, 16)).ndim, method.encode(torch.rand(5, 3, 16, 16)).shape
    (0, torch.Size([5, 16]))
    """

    def __init__(
        self, encoder: models.VisionTransformer, teacher: models.VisionTransformer, *, mask_ratio: float = 0.4,
        mask: Callable[..., tuple[Tensor, Tensor]] = models.random_token_mask,
        views: Callable[[Tensor], Tensor] | None = None,
    ):
        super().__init__()
        is_vit = isinstance(encoder, models.VisionTransformer) and encoder.mask_token is not None
        expect.that(is_vit, "encoder", encoder, "a models.VisionTransformer with mask_token=True")
        fits = isinstance(teacher, models.VisionTransformer) and teacher.patch_size == encoder.patch_size
        expect.that(fits, "teacher", teacher, f"a models.VisionTransformer with patches of {encoder.patch_size} pixels")
        expect.positive(mask_ratio, "mask_ratio")
        expect.that(mask_ratio < 1, "mask_ratio", mask_ratio, "a number in (0, 1)")
        self.encoder, self.teacher = encoder, slow_copy(teacher).eval()
        self.head = nn.Linear(encoder.num_features, teacher.num_features)                 # W
        self.mask_ratio, self.mask, self.views = mask_ratio, mask, views

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """Minus the mean cosine at the hidden patches of images (N, C, H, W), or of (images, …): no label is looked at."""
        images = batch if isinstance(batch, Tensor) else batch[0]
        expect.images(images)
        images = (self.views or augment.weak_views(tuple(images.shape[2:])))(images)
        with torch.no_grad():
            f = self.teacher.tokens(images)[:, 1:]                                        # (N, L, D')
        _, idx_mask = self.mask(tuple(f.shape[:2]), self.mask_ratio, device=images.device)
        hidden = torch.zeros(f.shape[:2], device=images.device).scatter(1, idx_mask, 1).bool()
        said = self.head(self.encoder.tokens(images, mask=hidden)[:, 1:][hidden])         # f̂, (N · hidden, D')
        return losses.negative_cosine_similarity(said, f[hidden])

    def encode(self, images: Tensor) -> Tensor:
        """The encoder with nothing hidden: the mean of the patch tokens, (N, D)."""
        return self.encoder.tokens(images)[:, 1:].mean(dim=1)
