"""Jigsaw: cut an image into tiles, shuffle them, and say how (Noroozi & Favaro, 2016, arXiv:1603.09246)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ... import expect


def cut_tiles(images: Tensor, *, grid: int = 3, gap: int = 2, jitter: bool = True) -> Tensor:
    """Cut images (N, C, H, W) into grid × grid tiles, (N, grid², C, h, w), row by row; uint8 becomes float in [0, 1].

    The image is divided into square cells as large as fit (10 pixels for 32 and a grid of 3), and a tile is a cell less
    `gap` pixels each way: at a random place in its cell, drawn from torch's global generator for each tile by itself,
    or in the middle where `jitter` is off. Without a gap neighbouring tiles touch. ValueError: images smaller than the
    grid, or a gap that leaves no tile.

    >>> cut_tiles(torch.rand(5, 3, 32, 32)).shape, cut_tiles(torch.rand(5, 3, 32, 32), gap=0).shape
    (torch.Size([5, 9, 3, 8, 8]), torch.Size([5, 9, 3, 10, 10]))
    """
    expect.images(images)
    expect.integer(grid, "grid", at_least=2, at_most=min(images.shape[2:]))
    cell = min(images.shape[2:]) // grid
    expect.integer(gap, "gap", at_least=0, at_most=cell - 1)
    n, tiles, size, device = len(images), grid * grid, cell - gap, images.device
    top, left = ((side - grid * cell) // 2 for side in images.shape[2:])
    place = torch.arange(tiles, device=device)
    corner = torch.stack([place // grid * cell + top, place % grid * cell + left])  # (2, T): each cell's row and column
    if jitter:
        shift = torch.randint(gap + 1, (2, n, tiles), device=device)
    else:
        shift = torch.full((2, n, tiles), gap // 2, device=device)
    rows, columns = (corner[:, None] + shift)[..., None] + torch.arange(size, device=device)  # each (N, T, size)
    batch = torch.arange(n, device=device)[:, None, None, None]
    cut = images.permute(0, 2, 3, 1)[batch, rows[..., None], columns[:, :, None]]  # (N, T, size, size, C)
    cut = cut.permute(0, 1, 4, 2, 3)
    return cut.float() / 255 if cut.dtype == torch.uint8 else cut


def _check_normalize_tiles(tiles, eps):
    expect.tensor(tiles, "tiles", ("N", "T", "C", "h", "w"))
    expect.positive(eps, "eps")


@expect.checked(_check_normalize_tiles)
def normalize_tiles(tiles: Tensor, eps: float = 1e-4) -> Tensor:
    """Every channel of every tile shifted to mean 0 and scaled to variance 1, by its own pixels alone.

        tiles    (N, T, C, h, w), floating point
        returns  (tiles - mean) / sqrt(variance + eps), the same shape

    What neighbouring tiles share most is their brightness and their contrast; this takes both away (section 3.3 of the
    paper). `eps` keeps a tile of one flat color finite, as in a normalisation layer. ValueError: another rank, or an
    eps ≤ 0.

    >>> normalize_tiles(torch.rand(2, 9, 3, 8, 8)).mean(dim=(3, 4)).abs().max().item() < 1e-5
    True
    """
    mean = tiles.mean(dim=(3, 4), keepdim=True)
    variance = tiles.var(dim=(3, 4), keepdim=True, unbiased=False)
    return (tiles - mean) / (variance + eps).sqrt()


def _check_shuffle_tiles(tiles, permutations, index):
    expect.tensor(tiles, "tiles", ("N", "T", "C", "h", "w"))
    expect.tensor(permutations, "permutations", ("P", tiles.shape[1]))
    expect.labels(index, "index", n=len(tiles), num_classes=len(permutations))


@expect.checked(_check_shuffle_tiles)
def shuffle_tiles(tiles: Tensor, permutations: Tensor, index: Tensor) -> Tensor:
    """Lay the tiles of each image in the order of its own permutation.

        tiles         (N, T, C, h, w)
        permutations  (P, T): in place p of order i lies tile permutations[i, p]
        index         (N,): which order each image gets
        returns       shuffled (N, T, C, h, w)

    ValueError: a permutation of another length, an index that is not in the table.

    >>> tiles = torch.arange(3.0).reshape(1, 3, 1, 1, 1)
    >>> shuffle_tiles(tiles, torch.tensor([[0, 1, 2], [2, 0, 1]]), torch.tensor([1])).flatten().tolist()
    [2.0, 0.0, 1.0]
    """
    orders = permutations[index]  # (N, T)
    return tiles[torch.arange(len(tiles), device=tiles.device)[:, None], orders]


def unshuffle_tiles(tiles: Tensor, permutations: Tensor, index: Tensor) -> Tensor:
    """Undo `shuffle_tiles`: the same arguments, and the tiles back in their places if `index` is right.

    >>> tiles, index = torch.rand(4, 9, 3, 8, 8), torch.tensor([0, 1, 1, 0])
    >>> orders = torch.stack([torch.randperm(9), torch.randperm(9)])
    >>> torch.equal(unshuffle_tiles(shuffle_tiles(tiles, orders, index), orders, index), tiles)
    True
    """
    expect.tensor(permutations, "permutations", ("P", "T"))
    return shuffle_tiles(tiles, permutations.argsort(dim=1), index)  # argsort inverts a permutation


class Jigsaw(nn.Module):
    """The jigsaw pretext task around any encoder: which of P permutations has shuffled the tiles?

        tiles          cut_tiles(images), each one normalised by itself, shuffled by a random permutation
        features       encoder(tile), one tile at a time: no tile knows of another before the head
        order          head(all T features, side by side) -> logits over the P permutations
        loss           cross-entropy of those logits to the permutation that was drawn

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
        return self.head(features.view(len(tiles), -1))

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
