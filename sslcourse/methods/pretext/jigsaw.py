"""Jigsaw: cut an image into tiles, shuffle them, and say how (Noroozi & Favaro, 2016, arXiv:1603.09246)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ... import expect
from .tiles import cut_tiles, normalize_tiles, shuffle_tiles


class Jigsaw(nn.Module):
    """The jigsaw pretext task around any encoder: which of P permutations has shuffled the tiles?

        tiles          cut_tiles(images), each one normalised by itself, shuffled by a random permutation
        features       encoder(tile), one tile at a time: no tile knows of another before the head
        order          head(all T features, side by side) -> logits over the P permutations
        loss           cross-entropy of those logits to the permutation that was drawn
        predicts       in which order the tiles lie
        from           the tiles, shuffled
        collapse       the order is given, so one answer for all is wrong
        parts          tiles

    The shared, context-free part is the paper's CFN (figure 3). ValueError: permutations of another length than grid².

    encoder       images -> (N, encoder.num_features)
    permutations  (P, grid²), as `greedy_permutations` makes them
    gap, jitter   as in `cut_tiles`: with gap=0 and normalize=False the tiles fit together like torn paper
    normalize     each tile by itself, `normalize_tiles`
    hidden_dim    width of the head's hidden layer

    >>> from sslcourse import methods, models
    >>> method = Jigsaw(models.ResNet(4, (1, 1)), methods.greedy_permutations(9, 20))
    >>> images = torch.rand(5, 3, 32, 32)
    >>> tiles, index = method.puzzles(images)
    >>> tiles.shape, method.solve(tiles).shape, method.encode(images).shape
    (torch.Size([5, 9, 3, 8, 8]), torch.Size([5]), torch.Size([5, 8]))
    """

    def __init__(
        self, encoder: nn.Module, permutations: Tensor, *, grid: int = 3, gap: int = 2, jitter: bool = True,
        normalize: bool = True, hidden_dim: int = 512,
    ):
        super().__init__()
        expect.integer(grid, "grid", at_least=2)
        expect.tensor(permutations, "permutations", ("P", grid * grid))
        self.encoder = encoder
        self.grid, self.gap, self.jitter, self.normalize = grid, gap, jitter, normalize
        self.register_buffer("permutations", permutations.clone())
        self.head = nn.Sequential(
            nn.Linear(grid * grid * encoder.num_features, hidden_dim, bias=False),
            nn.BatchNorm1d(hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, len(permutations)),
        )

    def tiles(self, images: Tensor) -> Tensor:
        """Tiles in their places, (N, T, C, h, w), as the network is given them."""
        tiles = cut_tiles(images, grid=self.grid, gap=self.gap, jitter=self.jitter)
        return normalize_tiles(tiles) if self.normalize else tiles

    def puzzles(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Shuffled tiles (N, T, C, h, w), and the permutation of each, (N,), drawn from torch's global generator."""
        index = torch.randint(len(self.permutations), (len(images),), device=images.device)
        return shuffle_tiles(self.tiles(images), self.permutations, index), index

    def forward(self, tiles: Tensor) -> Tensor:
        """Logits over the permutations, (N, P), of shuffled tiles (N, T, C, h, w)."""
        features = self.encoder(tiles.flatten(0, 1))  # (N · T, D)
        return self.head(features.reshape(len(tiles), -1))

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """Cross-entropy of freshly shuffled images (N, C, H, W), or of (images, …): labels are not looked at."""
        tiles, index = self.puzzles(batch if isinstance(batch, Tensor) else batch[0])
        return nn.functional.cross_entropy(self(tiles), index)

    @torch.no_grad()
    def solve(self, tiles: Tensor) -> Tensor:
        """The most likely permutation of each puzzle, (N,), in evaluation mode."""
        training = self.training
        self.eval()
        try:
            return torch.cat([self(part).argmax(dim=1) for part in tiles.split(256)])
        finally:
            self.train(training)

    def encode(self, images: Tensor) -> Tensor:
        """The representation of whole images, (N, D): one large tile each, normalised as the small ones were."""
        return self.encoder(normalize_tiles(images[:, None])[:, 0] if self.normalize else images)
