"""BYOL: predict what a slow copy of yourself says of another view (Grill et al., 2020, arXiv:2006.07733)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ... import augment, losses, models
from ..teacher import check_momentum, follow, momentum_at, slow_copy


class BYOL(nn.Module):
    """BYOL, section 3 of the paper, around any encoder: a student that learns and a teacher that follows it.

        student    p = predictor(head(encoder(v)))                          trained
        teacher    z = teacher_head(teacher_encoder(v'))                    never trained
        loss       minus the mean cosine of p and z, over both orders of the views: from −1 to 1
        teacher    θ̄ ← m θ̄ + (1 − m) θ, after every step                    equation (1)
        predicts   a slow copy's embedding of another view
        from       one view
        collapse   only one side has a predictor, and the other follows slowly
        parts      teacher, predictor

    The paper's loss, equation (2), is ‖p̄ − z̄‖² = 2 − 2 cos, summed over both orders: 4 times this one, plus 4.

    encoder          images -> (N, encoder.num_features)
    views            images -> [v0, v1]; `augment.simclr_views()` by default
    momentum         m at the start, in [0, 1]: 0 copies the student, 1 keeps the teacher as it was born
    final_momentum   m at the end, reached along the paper's cosine (section 3.3); None: m stays
    predictor        False: p is the projection itself
    hidden_dim       width of head and predictor inside, the encoder's by default; output_dim is that of z and p

    `after_step` moves the teacher; the training loop calls it. The teacher is part of the state dict, so a checkpoint
    holds it. Raises ValueError for a momentum outside [0, 1].

    >>> method = BYOL(models.small_resnet(), output_dim=64)
    >>> any(p.requires_grad for p in method.teacher_encoder.parameters())
    False
    """

    def __init__(
        self, encoder: nn.Module, *, views: Callable[[Tensor], list[Tensor]] | None = None, momentum: float = 0.99,
        final_momentum: float | None = 1.0, predictor: bool = True, hidden_dim: int | None = None, output_dim: int = 128,
    ):
        super().__init__()
        check_momentum(momentum, final_momentum)
        width = hidden_dim or encoder.num_features
        self.encoder = encoder
        self.head = models.BYOLProjectionHead(encoder.num_features, width, output_dim)
        self.predictor = models.BYOLPredictionHead(output_dim, width, output_dim) if predictor else nn.Identity()
        self.teacher_encoder, self.teacher_head = slow_copy(self.encoder), slow_copy(self.head)
        self.views = views or augment.simclr_views()
        self.momentum, self.final_momentum = momentum, final_momentum

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """The loss of a batch of images (N, C, H, W), or of (images, …): labels are not looked at."""
        images = batch if isinstance(batch, Tensor) else batch[0]
        both = torch.cat(self.views(images))                            # (2N, C, H, W): v0, then v1
        p0, p1 = self.predictor(self.head(self.encoder(both))).chunk(2)
        with torch.no_grad():
            z0, z1 = self.teacher_head(self.teacher_encoder(both)).chunk(2)
        return losses.simsiam_loss(p0, p1, z0, z1)

    def after_step(self, progress: float) -> None:
        """Move the teacher one step towards the student; `progress` is the share of the run that is done."""
        m = momentum_at(progress, self.momentum, self.final_momentum)
        follow(self.teacher_encoder, self.encoder, m)
        follow(self.teacher_head, self.head, m)

    def encode(self, images: Tensor) -> Tensor:
        """The student's features, (N, D), which the paper keeps."""
        return self.encoder(images)
