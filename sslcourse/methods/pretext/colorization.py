"""Colorization: predict each pixel's color from gray (Larsson et al., 2016, arXiv:1603.06668).

The losses and the bins are those of Zhang, Isola & Efros (2016, arXiv:1603.08511).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ... import augment, expect
from .color_bins import annealed_mean, colorization_loss
from .color_space import grey_input, paint, rgb_to_lab


class _Colorizer(nn.Module):
    """A network from gray to `outputs` numbers a pixel, around any encoder with ``feature_maps(images)``.

    A pixel's description, its *hypercolumn* (Larsson et al., section 3), is what every stage of the encoder has at its
    place: all maps enlarged to the size of the first, and stacked. Two 1×1 convolutions read it. As in the paper, the
    loss is taken at a few pixels drawn at random, since neighbours have much the same to say.
    """

    def __init__(
        self, encoder: nn.Module, outputs: int, hidden_dim: int, pixels: int, views: Callable[[Tensor], Tensor] | None,
    ):
        super().__init__()
        expect.that(hasattr(encoder, "feature_maps"), "encoder", encoder, "a network with feature_maps(images)")
        expect.integer(hidden_dim, "hidden_dim", at_least=1)
        expect.integer(pixels, "pixels", at_least=1)
        self.encoder, self.pixels, self.views = encoder, pixels, views
        self.channels = getattr(encoder, "in_channels", 3)
        width, self.stride = self._trial()
        self.head = nn.Sequential(
            nn.Conv2d(width, hidden_dim, 1), nn.BatchNorm2d(hidden_dim), nn.ReLU(),
            nn.Conv2d(hidden_dim, outputs, 1),
        )

    def hypercolumns(self, gray: Tensor, places: Tensor | None = None) -> Tensor:
        """Gray images (N, C, H, W), as `grey_input` makes them -> (N, sum of the stages' channels, h, w).

        With places (N, P, 2), x and y in [−1, 1] as `grid_sample` takes them: of these alone, (N, channels, P, 1).
        """
        maps = self.encoder.feature_maps(gray)
        if places is not None:
            # A twentieth of the work of enlarging every map: the same interpolation, where it is asked for.
            at = [F.grid_sample(m, places[:, :, None].to(m), padding_mode="border", align_corners=False) for m in maps]
            return torch.cat(at, dim=1)
        size = maps[0].shape[2:]
        larger = [F.interpolate(m, size=size, mode="bilinear", align_corners=False) for m in maps[1:]]
        return torch.cat([maps[0], *larger], dim=1)

    def _trial(self) -> tuple[int, int]:
        """How many numbers a hypercolumn has, and how many pixels a place is wide; leaves the encoder as it was."""
        modes = {part: part.training for part in self.encoder.modules()}
        weight = next(self.encoder.parameters())
        with torch.no_grad():
            self.encoder.eval()
            columns = self.hypercolumns(weight.new_zeros(1, self.channels, 32, 32))
        for part, training in modes.items():
            part.training = training
        return columns.shape[1], 32 // columns.shape[3]

    def predict(self, images: Tensor) -> Tensor:
        """The head's output for images (N, 3, H, W), (N, outputs, h, w): only their lightness is looked at."""
        return self.head(self.hypercolumns(grey_input(images, self.channels)))

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """The mean loss over some pixels of each of images (N, 3, H, W), or of (images, …): no label is looked at."""
        images = batch if isinstance(batch, Tensor) else batch[0]
        expect.images(images)
        lab = rgb_to_lab((self.views or augment.weak_views(tuple(images.shape[2:])))(images))
        truth = F.adaptive_avg_pool2d(lab[:, 1:], [side // self.stride for side in lab.shape[2:]])  # (N, 2, h, w)
        h, w = truth.shape[2:]
        drawn = torch.rand(len(lab), h * w, device=lab.device).argsort(dim=1)[:, :self.pixels]  # (N, P)
        centers = torch.stack([(2 * (drawn % w) + 1) / w - 1, (2 * (drawn // w) + 1) / h - 1], dim=2)
        gray = (lab[:, :1] / 100).expand(-1, self.channels, -1, -1)
        out = self.head(self.hypercolumns(gray, centers))[..., 0]                           # (N, outputs, P)
        ab = truth.flatten(2).gather(2, drawn[:, None].expand(-1, 2, -1))                   # (N, 2, P)
        return self.pixel_loss(out.float(), ab.float())

    def pixel_loss(self, out: Tensor, ab: Tensor) -> Tensor:
        """The mean loss of outputs (N, outputs, P) for pixels whose true colors are ab (N, 2, P)."""
        raise NotImplementedError

    def encode(self, images: Tensor) -> Tensor:
        """The encoder's features of the images' lightness, (N, D): the head is left behind."""
        return self.encoder(grey_input(images, self.channels))


class Colorization(_Colorizer):
    """A distribution over color bins for each pixel, trained by cross-entropy (Zhang et al., equation (2)).

        loss   −mean over pixels of w(q*) Σ_q encode_ab(ab)_q log softmax(out)_q,   q* the bin nearest to the pixel's ab
        predicts   how likely each color is, at each place
        from       the gray image
        collapse   colors are given, so one answer for all is wrong
        parts      none

    encoder      a ResNet, or any network with ``feature_maps(images)``; fed lightness alone, in each of its channels
    bins         (Q, 2), the colors to choose among: `ab_bins()`
    weights      (Q,) what a pixel of each bin counts, such as `rebalancing_weights`; None: every pixel alike
    hidden_dim   width of the head
    pixels       how many of each image enter the loss at a step
    views        images -> images, before gray and color part; by default a crop of at least half and a mirror

    ValueError: an encoder without feature maps, bins or weights of another shape, sizes below 1.

        >>> import torch
        >>> from sslcourse import methods, models
        >>> method = Colorization(models.small_resnet(), methods.ab_bins(20))
        >>> images = torch.randint(0, 256, (4, 3, 32, 32), dtype=torch.uint8)
        >>> method.predict(images).shape, method.colorize(images).shape, method.encode(images).shape
        (torch.Size([4, 77, 16, 16]), torch.Size([4, 3, 32, 32]), torch.Size([4, 128]))
    """

    def __init__(
        self, encoder: nn.Module, bins: Tensor, *, weights: Tensor | None = None, hidden_dim: int = 128,
        pixels: int = 16, views: Callable[[Tensor], Tensor] | None = None,
    ):
        expect.tensor(bins, "bins", ("Q", 2), finite=True)
        if weights is not None:
            expect.tensor(weights, "weights", (len(bins),), finite=True)
        super().__init__(encoder, len(bins), hidden_dim, pixels, views)
        self.register_buffer("bins", bins.clone())
        self.register_buffer("weights", bins.new_ones(len(bins)) if weights is None else weights.clone())

    def pixel_loss(self, out: Tensor, ab: Tensor) -> Tensor:
        """Cross-entropy of logits (N, Q, P) to the soft bins of ab (N, 2, P), each pixel weighed as its nearest bin."""
        return colorization_loss(out, ab, self.bins, self.weights)

    def chroma(self, images: Tensor, temperature: float = 0.38) -> Tensor:
        """The annealed mean of each pixel's distribution, a*b* (N, 2, h, w)."""
        out = self.predict(images)
        ab = annealed_mean(_rows(out.flatten(2)), self.bins, temperature)
        return ab.reshape(len(out), *out.shape[2:], 2).permute(0, 3, 1, 2)

    def colorize(self, images: Tensor, temperature: float = 0.38) -> Tensor:
        """The images with predicted colors over their own lightness, sRGB (N, 3, H, W) in [0, 1]."""
        return paint(images, self.chroma(images, temperature))


class ColorRegression(_Colorizer):
    """The same network with two outputs a pixel, a* and b*, trained by squared error (Zhang et al., equation (1)).

        loss   mean over pixels of ‖out − ab / 50‖²
        predicts   the colors
        from       the gray image
        collapse   colors are given, so one answer for all is wrong
        parts      none

    encoder, hidden_dim, pixels, views   as `Colorization`'s, whose twin it is; errors too

    Its best answer is the mean of all colors that the pixel could have, and the mean of many colors is close to gray.

        >>> import torch
        >>> from sslcourse import models
        >>> ColorRegression(models.small_resnet()).chroma(torch.rand(4, 3, 32, 32)).shape
        torch.Size([4, 2, 16, 16])
    """

    SCALE = 50.0  # what one unit of the head's output is in a* and b*, so that the loss is of the size of 1

    def __init__(
        self, encoder: nn.Module, *, hidden_dim: int = 128, pixels: int = 16,
        views: Callable[[Tensor], Tensor] | None = None,
    ):
        super().__init__(encoder, 2, hidden_dim, pixels, views)

    def pixel_loss(self, out: Tensor, ab: Tensor) -> Tensor:
        """Mean squared distance of outputs (N, 2, P) from ab (N, 2, P), in units of SCALE."""
        return (out - ab / self.SCALE).square().sum(dim=1).mean()

    def chroma(self, images: Tensor) -> Tensor:
        """The predicted a*b*, (N, 2, h, w)."""
        return self.predict(images) * self.SCALE

    def colorize(self, images: Tensor) -> Tensor:
        """The images with predicted colors over their own lightness, sRGB (N, 3, H, W) in [0, 1]."""
        return paint(images, self.chroma(images))


def _rows(columns: Tensor) -> Tensor:
    """(N, C, P) -> (N·P, C): one pixel a row."""
    return columns.transpose(1, 2).flatten(0, 1)
