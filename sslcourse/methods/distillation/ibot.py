"""iBOT: DINO on images, and the same game once more for hidden patches (Zhou et al., 2022, arXiv:2111.07832)."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from ... import models
from ..masks import block_mask
from .dinov2 import DINOv2


class IBOT(DINOv2):
    """iBOT (Zhou et al., 2022, arXiv:2111.07832), section 3, around a Vision Transformer: what DINOv2 grew out of.

        student     class token and patches of every view; some patches of the global views are hidden from it
        teacher     class token and patches of the global views, whole; a slow copy, never trained
        L_[CLS]     the teacher's class token of one view against the student's of every other, as in DINO
        L_MIM       −Σ_i m_i P_t(u_i)ᵀ log P_s(û_i), at each hidden patch of one view, `losses.ibot`
        loss        L_[CLS] + L_MIM
        predicts    a teacher's answers, of another view and of hidden patches
        from        views of an image, of which blocks are hidden
        collapse    the teacher is centered and sharpened, its patches by a center of their own
        parts       teacher, prototypes, masks

    One head serves class token and patches (section 4.3.2: shared is better), and the teacher is centered: with
    untied heads, Sinkhorn-Knopp in the place of the centers and KoLeo it is `DINOv2`, which holds the lines that both share.

    encoder         a `models.VisionTransformer` with mask_token=True
    views           images -> a list of views, the `n_global` global ones first; `augment.dino_views()` by default
    output_dim      K; hidden_dim, bottleneck_dim and batch_norm are those of `models.DINOProjectionHead`
    teacher_temp    τ_t; the student's is student_temp
    centering       True: two centers, which follow the teacher with center_momentum; False: none
    mim_weight      of L_MIM; 0 leaves it out, and DINO with hidden patches is left
    mask            ((N, L), ratio) -> idx_keep, idx_mask: `methods.block_mask`, one block; or `models.random_token_mask`
    mask_ratio      the least and the largest share of patches to hide, drawn for each batch
    mask_share      of the global views, in which patches are hidden
    momentum        of the teacher, m, at the start; final_momentum at the end, along a cosine; None: it stays
    which, pool     whose features `encode` gives, "teacher" or "student"; the "class" token, or the "mean" of the patches

    Left out: the warm-up of the teacher's temperature, and the last layer that stands still for an epoch. Raises ValueError
    as `DINOv2` does.

    >>> from sslcourse import augment
    >>> encoder = models.VisionTransformer(16, 4, width=16, depth=1, heads=2, mask_token=True)
    >>> method = IBOT(encoder, views=augment.dino_views(16, 8), output_dim=32)
    >>> import torch
    >>> loss = method.loss(torch.randint(256, (4, 3, 16, 16), dtype=torch.uint8))
    >>> sorted(method.parts), list(method.heads)
    (['DINO', 'iBOT'], ['class'])
    """

    def __init__(
        self, encoder: models.VisionTransformer, *, views: Callable[[Tensor], list[Tensor]] | None = None, n_global: int = 2,
        output_dim: int = 512, hidden_dim: int = 256, bottleneck_dim: int = 64, batch_norm: bool = False,
        teacher_temp: float = 0.04, student_temp: float = 0.1, centering: bool = True, center_momentum: float = 0.9,
        mim_weight: float = 1.0, mask: Callable[..., tuple[Tensor, Tensor]] = block_mask,
        mask_ratio: tuple[float, float] = (0.1, 0.5), mask_share: float = 0.5, momentum: float = 0.99,
        final_momentum: float | None = 1.0, which: str = "teacher", pool: str = "class",
    ):
        super().__init__(
            encoder, views=views, n_global=n_global, output_dim=output_dim, hidden_dim=hidden_dim,
            bottleneck_dim=bottleneck_dim, batch_norm=batch_norm, untied=False, teacher_temp=teacher_temp,
            student_temp=student_temp, centering=centering, center_momentum=center_momentum, ibot_weight=mim_weight,
            koleo_weight=0.0, mask=mask, mask_ratio=mask_ratio, mask_share=mask_share, momentum=momentum,
            final_momentum=final_momentum, which=which, pool=pool,
        )
