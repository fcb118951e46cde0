"""The text transformer: who may see whom, padding, tied weights, and the block it is built of."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from sslcourse import models, runtime

V, T = 11, 9


def transformer(**kwargs):
    with runtime.seeded(0):
        net = models.TextTransformer(V, T, **dict(width=16, depth=2, heads=4) | kwargs)
        for p in net.parameters():
            p.data += 0.3 * torch.randn_like(p)
    return net


def tokens(n=2, t=T, seed=0):
    return torch.randint(V, (n, t), generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("tie", (True, False))
@pytest.mark.parametrize("causal", (True, False))
@pytest.mark.parametrize("t", (1, 4, T))
def test_shapes(causal, tie, t):
    net = transformer(causal=causal, tie_weights=tie)
    assert net(tokens(t=t)).shape == (2, t, V) and net.forward_features(tokens(t=t)).shape == (2, t, net.num_features)
    assert net.attention_maps(tokens(t=t)).shape == (2, 2, 4, t, t)
    output = net.token_embedding.weight if tie else net.head.weight
    torch.testing.assert_close(net(tokens(t=t)), F.linear(net.forward_features(tokens(t=t)), output))
    assert sum(p.numel() == V * 16 for p in net.parameters()) == (1 if tie else 2)


@pytest.mark.parametrize("padded", (False, True))
@pytest.mark.parametrize("place", range(1, T))
def test_a_causal_model_never_looks_ahead(place, padded):
    """Another token at `place` leaves every earlier logit as it was, and only them; a bidirectional model sees it."""
    first = tokens()
    second = first.clone()
    second[:, place] = (first[:, place] + 1) % V
    mask = torch.zeros(2, T, dtype=torch.bool) if padded else None
    causal, both_ways = transformer(causal=True), transformer(causal=False)
    before, after = causal(first, mask), causal(second, mask)
    torch.testing.assert_close(before[:, :place], after[:, :place], rtol=1e-5, atol=1e-5)
    assert (before[:, place:] - after[:, place:]).abs().amax(dim=(0, 2)).min() > 1e-3
    before, after = both_ways(first, mask), both_ways(second, mask)
    assert (before - after).abs().amax(dim=(0, 2)).min() > 1e-3


@pytest.mark.parametrize("causal", (True, False))
def test_padding_is_as_if_it_were_not_there(causal):
    """A padded row gives what the shorter row gives alone; a row of padding alone stays finite."""
    net, row = transformer(causal=causal), tokens(1, 5)
    batch = torch.cat([F.pad(row, (0, 3), value=7), tokens(2, 8, seed=1)])
    mask = torch.zeros(3, 8, dtype=torch.bool)
    mask[0, 5:] = True
    mask[2] = True
    out = net(batch, mask)
    torch.testing.assert_close(out[:1, :5], net(row), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(out[1:2], net(batch[1:2]), rtol=1e-4, atol=1e-5)
    assert torch.isfinite(out).all()
    maps = net.attention_maps(batch, mask)
    torch.testing.assert_close(maps.sum(-1), torch.ones(3, 2, 4, 8))
    assert maps[0, :, :, :5, 5:].max() == 0


@pytest.mark.parametrize("padding", (None, torch.tensor([[False] * 7 + [True] * 2, [False] * 9])))
@pytest.mark.parametrize("causal", (True, False))
def test_maps_are_what_the_fast_path_uses(causal, padding):
    """Block for block the explicit attention gives SDPA's output, masks included; a causal map is lower triangular."""
    net = transformer(causal=causal)
    x, mask = net._embed(tokens(), padding)
    only_causal = causal and mask is None
    for block in net.blocks:
        explicit, attention = block(x, mask=mask, causal=only_causal, return_attention=True)
        x = block(x, mask=mask, causal=only_causal)
        torch.testing.assert_close(explicit, x, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(attention.sum(-1), torch.ones(2, 4, T))
        assert (attention.triu(1).abs().max() == 0) == causal


def test_the_block_against_a_loop():
    """Attention, equation (1), written out for each sample, head and token."""
    with runtime.seeded(0):
        block, x = models.TransformerBlock(6, heads=2, mlp_ratio=2), torch.randn(2, 3, 6)
    q, k, v = block.attn.qkv(block.norm1(x)).chunk(3, dim=-1)
    mixed = torch.zeros_like(x)
    for n in range(2):
        for part in (slice(0, 3), slice(3, 6)):
            for t in range(3):
                scores = torch.stack([q[n, t, part] @ k[n, s, part] / math.sqrt(3) for s in range(3)])
                mixed[n, t, part] = sum(w * v[n, s, part] for s, w in enumerate(scores.softmax(0)))
    z = x + block.attn.proj(mixed)
    z = z + block.mlp[2](F.gelu(block.mlp[0](block.norm2(z))))
    torch.testing.assert_close(block(x), z, rtol=1e-4, atol=1e-5)
    assert isinstance(block.mlp[0], nn.Linear) and block.mlp[0].out_features == 12


@pytest.mark.parametrize("masked", (False, True))
def test_self_attention_is_a_plain_loop_s(masked):
    """Catches a softmax along another axis, heads that mix tokens, a missing root, values of the wrong token."""
    generator = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(2, 3, 8, generator=generator) for _ in range(3))
    mask = torch.ones(1, 1, 3, 3, dtype=torch.bool).tril() if masked else None
    z, a = models.self_attention(q, k, v, 2, mask)
    assert z.shape == (2, 3, 8) and a.shape == (2, 2, 3, 3)
    for n in range(2):
        for head, part in enumerate((slice(0, 4), slice(4, 8))):
            for i in range(3):
                seen = range(i + 1 if masked else 3)
                weights = [math.exp(float(q[n, i, part] @ k[n, j, part]) / 2) for j in seen]
                shares = [weight / sum(weights) for weight in weights] + [0.0] * (3 - len(weights))
                assert a[n, head, i].tolist() == pytest.approx(shares, abs=1e-5)
                mean = sum(share * v[n, j, part] for j, share in enumerate(shares))
                torch.testing.assert_close(z[n, i, part], mean, rtol=1e-4, atol=1e-5)


def test_a_fresh_model_is_unsure():
    """Initial logits are near uniform, so that the first loss is about ln V: a common bug starts far above it."""
    with runtime.seeded(0):
        net = models.TextTransformer(1000, 32)
        ids = torch.randint(1000, (8, 32))
    loss = F.cross_entropy(net(ids)[:, :-1].flatten(0, 1), ids[:, 1:].flatten())
    assert abs(loss.item() - math.log(1000)) < 0.2


@pytest.mark.parametrize("dtype", (torch.float16, torch.bfloat16))
@pytest.mark.parametrize("causal", (True, False))
def test_half_precision(causal, dtype):
    net = transformer(causal=causal)
    mask = torch.zeros(2, T, dtype=torch.bool)
    mask[0, 6:] = True
    expected = net(tokens(), mask)
    with torch.autocast("cpu", dtype=dtype):
        loss = net(tokens(), mask).float().square().mean()
    loss.backward()
    assert all(torch.isfinite(p.grad).all() for p in net.parameters())
    out = net.to(dtype)(tokens(), mask)
    assert out.dtype == dtype and (out.float() - expected).abs().max() < 0.1 * expected.abs().max()


@pytest.mark.parametrize("causal", (True, False))
def test_the_attention_mask_is_a_plain_loop_s(causal):
    """Catches a mask the other way round, padding that is looked at, a token that looks ahead, a row of nothing."""
    padding = torch.tensor([[False, False, True, True], [True, False, False, False], [True, True, True, True]])
    allowed = models.attention_mask(padding, causal)
    assert allowed.shape == (3, 1, 4, 4) and allowed.dtype == torch.bool
    for n in range(3):
        for query in range(4):
            for key in range(4):
                wanted = key == query or (not padding[n, key] and (key <= query or not causal))
                assert bool(allowed[n, 0, query, key]) == bool(wanted), (n, query, key)
