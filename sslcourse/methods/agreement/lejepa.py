"""LeJEPA: agreement, and a cloud that is kept Gaussian (Balestriero & LeCun, 2025, arXiv:2511.08544)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ... import augment, expect, losses, models
from ...processes import gather_rows


class LeJEPA(nn.Module):
    """LeJEPA (Balestriero & LeCun, 2025, arXiv:2511.08544), section 5, around any encoder.

        embedding    z_v = head(encoder(v)), every view v
        loss         (1 − λ) · mean (μ − z_v)²  +  λ · mean of SIGReg(z_v), `losses.lejepa`, μ the mean of global views
        directions   M of them, drawn anew for each batch
        predicts     the mean of an image's global views
        from         any of its views
        collapse     SIGReg: along every direction the embeddings are N(0, 1), and a point is not
        parts        none

    encoder          images -> (N, encoder.num_features), of whatever size a view has
    views            images -> a list of views, the `n_global` global ones first; `augment.dino_views()` by default
    n_global         how many of them are global
    lambda_param     λ in [0, 1], the paper's one setting
    n_directions     M
    hidden_dim       width of the head's hidden layers, the encoder's by default; output_dim is that of z

    Each view is a batch of its own for BatchNorm. Left out: nothing but the sizes. Raises ValueError for numbers out of their
    range.

    >>> method = LeJEPA(models.small_resnet(), n_directions=32)
    >>> method.loss(torch.randint(256, (4, 3, 32, 32), dtype=torch.uint8)).ndim
    0
    """

    def __init__(
        self, encoder: nn.Module, *, views: Callable[[Tensor], list[Tensor]] | None = None, n_global: int = 2,
        lambda_param: float = 0.05, n_directions: int = 256, hidden_dim: int | None = None, output_dim: int = 64,
    ):
        super().__init__()
        expect.integer(n_global, "n_global", at_least=1)
        expect.number(lambda_param, "lambda_param", at_least=0, at_most=1)
        expect.integer(n_directions, "n_directions", at_least=1)
        width = encoder.num_features
        self.encoder = encoder
        self.head = models.BarlowTwinsProjectionHead(width, hidden_dim or width, output_dim)   # three layers, the last bare
        self.views, self.n_global = views or augment.dino_views(), n_global
        self.lambda_param, self.n_directions, self.output_dim = float(lambda_param), n_directions, output_dim

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """The loss of a batch of images (N, C, H, W), or of (images, …): labels are not looked at."""
        images = batch if isinstance(batch, Tensor) else batch[0]
        expect.images(images)
        z = [gather_rows(self.head(self.encoder(view))) for view in self.views(images)]           # (N, output_dim) each
        directions = torch.randn(self.n_directions, self.output_dim, device=images.device)
        return losses.lejepa(z, directions, self.n_global, self.lambda_param)

    def encode(self, images: Tensor) -> Tensor:
        """The features, (N, D)."""
        return self.encoder(images)
