"""VICReg: views together, components spread out, components unlike each other (arXiv:2105.04906)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ... import augment, expect, losses, models
from ...processes import gather_rows


class VICReg(nn.Module):
    """VICReg (Bardes, Ponce & LeCun, 2022) around any encoder; each of its three terms can be left out.

        projection    z = head(encoder(v))                              for both views
        loss          λ · invariance + μ · variance + ν · covariance    equation (6), see `losses.vicreg`
        predicts      the other view's embedding
        from          one view
        collapse      every number must vary, and no two of them together
        parts         none

    encoder        images -> (N, encoder.num_features)
    views          images -> [v0, v1]; `augment.simclr_views()` by default
    lambda_param   λ ≥ 0, of the distance between the two views
    mu_param       μ ≥ 0, of the hinge that keeps each component's standard deviation at 1; 0 leaves it out
    nu_param       ν ≥ 0, of the covariances between components; 0 leaves it out
    hidden_dim     width of the head's hidden layers, the encoder's by default; output_dim is that of z

    Raises ValueError for a negative weight.

    >>> method = VICReg(models.small_resnet(), output_dim=64)
    >>> method.loss(torch.zeros(4, 3, 32, 32, dtype=torch.uint8)).ndim
    0
    """

    def __init__(
        self, encoder: nn.Module, *, views: Callable[[Tensor], list[Tensor]] | None = None, lambda_param: float = 25.0,
        mu_param: float = 25.0, nu_param: float = 1.0, hidden_dim: int | None = None, output_dim: int = 128,
    ):
        super().__init__()
        for weight, name in ((lambda_param, "lambda_param"), (mu_param, "mu_param"), (nu_param, "nu_param")):
            expect.number(weight, name, at_least=0)
        width = encoder.num_features
        self.encoder = encoder
        self.head = models.BarlowTwinsProjectionHead(width, hidden_dim or width, output_dim)
        self.views = views or augment.simclr_views()
        self.weights = (lambda_param, mu_param, nu_param)

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """The loss of a batch of images (N, C, H, W), or of (images, …): labels are not looked at."""
        images = batch if isinstance(batch, Tensor) else batch[0]
        z0, z1 = self.head(self.encoder(torch.cat(self.views(images)))).chunk(2)    # (N, output_dim) each
        return losses.vicreg(gather_rows(z0), gather_rows(z1), *self.weights)

    def encode(self, images: Tensor) -> Tensor:
        """The encoder's features, (N, D): the head serves the loss alone."""
        return self.encoder(images)
