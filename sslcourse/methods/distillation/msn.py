"""MSN: a student that sees few patches names the prototypes of the whole image (Assran et al., 2022, arXiv:2204.07141)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ... import augment, expect, losses, models
from ..teacher import check_momentum, follow, momentum_at, slow_copy


class MSN(nn.Module):
    """MSN (Assran et al., 2022, arXiv:2204.07141), section 4, around a Vision Transformer.

        target      s⁺ = z⁺ qᵀ,  z⁺ = teacher_head(teacher_encoder(v0)), the first view, whole        never trained
        anchors     s = z qᵀ,    z = head(encoder(v)), every other view; of v1 most patches are dropped
        loss        the mean of H(p⁺, p) − λ H(p̄), `losses.msn`, equation (1)           prototypes q of length 1, trained too
        teacher     θ̄ ← m θ̄ + (1 − m) θ, after every step
        predicts    which prototypes the whole image belongs to
        from        a view of which most patches were dropped, and small crops
        collapse    λ H(p̄) wants all prototypes used; sharp targets want one for each image
        parts       teacher, prototypes, masks

    encoder                 a `models.VisionTransformer`
    views                   images -> a list of views: the target's, the masked one, and small ones that stay whole
    n_prototypes            K; the paper has 1,024
    mask_ratio              the share of v1's patches that the student never gets, in [0, 1)
    temperature             τ of the anchors, and target_temperature τ⁺ < τ of the targets
    iterations              of Sinkhorn-Knopp on the targets; 0 leaves it out
    regularization_weight   λ ≥ 0
    momentum                of the teacher, m, at the start; final_momentum at the end, along a cosine; None: it stays
    hidden_dim              width of the head's hidden layers, the encoder's by default; output_dim is that of z

    Left out: several masked views of one crop. Raises ValueError for an encoder that is no VisionTransformer, and for numbers
    out of their range.

    >>> method = MSN(models.VisionTransformer(16, 4, 16, 1, 2), views=augment.dino_views(16, 8), n_prototypes=8)
    >>> loss = method.loss(torch.randint(256, (4, 3, 16, 16), dtype=torch.uint8))
    >>> loss.ndim, method.targets.shape
    (0, torch.Size([4, 8]))
    """

    def __init__(
        self, encoder: models.VisionTransformer, *, views: Callable[[Tensor], list[Tensor]] | None = None,
        n_prototypes: int = 128, mask_ratio: float = 0.5, temperature: float = 0.1, target_temperature: float = 0.025,
        iterations: int = 3, regularization_weight: float = 1.0, momentum: float = 0.99,
        final_momentum: float | None = 1.0, hidden_dim: int | None = None, output_dim: int = 64,
    ):
        super().__init__()
        expect.that(isinstance(encoder, models.VisionTransformer), "encoder", encoder, "a models.VisionTransformer")
        expect.integer(n_prototypes, "n_prototypes", at_least=2)
        expect.number(mask_ratio, "mask_ratio", at_least=0)
        expect.that(mask_ratio < 1, "mask_ratio", mask_ratio, "a number in [0, 1)")
        check_momentum(momentum, final_momentum)
        width = encoder.num_features
        self.encoder = encoder
        self.head = models.SimCLRProjectionHead(width, hidden_dim or width, output_dim, num_layers=3)
        self.teacher_encoder, self.teacher_head = slow_copy(self.encoder), slow_copy(self.head)
        self.prototypes = nn.Parameter(F.normalize(torch.randn(n_prototypes, output_dim), dim=1))     # q, (K, D)
        self.criterion = losses.MSNLoss(
            temperature, target_temperature, iterations, regularization_weight, gather_distributed=True)
        self.views = views or augment.dino_views()
        self.mask_ratio, self.momentum, self.final_momentum = mask_ratio, momentum, final_momentum
        self.targets: Tensor | None = None      # p⁺ before Sinkhorn-Knopp, (N, K), of the last loss; not in the state dict

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """The loss of a batch of images (N, C, H, W), or of (images, …): labels are not looked at."""
        images = batch if isinstance(batch, Tensor) else batch[0]
        expect.images(images)
        whole, masked, *small = self.views(images)
        with torch.no_grad():
            target = self.scores(self.teacher_head(self.teacher_encoder(whole)))                       # s⁺, (N, K)
            self.targets = (target / self.criterion.target_temperature).softmax(dim=1)
        length = len(models.patchify(masked[:1], self.encoder.patch_size)[0])                         # L
        idx_keep, _ = models.random_token_mask((len(masked), length), self.mask_ratio, device=masked.device)
        seen = [self.encoder.forward_features(masked, idx_keep=idx_keep)]                              # (N, D): of K patches
        if small:
            seen += self.encoder(torch.cat(small)).chunk(len(small))
        return self.criterion([self.scores(self.head(h)) for h in seen], target)

    def scores(self, z: Tensor) -> Tensor:
        """Cosines with the prototypes: (N, output_dim) -> (N, K)."""
        with torch.autocast(z.device.type, enabled=False):                  # a small temperature needs full precision
            return F.normalize(z.float(), dim=1) @ F.normalize(self.prototypes, dim=1).T

    def after_step(self, progress: float) -> None:
        """Move the teacher one step towards the student; `progress` is the share of the run that is done."""
        m = momentum_at(progress, self.momentum, self.final_momentum)
        follow(self.teacher_encoder, self.encoder, m)
        follow(self.teacher_head, self.head, m)

    def encode(self, images: Tensor) -> Tensor:
        """The teacher's features of whole images, (N, D), as in the paper."""
        return self.teacher_encoder(images)
