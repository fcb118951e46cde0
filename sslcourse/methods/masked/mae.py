"""MAE: hide most of an image's patches, encode the rest, and predict the hidden ones (He et al., 2022, arXiv:2111.06377)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ... import augment, expect, losses, models
from ..masks import fill_in


class MAE(nn.Module):
    """A masked autoencoder around a Vision Transformer (section 3 of the paper).

        patches        N images cut into L patches of P pixel values each
        keep, mask     K = ⌊L (1 − mask_ratio)⌋ patches of each image stay, drawn anew for each
        encoder        sees the K that stay, and nothing of the others
        restore        a learned mask token in each hidden place, the encoded patches in theirs
        decoder        a narrower transformer over all L, then P numbers for each patch
        loss           squared error on the hidden patches, `losses.masked_mse`
        predicts       pixels of hidden patches
        from           the visible quarter
        collapse       pixels are given, so one answer for all is wrong
        parts          decoder, masks

    encoder         a `models.VisionTransformer`
    decoder_width, decoder_depth, decoder_heads   of the decoder, which is thrown away after training
    mask_ratio      the share of patches to hide, in (0, 1)
    mask            ((N, L), mask_ratio) -> idx_keep, idx_mask; `models.random_token_mask`, or one of `methods`' masks
    normalize       predict each patch minus its mean, over its deviation (section 3, "Reconstruction target")
    drop            True: the encoder runs on the K visible patches alone. False: on all L, with a mask token in each hidden
                    place, as before MAE (table 1c); the encoder then needs mask_token=True
    pool            what `encode` gives: "mean" over the patches, or "class", the class token
    views           images -> images, float; a mild crop and a mirror by default

    Images of another size than the encoder's own have positions of their own, if they are a whole number of patches.
    Raises ValueError for an encoder that is no VisionTransformer, sizes below 1, a ratio outside (0, 1), an unknown pooling.

        >>> method = MAE(models.VisionTransformer(image_size=16, patch_size=4, width=16, depth=1, heads=2), decoder_width=16)
        >>> images = torch.rand(5, 3, 16, 16)
        >>> idx_keep, idx_mask = models.random_token_mask((5, 16), 0.75)
        >>> method.predict(images, idx_keep, idx_mask).shape, method.encode(images).shape, method.loss(images).ndim
        (torch.Size([5, 16, 48]), torch.Size([5, 16]), 0)
    """

    def __init__(
        self, encoder: models.VisionTransformer, *, decoder_width: int = 64, decoder_depth: int = 2, decoder_heads: int = 4,
        mask_ratio: float = 0.75, mask: Callable[..., tuple[Tensor, Tensor]] = models.random_token_mask,
        normalize: bool = True, drop: bool = True, pool: str = "mean", views: Callable[[Tensor], Tensor] | None = None,
    ):
        super().__init__()
        expect.that(isinstance(encoder, models.VisionTransformer), "encoder", encoder, "a models.VisionTransformer")
        expect.integer(decoder_depth, "decoder_depth", at_least=1)
        expect.positive(mask_ratio, "mask_ratio")
        expect.that(mask_ratio < 1, "mask_ratio", mask_ratio, "a number in (0, 1)")
        expect.one_of(pool, "pool", ("mean", "class"))
        needs = drop or encoder.mask_token is not None
        expect.that(needs, "drop", drop, "an encoder with mask_token=True, or drop=True")
        self.encoder, self.mask_ratio, self.mask = encoder, mask_ratio, mask
        self.normalize, self.drop, self.pool, self.views = normalize, drop, pool, views

        values = encoder.in_channels * encoder.patch_size**2  # P
        self.decoder_embed = nn.Linear(encoder.num_features, decoder_width)
        self.decoder_blocks = nn.ModuleList(
            models.TransformerBlock(decoder_width, decoder_heads) for _ in range(decoder_depth)
        )
        self.decoder_norm = nn.LayerNorm(decoder_width, eps=1e-6)
        self.decoder_head = nn.Linear(decoder_width, values)
        self.mask_token = nn.Parameter(torch.randn(1, 1, decoder_width) * 0.02)
        positions = sine_cosine_positions(encoder.grid, encoder.grid, decoder_width)
        self.register_buffer("decoder_positions", positions, persistent=False)

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """Mean squared error on the hidden patches of images (N, C, H, W), or of (images, …): labels are not looked at."""
        images = batch if isinstance(batch, Tensor) else batch[0]
        expect.images(images)
        images = (self.views or augment.weak_views(tuple(images.shape[2:])))(images)
        patches = models.patchify(images, self.encoder.patch_size)  # (N, L, P)
        idx_keep, idx_mask = self.mask(tuple(patches.shape[:2]), self.mask_ratio, device=images.device)
        prediction = self.predict(images, idx_keep, idx_mask)
        hidden = [models.get_at_index(x, idx_mask) for x in (prediction, patches.float())]
        return losses.masked_mse(*hidden, normalize_target=self.normalize)

    def predict(self, images: Tensor, idx_keep: Tensor, idx_mask: Tensor) -> Tensor:
        """What the decoder says of every patch, (N, L, P): float images, and the patches to keep and to hide."""
        if self.drop:
            tokens = self.encoder.tokens(images, idx_keep=idx_keep)  # (N, 1 + K, D)
        else:
            everywhere = torch.zeros(len(images), idx_keep.shape[1] + idx_mask.shape[1], device=images.device)
            tokens = self.encoder.tokens(images, mask=everywhere.scatter(1, idx_mask, 1).bool())  # (N, 1 + L, D)
        tokens = self.decoder_embed(tokens)
        first, visible = tokens[:, :1], tokens[:, 1:]
        if self.drop:
            length = idx_keep.shape[1] + idx_mask.shape[1]
            visible = fill_in(visible, idx_keep, self.mask_token.to(visible.dtype), length)  # (N, L, D')
        x = torch.cat([first, visible], dim=1) + self.positions(images)
        for block in self.decoder_blocks:
            x = block(x)
        return self.decoder_head(self.decoder_norm(x))[:, 1:]

    def positions(self, images: Tensor) -> Tensor:
        """The decoder's positions, (1, 1 + L, D'): for images of the encoder's own size, or of another one."""
        rows, columns = (side // self.encoder.patch_size for side in images.shape[2:])
        if rows == columns == self.encoder.grid:
            return self.decoder_positions
        return sine_cosine_positions(rows, columns, self.decoder_positions.shape[2]).to(self.decoder_positions)

    @torch.no_grad()
    def reconstruct(self, images: Tensor, idx_keep: Tensor, idx_mask: Tensor, *, paste: bool = True) -> Tensor:
        """The images with what the decoder says of the hidden patches: (N, C, H, W) float, for figures.

        A network with normalised targets does not say how bright a patch is, nor how much contrast it has. Here it is
        told both, from the true patch: its picture is flattered. paste=False shows the prediction of the visible patches
        too, which no loss ever asked for.
        """
        images = images.to(self.mask_token.device)
        images = images.float() / 255 if images.dtype == torch.uint8 else images.float()
        idx_keep, idx_mask = idx_keep.to(images.device), idx_mask.to(images.device)
        patches = models.patchify(images, self.encoder.patch_size)
        said = self.predict(images, idx_keep, idx_mask).float()
        if self.normalize:
            variance, mean = torch.var_mean(patches, dim=-1, keepdim=True)
            said = said * (variance + 1e-6).sqrt() + mean
        if paste:
            said = models.set_at_index(said, idx_keep, models.get_at_index(patches, idx_keep))
        return models.unpatchify(said, self.encoder.patch_size, images.shape[1], image_size=tuple(images.shape[2:]))

    def encode(self, images: Tensor) -> Tensor:
        """The encoder on all patches, nothing hidden: the mean of the patch tokens, or the class token, (N, D)."""
        tokens = self.encoder.tokens(images)
        return tokens[:, 0] if self.pool == "class" else tokens[:, 1:].mean(dim=1)


def _check_sine_cosine_positions(rows, columns, width):
    for size, name in ((rows, "rows"), (columns, "columns"), (width, "width")):
        expect.integer(size, name, at_least=1)
    expect.that(width % 4 == 0, "width", width, "a multiple of 4: a sine and a cosine for the row and for the column")


@expect.checked(_check_sine_cosine_positions)
def sine_cosine_positions(rows: int, columns: int, width: int) -> Tensor:
    """Fixed positions of a grid of patches and of a class token before it: (1, 1 + rows · columns, width).

    Half of the components say the row and half the column, each as sines and cosines of w_k · place with
    w_k = 10 000^(−k / (width/4)), as in MAE's code; the class token's are 0. MAE adds them in the encoder and the decoder,
    and learns neither. ValueError: sizes below 1, a width that is no multiple of 4.

        >>> positions = sine_cosine_positions(2, 3, width=8)
        >>> positions.shape, positions[0, 0].abs().sum().item()
        (torch.Size([1, 7, 8]), 0.0)
    """
    frequencies = 10_000 ** (-torch.arange(width // 4) / (width / 4))

    def along(places):
        angles = places[:, None] * frequencies  # (L, width / 4)
        return torch.cat([angles.sin(), angles.cos()], dim=1)

    row, column = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
    which_column, which_row = along(column.flatten()), along(row.flatten())  # (L, width / 2) each
    grid = torch.cat([which_column, which_row], dim=1)
    class_token = torch.zeros(1, width)
    return torch.cat([class_token, grid])[None]
