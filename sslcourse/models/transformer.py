"""The transformer's block, pre-norm, for patches and for words alike (Vaswani et al., 2017, arXiv:1706.03762).

N samples, T tokens, D the width, of which each of the heads has D / heads components.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .. import expect
from . import inputs


class TransformerBlock(nn.Module):
    """One layer, (N, T, D) -> (N, T, D): tokens look at each other, then each is transformed by itself.

    ViT (arXiv:2010.11929), equations (2) and (3); the norm stands before each half, as in GPT-2:

        z' = MSA(LN(z)) + z
        z  = MLP(LN(z')) + z'        MLP: D -> mlp_ratio · D -> D with a GELU between

    width, heads   D, and how many heads share it; heads divides width
    mlp_ratio      how much wider the MLP's hidden layer is

    Raises ValueError for sizes below 1, heads that do not divide the width, an x that is not (N, T, D) and floating
    point.

    >>> block, x = TransformerBlock(width=8, heads=2), torch.rand(1, 3, 8)
    >>> y, attention = block(x, return_attention=True)
    >>> y.shape, attention.shape, bool(torch.allclose(y, block(x), atol=1e-6))
    (torch.Size([1, 3, 8]), torch.Size([1, 2, 3, 3]), True)
    """

    def __init__(self, width: int, heads: int, mlp_ratio: float = 4.0):
        super().__init__()
        inputs.sizes(width=width, heads=heads)
        inputs.divides(heads, width, "heads", "the width")
        expect.positive(mlp_ratio, "mlp_ratio")
        hidden = int(width * mlp_ratio)
        expect.that(hidden >= 1, "mlp_ratio", mlp_ratio, f"a hidden layer of at least one unit (width is {width})")
        self.width = width
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attn = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))

    def forward(
        self, x: Tensor, *, mask: Tensor | None = None, causal: bool = False, return_attention: bool = False
    ) -> Tensor | tuple[Tensor, Tensor]:
        """`mask`, (N or 1, 1, T, T), is True where a query (row) may look at a key (column); causal=True is GPT's.

        With `return_attention` the weights come along, (N, heads, T, T), and are computed step by step; without it,
        `scaled_dot_product_attention` gives the same x faster and never holds them.
        """
        expect.tensor(x, "x", ("N", "T", self.width))
        expect.that(x.is_floating_point(), "x", x, "floating point")
        if mask is not None:
            expect.tensor(mask, "mask", (None, None, x.shape[1], x.shape[1]))
            expect.that(mask.dtype == torch.bool, "mask", mask, "bool, True where a query may look")
            expect.that(not causal, "mask", mask, "either a mask or causal=True")
        update, attention = self.attn(self.norm1(x), mask, causal, return_attention)
        x = x + update
        x = x + self.mlp(self.norm2(x))
        return (x, attention) if return_attention else x


class Attention(nn.Module):
    """Multi-head self-attention, (N, T, D) -> (N, T, D); Vaswani et al., equation (1): softmax(QKᵀ / √d_k) V."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(
        self, x: Tensor, mask: Tensor | None, causal: bool, return_attention: bool
    ) -> tuple[Tensor, Tensor | None]:
        n, t, d = x.shape
        qkv = self.qkv(x)
        if return_attention:
            allowed = causal_mask(t, x.device) if causal else mask
            out, attention = self_attention(*qkv.chunk(3, dim=2), self.heads, allowed)
            return self.proj(out), attention
        q, k, v = qkv.reshape(n, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)  # each (N, heads, T, D / heads)
        return self.proj(attend(q, k, v, mask, causal).transpose(1, 2).reshape(n, t, d)), None


def _check_self_attention(q, k, v, heads, mask):
    expect.tensor(q, "q", ("N", "T", "D"))
    expect.that(q.is_floating_point(), "q", q, "floating point")
    expect.tensor(k, "k", tuple(q.shape))
    expect.tensor(v, "v", tuple(q.shape))
    inputs.sizes(heads=heads)
    inputs.divides(heads, q.shape[2], "heads", "the width")
    if mask is not None:
        expect.tensor(mask, "mask", (None, None, q.shape[1], q.shape[1]))
        expect.that(mask.dtype == torch.bool, "mask", mask, "bool, True where a query may look")


@expect.checked(_check_self_attention)
def self_attention(q: Tensor, k: Tensor, v: Tensor, heads: int, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """What each token takes home from the tokens that it looks at, and how much it looked at each, step by step.

        a = softmax(q kᵀ / √d, and −∞ where mask is False),   z = a v        in each head, on its own d = D / heads numbers

    q, k, v   (N, T, D): queries, keys, values; head h has the numbers h·d to (h + 1)·d of each
    heads     how many heads share D; they divide it
    mask      (N or 1, 1, T, T), bool, True where the token of the row may look at that of the column; None: everywhere
    returns   z (N, T, D), the heads side by side again, and a (N, heads, T, T), whose rows sum to 1

    Vaswani et al., equation (1) and section 3.2.2, without the linear maps around. ValueError: other shapes, heads that do
    not divide D, a mask that is not bool.

    >>> q = k = torch.zeros(1, 2, 4)                        # nobody looks anywhere in particular
    >>> v = torch.tensor([[[1.0, 1.0, 1.0, 1.0], [3.0, 3.0, 5.0, 5.0]]])
    >>> self_attention(q, k, v, heads=2, mask=torch.ones(2, 2, dtype=torch.bool).tril()[None, None])[0]
    tensor([[[1., 1., 1., 1.],
             [2., 2., 3., 3.]]])
    """
    N, T, D = q.shape
    d = D // heads
    q, k, v = (x.reshape(N, T, heads, d).transpose(1, 2) for x in (q, k, v))    # each (N, heads, T, d)
    scores = q @ k.transpose(-2, -1) / math.sqrt(d)                             # (N, heads, T, T)
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
    a = scores.softmax(dim=-1)
    z = a.to(v.dtype) @ v
    return z.transpose(1, 2).reshape(N, T, D), a


def attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, causal: bool) -> Tensor:
    """Vaswani et al., equation (1), in one call that never holds the weights: three times (N, heads, T, d_k) -> one.

    On a CPU half precision is computed in float32: torch's bfloat16 kernel there, backwards above all, costs a small ViT
    more time than bfloat16 saves it everywhere else (measured: 0.30 s a step, 0.25 s in float32 alone, 0.13 s like this).
    """
    if q.device.type != "cpu" or q.dtype not in (torch.bfloat16, torch.float16):
        return F.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=causal)
    with torch.autocast("cpu", enabled=False):
        full = (x.float() for x in (q, k, v))
        return F.scaled_dot_product_attention(*full, attn_mask=mask, is_causal=causal).to(q.dtype)


def causal_mask(length: int, device: torch.device) -> Tensor:
    """(1, 1, T, T), True on and below the diagonal: a token looks at itself and at what came before it."""
    return torch.ones(1, 1, length, length, dtype=torch.bool, device=device).tril()


def _check_padding(padding_mask: Tensor) -> None:
    expect.tensor(padding_mask, "padding_mask", ("N", "T"))
    expect.that(padding_mask.dtype == torch.bool, "padding_mask", padding_mask, "bool, True at padding")


@expect.checked(_check_padding)
def attention_mask(padding_mask: Tensor, causal: bool) -> Tensor:
    """What may look at what where some tokens are padding: (N, T), True at padding -> (N, 1, T, T), True where allowed.

    Rows are the tokens that look, columns those that are looked at; the axis of 1 is for the heads, which share it. With
    causal=True no token looks at a later one. A token always sees itself, a padded one too: with nothing to look at, its
    softmax would be NaN. ValueError: a padding_mask that is not (N, T) and bool.

    >>> attention_mask(torch.tensor([[False, False, True]]), causal=True)[0, 0].int()
    tensor([[1, 0, 0],
            [1, 1, 0],
            [1, 1, 1]], dtype=torch.int32)
    """
    N, T = padding_mask.shape
    allowed = (~padding_mask)[:, None, None, :].expand(N, 1, T, T)      # no one looks at padding
    if causal:
        allowed = allowed & torch.ones(T, T, dtype=torch.bool, device=padding_mask.device).tril()
    return allowed | torch.eye(T, dtype=torch.bool, device=padding_mask.device)


def init_weights(module: nn.Module) -> None:
    """Weights as in ViT and GPT-2, for `module.apply`: normal with deviation 0.02, cut at ±2, and biases 0."""
    if isinstance(module, nn.Linear | nn.Embedding):
        nn.init.trunc_normal_(module.weight, std=0.02)
    if isinstance(module, nn.Linear) and module.bias is not None:
        nn.init.zeros_(module.bias)
