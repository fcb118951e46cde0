"""CPC v2: predict the patches further down from those above (Hénaff et al., 2020, arXiv:1905.09272)."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn
from torch.nn import functional as F

from ... import augment, expect, losses


class CPC(nn.Module):
    """CPC v2 (Hénaff et al., 2020, arXiv:1905.09272), section 2, around any encoder of small images.

        patches    a G × G grid of overlapping ones, each with colors and a mirror of its own
        z_i,j      encoder(patch i, j), under a layer norm                                             (N, G, G, D)
        c_i,j      a context of z_u,v in the rows u ≤ i alone: masked convolutions
        ẑ_i+k,j    W_k c_i,j, for k = 1, …, K rows further down
        loss       −log exp(ẑ_i+k,j·z_i+k,j / τ) / Σ_l exp(ẑ_i+k,j·z_l / τ), from above and from below      equation (1)
                   z_l all patches in those rows, of all images of the batch
        predicts   the features of patches further down, among those of others
        from       the patches above them
        collapse   the other patches are wrong answers
        parts      predictor, negatives, patches

    encoder        images of patch_size × patch_size pixels -> (N, encoder.num_features)
    patch_size     pixels; stride, from one patch to the next
    views          patches -> float patches of the same size, each drawn by itself; None for a mirror and SimCLR's colors
    steps          K; rows further down, so fewer than the grid has
    context_depth  masked convolutions; each sees one row more
    temperature    τ > 0; cosines here, where the paper has dot products

    Left out: two of the paper's four directions, left and right, and its patch augmentations beyond color and mirror. Raises
    ValueError for images that hold fewer than K + 1 rows of patches, numbers out of their range.

    >>> from sslcourse import models
    >>> method = CPC(models.small_resnet(), patch_size=8, stride=8)
    >>> import torch
    >>> images = torch.zeros(4, 3, 32, 32, dtype=torch.uint8)
    >>> method.loss(images).ndim, method.grid(images / 255).shape
    (0, torch.Size([4, 4, 4, 128]))
    """

    def __init__(
        self, encoder: nn.Module, *, patch_size: int = 16, stride: int = 4, views: Callable[[Tensor], Tensor] | None = None,
        steps: int = 2, context_depth: int = 3, temperature: float = 0.1,
    ):
        super().__init__()
        sizes = {"patch_size": patch_size, "stride": stride, "steps": steps, "context_depth": context_depth}
        for name, value in sizes.items():
            expect.integer(value, name, at_least=1)
        expect.positive(temperature, "temperature")
        D = encoder.num_features
        self.encoder, self.norm = encoder, nn.LayerNorm(D)
        self.context = nn.Sequential(*(RowsAbove(D) for _ in range(context_depth)))
        self.predictors = nn.ModuleList(nn.Linear(D, D) for _ in range(steps))                      # W_k
        self.patch_size, self.stride, self.views, self.temperature = patch_size, stride, views, temperature

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """The loss of a batch of images (N, C, H, W), or of (images, …): labels are not looked at."""
        images = batch if isinstance(batch, Tensor) else batch[0]
        expect.images(images)
        rows, needed = (images.shape[2] - self.patch_size) // self.stride + 1, len(self.predictors) + 1
        expect.that(rows >= needed, "images", images, f"at least {needed} rows of patches of {self.patch_size} pixels")
        z = self.grid(images, views=self.views or _colors(self.patch_size))                         # (N, G, G', D)
        return (self.downwards(z) + self.downwards(z.flip(1))) / 2

    def downwards(self, z: Tensor) -> Tensor:
        """The loss of predicting each row's patches from the rows above it, the mean over k: (N, G, G', D) -> scalar."""
        c = self.context(z.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)                                 # (N, G, G', D)
        parts = []
        for k, W in enumerate(self.predictors, start=1):
            said, true = W(c[:, :-k]).flatten(0, 2), z[:, k:].flatten(0, 2)                         # (N (G − k) G', D)
            parts.append(losses.info_nce(said, true, self.temperature))
        return sum(parts) / len(parts)

    def grid(self, images: Tensor, views: Callable[[Tensor], Tensor] | None = None) -> Tensor:
        """z, the features of all patches of images (N, C, H, W): (N, G, G', D)."""
        p = images.unfold(2, self.patch_size, self.stride).unfold(3, self.patch_size, self.stride)  # (N, C, G, G', P, P)
        patches = p.permute(0, 2, 3, 1, 4, 5).flatten(0, 2)                                         # (N G G', C, P, P)
        z = self.norm(self.encoder(patches if views is None else views(patches)))
        return z.view(len(images), p.shape[2], p.shape[3], -1)

    def encode(self, images: Tensor) -> Tensor:
        """The mean of all patches' features, (N, D)."""
        return self.grid(images).mean(dim=(1, 2))


class RowsAbove(nn.Module):
    """A residual convolution that sees a place's own row and the one above, and nothing below: (N, D, G, G') -> the same.

    >>> import torch
    >>> RowsAbove(4)(torch.rand(2, 4, 3, 5)).shape
    torch.Size([2, 4, 3, 5])
    """

    def __init__(self, width: int):
        super().__init__()
        self.see = nn.Conv2d(width, width, (2, 3))
        self.mix = nn.Conv2d(width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.mix(F.relu(self.see(F.pad(x, (1, 1, 1, 0)))))                   # one column each side, one row above


def _colors(size: int) -> augment.Compose:
    return augment.Compose([
        augment.RandomResizedCrop(size, scale=(1.0, 1.0), ratio=(1.0, 1.0)), augment.RandomHorizontalFlip(),
        augment.ColorJitter(0.4, 0.4, 0.4, 0.1, p=0.8), augment.RandomGrayscale(p=0.2),
    ])
