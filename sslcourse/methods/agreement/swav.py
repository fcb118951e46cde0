"""SwAV: views of one image predict each other's place among prototypes (Caron et al., 2020, arXiv:2006.09882)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ... import augment, expect, losses, models


class SwAV(nn.Module):
    """SwAV (Caron et al., 2020, arXiv:2006.09882), Algorithm 1 of its appendix and multi-crop, around any encoder.

        embedding    z_v = head(encoder(v)), of length 1, every view v
        scores       z_v C, with the prototypes C = (c_1, …, c_K)                   C is trained too
        codes        q_i = Sinkhorn-Knopp(z_i C / ε), the global views i            no gradient; equal shares, equation (5)
        loss         the mean of −Σ_k q_i,k log softmax(z_v C / τ)_k over v ≠ i     equations (2) and (6)
        prototypes   c_k ← c_k / ‖c_k‖, after every step
        predicts     another view's place among prototypes
        from         one view
        collapse     all prototypes must be used alike
        parts        prototypes

    There is neither a teacher nor a negative: that all prototypes must be used keeps the answers from being all the same.

    encoder        images -> (N, encoder.num_features), of whatever size a view has
    views          images -> a list of views, the `n_global` global ones first; `augment.dino_views()` by default
    n_global       how many views give codes
    n_prototypes   K. The paper has 3,000 for a thousand classes; without its queue, no more than a batch has images
    temperature    τ > 0
    epsilon        ε > 0
    iterations     of Sinkhorn-Knopp, at least 1
    hidden_dim     width of the head's hidden layer, the encoder's by default; output_dim is that of z

    Left out: the queue of earlier embeddings, and keeping C still during the first epoch. Each view is a batch of its own
    for BatchNorm. Raises ValueError for numbers out of their range.

    >>> method = SwAV(models.small_resnet(), n_prototypes=16)
    >>> loss = method.loss(torch.randint(256, (4, 3, 32, 32), dtype=torch.uint8))
    >>> loss.ndim, method.scores(torch.rand(4, 3, 32, 32)).shape
    (0, torch.Size([4, 16]))
    """

    def __init__(
        self, encoder: nn.Module, *, views: Callable[[Tensor], list[Tensor]] | None = None, n_global: int = 2,
        n_prototypes: int = 128, temperature: float = 0.1, epsilon: float = 0.05, iterations: int = 3,
        hidden_dim: int | None = None, output_dim: int = 128,
    ):
        super().__init__()
        expect.integer(n_prototypes, "n_prototypes", at_least=2)
        width = encoder.num_features
        self.encoder = encoder
        self.head = models.BYOLProjectionHead(width, hidden_dim or width, output_dim)  # the paper's, layer by layer
        self.prototypes = nn.Parameter(F.normalize(torch.randn(n_prototypes, output_dim), dim=1))  # (K, D), row k is c_k
        self.criterion = losses.SwAVLoss(n_global, temperature, epsilon, iterations, gather_distributed=True)
        self.views = views or augment.dino_views()

    def scores(self, view: Tensor) -> Tensor:
        """z C, the cosine of each image with each prototype: (N, C, H, W) -> (N, K)."""
        z = self.head(self.encoder(view))
        with torch.autocast(z.device.type, enabled=False):  # a small ε needs full precision
            return F.normalize(z.float(), dim=1) @ self.prototypes.T

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """The loss of a batch of images (N, C, H, W), or of (images, …): labels are not looked at."""
        images = batch if isinstance(batch, Tensor) else batch[0]
        expect.images(images)
        return self.criterion([self.scores(view) for view in self.views(images)])

    @torch.no_grad()
    def after_step(self, progress: float) -> None:
        """Bring every prototype back to length 1."""
        self.prototypes.copy_(F.normalize(self.prototypes, dim=1))

    def encode(self, images: Tensor) -> Tensor:
        """The features, (N, D)."""
        return self.encoder(images)
