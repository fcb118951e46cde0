"""EsViT: DINO on a hierarchical ViT, and the same between regions that look alike (Li et al., 2022, arXiv:2106.09785)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ... import augment, expect, losses, models
from ..teacher import check_momentum, follow, momentum_at, slow_copy


class EsViT(nn.Module):
    """EsViT (Li et al., 2022, arXiv:2106.09785), section 3, around a `models.HierarchicalViT`.

        regions   z_i, the tokens of the last stage; the view itself is their mean
        L_V       DINO's cross-entropy of views, `losses.DINOLoss`                                            equation (2)
        L_R       the same of each of the student's regions and the teacher's most similar one in another view, equation (3)
        loss      L_V + w L_R
        teacher   θ_t ← m θ_t + (1 − m) θ_s, after every step; two centers, of views and of regions
        predicts  a teacher's answers, of another view and of the region in it that looks most alike
        from      views of an image, large and small
        collapse  the teacher is centered and sharpened
        parts     teacher, prototypes, regions

    encoder         a `models.HierarchicalViT`, or any network with ``tokens(images)`` -> (N, L, D) and num_features
    views           images -> a list of views, the `n_global` global ones first; `augment.dino_views()` by default
    output_dim      K; hidden_dim and bottleneck_dim are those of `models.DINOProjectionHead`, one for views, one for regions
    region_weight   w ≥ 0; 0 is DINO on a hierarchical ViT
    teacher_temp    τ_t; the student's is student_temp. centering=False: both centers stay 0, which let it collapse
    momentum        of the teacher, m, at the start; final_momentum at the end, along a cosine; None: it stays

    Left out: Swin's relative positions, and a sparse kind of attention. Raises ValueError for an encoder without tokens, and
    for numbers out of their range.

    >>> method = EsViT(models.HierarchicalViT(width=8, depth=(1, 1)), output_dim=32)
    >>> loss = method.loss(torch.randint(256, (4, 3, 32, 32), dtype=torch.uint8))
    >>> sorted(method.parts)
    ['regions', 'views']
    """

    def __init__(
        self, encoder: nn.Module, *, views: Callable[[Tensor], list[Tensor]] | None = None, n_global: int = 2,
        output_dim: int = 512, hidden_dim: int = 256, bottleneck_dim: int = 64, region_weight: float = 1.0,
        teacher_temp: float = 0.04, student_temp: float = 0.1, center_momentum: float = 0.9, centering: bool = True,
        momentum: float = 0.99, final_momentum: float | None = 1.0,
    ):
        super().__init__()
        has_tokens = isinstance(encoder, nn.Module) and hasattr(encoder, "tokens") and not hasattr(encoder, "class_token")
        expect.that(has_tokens, "encoder", encoder, "a models.HierarchicalViT")
        expect.integer(n_global, "n_global", at_least=1)
        expect.number(region_weight, "region_weight", at_least=0)
        check_momentum(momentum, final_momentum)
        sizes = (encoder.num_features, hidden_dim, bottleneck_dim, output_dim)
        self.encoder = encoder
        self.heads = nn.ModuleDict({name: models.DINOProjectionHead(*sizes) for name in ("views", "regions")})
        self.teacher_encoder, self.teacher_heads = slow_copy(self.encoder), slow_copy(self.heads)
        how = (output_dim, teacher_temp, student_temp, center_momentum, centering)
        self.criterion, self.region_criterion = losses.DINOLoss(*how), losses.DINOLoss(*how)
        self.views, self.n_global, self.region_weight = views or augment.dino_views(), n_global, float(region_weight)
        self.momentum, self.final_momentum = momentum, final_momentum
        self.targets: Tensor | None = None                      # (T · N, K), of the last loss; not part of the state dict
        self.parts: dict[str, Tensor] = {}

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """The loss of a batch of images (N, C, H, W), or of (images, …): labels are not looked at."""
        images = batch if isinstance(batch, Tensor) else batch[0]
        expect.images(images)
        views = self.views(images)
        z = [self.encoder.tokens(view) for view in views]                                           # (N, S, D) each
        with torch.no_grad():
            t = [self.teacher_encoder.tokens(view) for view in views[: self.n_global]]              # (N, T, D) each
            teacher_out = [self.teacher_heads["views"](view.mean(dim=1)) for view in t]
            self.targets = self.criterion.targets(torch.cat(teacher_out).float())
        student_out = [self.heads["views"](view.mean(dim=1)) for view in z]
        self.parts = {"views": self.criterion(teacher_out=teacher_out, student_out=student_out)}
        if self.region_weight:
            self.parts["regions"] = self._regions(t, z)
        return self.parts["views"] + self.region_weight * self.parts.get("regions", 0.0)

    def _regions(self, t: list[Tensor], z: list[Tensor]) -> Tensor:
        """L_R, the mean over pairs of different views; then the regions' center moves."""
        with torch.no_grad():
            out = [self.teacher_heads["regions"](view).float() for view in t]                       # (N, T, K) each
            p = [self.region_criterion.targets(view) for view in out]
        log_q = [(self.heads["regions"](view).float() / self.region_criterion.student_temp).log_softmax(dim=2) for view in z]
        pairs = [(i, j) for i in range(len(t)) for j in range(len(z)) if i != j]
        total = sum(losses.region_loss(p[i], log_q[j], t[i], z[j].detach()) for i, j in pairs)
        self.region_criterion.move_center(torch.cat(out))
        return total / len(pairs)

    def after_step(self, progress: float) -> None:
        """Move the teacher one step towards the student; `progress` is the share of the run that is done."""
        m = momentum_at(progress, self.momentum, self.final_momentum)
        follow(self.teacher_encoder, self.encoder, m)
        follow(self.teacher_heads, self.heads, m)

    def encode(self, images: Tensor) -> Tensor:
        """The teacher's features, the mean of its regions, (N, D)."""
        return self.teacher_encoder(images)
