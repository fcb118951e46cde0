"""A transformer over words: GPT where it looks back only, BERT where it looks both ways (arXiv:1810.04805)."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .. import expect
from . import inputs
from .transformer import TransformerBlock, attention_mask, init_weights


class TextTransformer(nn.Module):
    """Token ids (N, T) -> logits over the vocabulary (N, T, V).

    One stack for both pretext tasks. causal=True is GPT (Radford et al., 2018, equation 2): a token sees itself and
    what came before, so the logits at t predict token t + 1. causal=False is BERT (section 3): every token sees all,
    so the logits at t predict a token that was hidden at t. Pre-norm blocks and initial weights as in GPT-2, whose last
    layer of each half of a block starts smaller by √(2 · depth).

    vocab_size, max_length   V, and the longest T it has positions for
    width, depth, heads      D, the number of blocks, the heads in each, which divide D
    causal                   look back only, or both ways
    mlp_ratio                the MLP's hidden size over D
    tie_weights              the output layer is the embedding's transpose (arXiv:1608.05859), or one of its own

    Raises ValueError for sizes below 1, heads that do not divide the width, tokens of another rank or type, outside [0,
    V) or longer than max_length, a padding mask of another shape or type.

    Attributes: `num_features` (D).

    >>> model = TextTransformer(vocab_size=50, max_length=16, width=8, depth=2, heads=2)
    >>> tokens = torch.tensor([[3, 1, 4, 1, 5]])
    >>> model(tokens).shape, model.forward_features(tokens).shape
    (torch.Size([1, 5, 50]), torch.Size([1, 5, 8]))
    >>> changed = torch.tensor([[3, 1, 4, 1, 42]])  # another last token: what came before it knows nothing of it
    >>> bool(torch.allclose(model(tokens)[:, :4], model(changed)[:, :4], atol=1e-6))
    True
    """

    def __init__(
        self,
        vocab_size: int,
        max_length: int,
        width: int = 128,
        depth: int = 4,
        heads: int = 4,
        *,
        causal: bool = True,
        mlp_ratio: float = 4.0,
        tie_weights: bool = True,
    ):
        super().__init__()
        inputs.sizes(vocab_size=vocab_size, max_length=max_length, width=width, depth=depth)
        self.vocab_size, self.max_length, self.causal, self.num_features = vocab_size, max_length, causal, width
        self.token_embedding = nn.Embedding(vocab_size, width)
        self.blocks = nn.ModuleList(TransformerBlock(width, heads, mlp_ratio) for _ in range(depth))
        self.positions = nn.Parameter(torch.zeros(1, max_length, width))
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.head = None if tie_weights else nn.Linear(width, vocab_size, bias=False)
        self.apply(init_weights)
        nn.init.trunc_normal_(self.positions, std=0.02)
        for block in self.blocks:  # the sum over all residual branches then starts at the size of one
            for layer in (block.attn.proj, block.mlp[-1]):
                nn.init.trunc_normal_(layer.weight, std=0.02 / math.sqrt(2 * depth))

    def forward(self, tokens: Tensor, padding_mask: Tensor | None = None) -> Tensor:
        """Logits, (N, T, V); arguments as in `forward_features`."""
        return self.logits(self.forward_features(tokens, padding_mask))

    def logits(self, features: Tensor) -> Tensor:
        """The output layer alone, (…, D) -> (…, V): a masked loss needs it at the hidden places only."""
        return F.linear(features, self.token_embedding.weight) if self.head is None else self.head(features)

    def forward_features(self, tokens: Tensor, padding_mask: Tensor | None = None) -> Tensor:
        """What the last norm gives for every token, (N, T, D).

        tokens, (N, T), int64. padding_mask, (N, T), is True where a token is padding, as in nn.MultiheadAttention: no
        other token sees it, and what comes out in its place means nothing (but is finite).
        """
        x, mask = self._embed(tokens, padding_mask)
        for block in self.blocks:
            x = block(x, mask=mask, causal=self.causal and mask is None)
        return self.norm(x)

    def attention_maps(self, tokens: Tensor, padding_mask: Tensor | None = None) -> Tensor:
        """Who looks at whom: (N, depth, heads, T, T); rows are queries and sum to 1."""
        x, mask = self._embed(tokens, padding_mask)
        maps = []
        for block in self.blocks:
            x, attention = block(x, mask=mask, causal=self.causal and mask is None, return_attention=True)
            maps.append(attention)
        return torch.stack(maps, dim=1)

    def _embed(self, tokens: Tensor, padding_mask: Tensor | None) -> tuple[Tensor, Tensor | None]:
        inputs.indices(tokens, "tokens", ("N", "T"), self.vocab_size)
        got = expect.Words(f"{tokens.shape[1]} tokens in a row")
        expect.that(tokens.shape[1] <= self.max_length, "tokens", got, f"at most max_length, {self.max_length}")
        x = self.token_embedding(tokens) + self.positions[:, : tokens.shape[1]]  # (N, T, D)
        if padding_mask is None:
            return x, None
        expect.tensor(padding_mask, "padding_mask", tuple(tokens.shape))
        expect.that(padding_mask.dtype == torch.bool, "padding_mask", padding_mask, "bool, True at padding")
        return x, attention_mask(padding_mask, self.causal)
