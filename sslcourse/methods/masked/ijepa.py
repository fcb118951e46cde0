"""I-JEPA: predict the features of hidden blocks, and no pixels (Assran et al., 2023, arXiv:2301.08243)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ... import expect, losses, models
from ..teacher import check_momentum, follow, momentum_at, slow_copy
from .mae import sine_cosine_positions


def _check_multi_block(n, grid, n_targets, target_scale, aspect, context_scale):
    for value, name in ((n, "n"), (grid, "grid"), (n_targets, "n_targets")):
        expect.integer(value, name, at_least=2 if name == "grid" else 1)
    ranges = ((target_scale, "target_scale", 1), (aspect, "aspect", math.inf), (context_scale, "context_scale", 1))
    for value, name, most in ranges:
        in_order = isinstance(value, (tuple, list)) and len(value) == 2 and 0 < value[0] <= value[1] <= most
        expect.that(in_order, name, value, "(least, largest), two numbers above 0" + (", at most 1" if most == 1 else ""))


@expect.checked(_check_multi_block)
def multi_block_mask(
    n: int, grid: int, n_targets: int = 4, target_scale: tuple[float, float] = (0.15, 0.2),
    aspect: tuple[float, float] = (0.75, 1.5), context_scale: tuple[float, float] = (0.85, 1.0),
    device: torch.device | str | None = None,
) -> tuple[Tensor, Tensor]:
    """I-JEPA's context and targets: -> idx_context (N, K), idx_target (N, M, B), places of a grid × grid of patches.

    Assran et al. (2023, arXiv:2301.08243), section 3 and figure 4: M blocks to predict, which may overlap, and one large
    square block to see, without the patches of any target. Sizes are drawn once for a batch, places for each image; K is
    the least number of context patches in the batch, so that they make a full tensor.

    n, grid         N images, and the patches along each side
    n_targets       M
    target_scale    least and largest share of the patches in a target
    aspect          least and largest height over width of a target
    context_scale   least and largest share of the patches in the block to see
    device          where the indices go

    Raises ValueError for sizes below 1, and for ranges that are not in order.

    >>> context, target = multi_block_mask(5, grid=8)
    >>> bool((context[:, :, None] == target.flatten(1)[:, None]).any()), target.shape[:2]
    (False, torch.Size([5, 4]))
    """
    def between(low, high):
        return low + (high - low) * float(torch.rand(()))

    def block(share, ratio, count):
        height, width = (min(grid, max(1, round(math.sqrt(share * grid**2 * r)))) for r in (ratio, 1 / ratio))
        top = torch.randint(grid - height + 1, (n, count, 1, 1), device=device)
        left = torch.randint(grid - width + 1, (n, count, 1, 1), device=device)
        rows, columns = torch.arange(height, device=device)[:, None], torch.arange(width, device=device)
        return ((top + rows) * grid + left + columns).flatten(2)                         # (N, count, height · width)

    target = block(between(*target_scale), between(*aspect), n_targets)
    seen = block(between(*context_scale), 1.0, 1).flatten(1)
    free = torch.zeros(n, grid**2, device=device).scatter(1, seen, 1.0) + 1              # 2 inside the block, 1 outside
    free = free.scatter(1, target.flatten(1), 0.0)                                       # 0 in a target
    keep = max(1, int((free == 2).sum(dim=1).min()))
    order = (free + 0.5 * torch.rand_like(free)).argsort(dim=1, descending=True)
    return order[:, :keep].sort(dim=1).values, target


class IJEPA(nn.Module):
    """I-JEPA (Assran et al., 2023, arXiv:2301.08243), section 3, around a Vision Transformer.

        context    s_x = encoder(x), of the context's patches alone
        target     s_y = LN(teacher_encoder(x)) at the places of M blocks; it sees the whole image      never trained
        predictor  ŝ_y = a narrow transformer on s_x and a mask token at each place of one block
        loss       the mean of (ŝ_y − s_y)² over blocks, places and components                        equation (1)
        teacher    θ̄ ← m θ̄ + (1 − m) θ, after every step
        predicts   a teacher's features of hidden blocks
        from       the visible patches of the same image, nothing augmented
        collapse   the target is a slow copy, and only the other side has a predictor
        parts      teacher, predictor, masks

    encoder             a `models.VisionTransformer`
    predictor_width, predictor_depth, predictor_heads   of the predictor, which is thrown away after training
    n_targets, target_scale, aspect, context_scale      of `multi_block_mask`
    momentum            of the teacher, m, at the start; final_momentum at the end, along a cosine; None: it stays

    The encoder's class token takes part and is asked nothing. Left out: a smallest size of the context. Raises ValueError for
    an encoder that is no VisionTransformer, and for numbers out of their range.

    >>> method = IJEPA(models.VisionTransformer(16, 4, 16, 1, 2), predictor_width=16, predictor_depth=1)
    >>> method.loss(torch.rand(5, 3, 16, 16)).ndim, method.encode(torch.rand(5, 3, 16, 16)).shape
    (0, torch.Size([5, 16]))
    """

    def __init__(
        self, encoder: models.VisionTransformer, *, predictor_width: int = 64, predictor_depth: int = 2,
        predictor_heads: int = 4, n_targets: int = 4, target_scale: tuple[float, float] = (0.15, 0.2),
        aspect: tuple[float, float] = (0.75, 1.5), context_scale: tuple[float, float] = (0.85, 1.0), momentum: float = 0.99,
        final_momentum: float | None = 1.0,
    ):
        super().__init__()
        expect.that(isinstance(encoder, models.VisionTransformer), "encoder", encoder, "a models.VisionTransformer")
        expect.integer(predictor_depth, "predictor_depth", at_least=1)
        check_momentum(momentum, final_momentum)
        self.masks = (n_targets, target_scale, aspect, context_scale)
        _check_multi_block(1, encoder.grid, *self.masks)
        self.encoder, self.teacher_encoder = encoder, slow_copy(encoder)
        self.embed = nn.Linear(encoder.num_features, predictor_width)
        self.blocks = nn.ModuleList(models.TransformerBlock(predictor_width, predictor_heads) for _ in range(predictor_depth))
        self.norm = nn.LayerNorm(predictor_width, eps=1e-6)
        self.head = nn.Linear(predictor_width, encoder.num_features)
        self.mask_token = nn.Parameter(torch.randn(1, 1, predictor_width) * 0.02)
        positions = sine_cosine_positions(encoder.grid, encoder.grid, predictor_width)[0, 1:]
        self.register_buffer("positions", positions, persistent=False)                   # (L, W)
        self.momentum, self.final_momentum = momentum, final_momentum

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """The loss of a batch of images (N, C, H, W), or of (images, …): labels are not looked at."""
        images = batch if isinstance(batch, Tensor) else batch[0]
        expect.images(images)
        x = images.float() / 255 if images.dtype == torch.uint8 else images
        context, target = multi_block_mask(len(x), self.encoder.grid, *self.masks, device=x.device)
        N, M, B = target.shape
        with torch.no_grad():
            s = self.teacher_encoder.tokens(x)[:, 1:]                                    # (N, L, D)
            s = F.layer_norm(s.float(), s.shape[-1:])
            s = models.get_at_index(s, target.flatten(1)).view(N * M, B, -1)             # s_y, (N M, B, D)
        return losses.masked_mse(self.predict(self.encoder.tokens(x, idx_keep=context)[:, 1:], context, target), s)

    def predict(self, s_x: Tensor, context: Tensor, target: Tensor) -> Tensor:
        """ŝ_y of every block by itself: s_x (N, K, D), places (N, K) and (N, M, B) -> (N M, B, D)."""
        N, M, B = target.shape
        seen = (self.embed(s_x) + self.positions[context]).repeat_interleave(M, dim=0)   # (N M, K, W)
        asked = self.mask_token + self.positions[target.flatten(0, 1)]                   # (N M, B, W)
        z = torch.cat([seen, asked.to(seen.dtype)], dim=1)
        for block in self.blocks:
            z = block(z)
        return self.head(self.norm(z[:, -B:]))

    def after_step(self, progress: float) -> None:
        """Move the teacher one step towards the student; `progress` is the share of the run that is done."""
        follow(self.teacher_encoder, self.encoder, momentum_at(progress, self.momentum, self.final_momentum))

    def encode(self, images: Tensor) -> Tensor:
        """The mean of the teacher's patches, (N, D), as in the paper."""
        return self.teacher_encoder.tokens(images)[:, 1:].mean(dim=1)
