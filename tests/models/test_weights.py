"""How weights begin: the deviations that ViT, GPT-2 and DINO ask for, and what a norm divides by."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from sslcourse import models, runtime

DEPTH = 8


def make(name: str) -> nn.Module:
    with runtime.seeded(0):
        return {
            "ViT": lambda: models.VisionTransformer(32, 4, width=64, depth=DEPTH, heads=4, num_classes=50, mask_token=True),
            "text": lambda: models.TextTransformer(200, max_length=32, width=64, depth=DEPTH, heads=4, tie_weights=False),
            "DINO head": lambda: models.DINOProjectionHead(64, 128, 32, output_dim=100),
        }[name]()


def deviation(weight: torch.Tensor) -> float:
    return weight.detach().square().mean().sqrt().item()


@pytest.mark.parametrize("name", ("ViT", "text", "DINO head"))
def test_linear_layers_begin_small_and_without_bias(name):
    net = make(name)
    for path, module in net.named_modules():
        if isinstance(module, nn.Linear | nn.Embedding) and path != "last_layer":
            last_of_half = name == "text" and path.endswith(("attn.proj", "mlp.2"))  # GPT-2 divides by √(2 · depth)
            wanted = 0.02 / math.sqrt(2 * DEPTH) if last_of_half else 0.02
            assert deviation(module.weight) == pytest.approx(wanted, rel=0.15), path
            assert getattr(module, "bias", None) is None or not module.bias.any(), path


@pytest.mark.parametrize(("name", "tokens"), (("ViT", ("class_token", "positions", "mask_token")), ("text", ("positions",))))
def test_tokens_and_positions_begin_small_and_different(name, tokens):
    net = make(name)
    for token in tokens:
        assert deviation(getattr(net, token)) == pytest.approx(0.02, rel=0.35), token


@pytest.mark.parametrize("name", ("ViT", "text"))
def test_norms_divide_by_the_deviation_and_nothing_else(name):
    """ε = 10⁻⁶ as in ViT's code: features of deviation 0.01 come out with deviation 1, where 10⁻² would leave 0.1."""
    norms = [module for module in make(name).modules() if isinstance(module, nn.LayerNorm)]
    assert len(norms) == 2 * DEPTH + 1
    x = 0.01 * torch.randn(5, 64, generator=torch.Generator().manual_seed(0))
    for norm in norms:
        assert deviation(norm(x)) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("gains_learned", (True, False))
def test_frozen_prototypes_get_no_gradient_nor_do_their_gains(gains_learned):
    head = models.DINOProjectionHead(4, 8, 4, 8, freeze_last_layer=1, norm_last_layer=not gains_learned)
    head(torch.rand(3, 4)).square().sum().backward()
    head.cancel_last_layer_gradients(0)
    assert head.last_layer.weight.grad is None and head.gain.grad is None
    assert head.layers[0].weight.grad is not None
