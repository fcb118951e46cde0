"""The encoders: a ResNet and a ViT against torchvision's with the same weights, and what they do beyond those."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from sslcourse import models, runtime


@pytest.fixture(autouse=True)
def same_numbers_each_time():
    torch.manual_seed(0)


def images(n=2, c=3, size=32, seed=0):
    return torch.rand(n, c, size, size, generator=torch.Generator().manual_seed(seed))


def vit(**kwargs):
    with runtime.seeded(0):
        net = models.VisionTransformer(**dict(image_size=16, patch_size=4, width=16, depth=2, heads=4) | kwargs)
        for p in net.parameters():  # far from the initial values, where attention is nearly uniform
            p.data += 0.3 * torch.randn_like(p)
    return net


def with_statistics(net):
    """BatchNorm's buffers and weights away from 0 and 1, so that a forgotten one shows."""
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            for tensor in (module.running_mean, module.running_var, module.weight.data, module.bias.data):
                tensor.uniform_(0.5, 1.5)
    return net


@pytest.mark.parametrize("stem", ("cifar", "imagenet"))
def test_resnet18_is_torchvisions(stem):
    """Same names, shapes and number of parameters, and with the weights copied the same logits, in both modes."""
    from torchvision.models import resnet18

    theirs = with_statistics(resnet18(num_classes=10))
    if stem == "cifar":
        theirs.conv1, theirs.maxpool = nn.Conv2d(3, 64, 3, padding=1, bias=False), nn.Identity()
        ours = models.resnet18_cifar(num_classes=10)
    else:
        ours = models.ResNet(stem="imagenet", num_classes=10)
    assert sum(p.numel() for p in ours.parameters()) == sum(p.numel() for p in theirs.parameters())
    ours.load_state_dict(theirs.state_dict())  # strict: the same keys
    for mode in (True, False):
        torch.testing.assert_close(ours.train(mode)(images()), theirs.train(mode)(images()), rtol=1e-4, atol=1e-4)
    theirs.fc = nn.Identity()
    torch.testing.assert_close(ours.forward_features(images()), theirs(images()), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("channels", (1, 3))
@pytest.mark.parametrize(("width", "depth", "stem", "size"), [
    (8, (1,), "cifar", 5), (4, (1, 2), "cifar", 16), (6, (2, 1, 1), "imagenet", 32), (4, (1, 1, 1, 1), "cifar", 24),
    (4, (1, 1), "half", 17),
])
def test_resnet_shapes(width, depth, stem, size, channels):
    net = models.ResNet(width, depth, stem=stem, in_channels=channels)
    x = images(2, channels, size)
    maps = net.feature_maps(x)
    side = {"cifar": size, "half": -(-size // 2), "imagenet": size // 4}[stem]
    assert [m.shape for m in maps] == [(2, width * 2**s, -(-side // 2**s), -(-side // 2**s)) for s in range(len(depth))]
    assert [len(net.get_submodule(f"layer{s + 1}")) for s in range(len(depth))] == list(depth)
    assert net(x).shape == (2, net.num_features) == (2, width * 2 ** (len(depth) - 1))
    net.eval()
    torch.testing.assert_close(net.feature_maps(x)[-1].mean((2, 3)), net(x))


def test_small_resnet():
    net = models.small_resnet(num_classes=7, in_channels=1)
    assert (net.num_features, net.num_classes) == (128, 7)
    assert net(images(c=1)).shape == (2, 7) and net.forward_features(images(c=1)).shape == (2, 128)
    assert sum(p.numel() for p in models.small_resnet().parameters()) == 307_360


def test_zero_initialised_blocks_are_identities():
    """Within a stage a fresh block hands on what came in; without the option it does not."""
    for option in (True, False):
        block = models.ResNet(4, (2,), zero_init_residual=option).eval().layer1[1]
        x = images(c=4)
        assert torch.equal(block(x), x) == option


def test_resnet_in_channels_last():
    """The same numbers in the other memory layout, and the layout kept up to the last map."""
    net = models.small_resnet().eval()
    expected = net(images())
    net = net.to(memory_format=torch.channels_last)
    x = images().contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(net(x), expected, rtol=1e-4, atol=1e-5)
    assert all(m.is_contiguous(memory_format=torch.channels_last) for m in net.feature_maps(x))


def test_vit_is_torchvisions():
    """Equations (1) to (4) against another implementation with the same weights."""
    from torchvision.models import VisionTransformer

    theirs = VisionTransformer(16, 4, num_layers=2, num_heads=4, hidden_dim=16, mlp_dim=64, num_classes=5).eval()
    for p in theirs.parameters():
        nn.init.normal_(p, std=0.3)
    ours = models.VisionTransformer(16, 4, 16, 2, 4, num_classes=5)
    copied = {
        "class_token": theirs.class_token, "positions": theirs.encoder.pos_embedding,
        "patch_embed.weight": theirs.conv_proj.weight.permute(0, 2, 3, 1).flatten(1),  # patchify: channels fastest
        "patch_embed.bias": theirs.conv_proj.bias,
        "norm.weight": theirs.encoder.ln.weight, "norm.bias": theirs.encoder.ln.bias,
        "head.weight": theirs.heads.head.weight, "head.bias": theirs.heads.head.bias,
    }
    names = {
        "ln_1": "norm1", "ln_2": "norm2", "mlp.3": "mlp.2",
        "self_attention.in_proj_": "attn.qkv.", "self_attention.out_proj": "attn.proj",
    }
    for i, layer in enumerate(theirs.encoder.layers):
        for key, value in layer.state_dict().items():
            for old, new in names.items():
                key = key.replace(old, new)
            copied[f"blocks.{i}.{key}"] = value
    ours.load_state_dict(copied)
    torch.testing.assert_close(ours(images(size=16)), theirs(images(size=16)), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("channels", (1, 3))
@pytest.mark.parametrize(("size", "patch"), [((16, 16), 4), ((16, 16), 8), ((8, 24), 4), ((12, 4), 4), ((16, 16), 16)])
def test_vit_shapes(size, patch, channels):
    net = models.VisionTransformer(16, patch, 8, 3, 2, in_channels=channels)
    x = torch.rand(2, channels, *size)
    t = 1 + size[0] // patch * (size[1] // patch)
    assert net(x).shape == (2, 8) and net.tokens(x).shape == (2, t, 8)
    assert net.attention_maps(x).shape == (2, 3, 2, t, t) and net.attention_maps(x, layer=-1).shape == (2, 2, t, t)
    torch.testing.assert_close(net.tokens(x)[:, 0], net(x))


def test_registers_take_part_and_are_thrown_away():
    """As the same blocks on the tokens with the registers behind them; without registers the network is what it was."""
    net, x = vit(registers=3), images(size=16)
    assert net.tokens(x).shape == (2, 17, 16) and net.attention_maps(x).shape == (2, 2, 4, 20, 20)
    z = net._embed(x)[:, :17]
    assert torch.equal(net._embed(x)[:, 17:], net.registers.expand(2, -1, -1))
    z = torch.cat([z, net.registers.expand(2, -1, -1)], dim=1)
    for block in net.blocks:
        z = block(z)
    torch.testing.assert_close(net.tokens(x), net.norm(z)[:, :17])
    net.tokens(x)[:, 1:].sum().backward()
    assert net.registers.grad.abs().sum() > 0
    keep, mask = torch.arange(4).expand(2, -1), torch.zeros(2, 16, dtype=torch.bool)
    assert vit(registers=3).tokens(x, keep).shape == (2, 5, 16)
    assert vit(registers=3, mask_token=True).tokens(x, mask=~mask).shape == (2, 17, 16)
    assert models.VisionTransformer(16, 4, 16, 1, 2).registers is None


def test_attention_maps():
    """Rows are distributions; a single layer's map is that layer's; running with maps gives what SDPA gives."""
    net, x = vit(depth=3), images(size=16)
    maps = net.attention_maps(x)
    assert maps.min() >= 0 and maps.std(dim=-1).max() > 0.05  # not the uniform map of a fresh network
    torch.testing.assert_close(maps.sum(-1), torch.ones(2, 3, 4, 17))
    for layer in (0, 1, 2, -1, -3):
        torch.testing.assert_close(net.attention_maps(x, layer), maps[:, layer])
    explicit = fast = net._embed(x)
    for block in net.blocks:
        explicit, fast = block(explicit, return_attention=True)[0], block(fast)
    torch.testing.assert_close(explicit, fast, rtol=1e-4, atol=1e-5)


def test_positions_at_the_training_size_are_untouched():
    positions = torch.rand(1, 17, 8)
    assert models.interpolate_positions(positions, (4, 4), (4, 4)) is positions


def resampling(old, new):
    """(new, old): bicubic weights with a = −0.75, pixel centres at half units, edges repeated."""
    def kernel(d, a=-0.75):
        d = abs(d)
        return ((a + 2) * d - (a + 3)) * d * d + 1 if d <= 1 else ((d - 5) * d + 8) * d * a - 4 * a

    weights = torch.zeros(new, old)
    for i in range(new):
        centre = (i + 0.5) * old / new - 0.5
        for j in range(math.floor(centre) - 1, math.floor(centre) + 3):
            weights[i, min(max(j, 0), old - 1)] += kernel(centre - j)
    return weights


@pytest.mark.parametrize("new", [(8, 10), (3, 2), (4, 9)])
def test_positions_are_interpolated_as_a_map(new):
    """Against bicubic interpolation written out: rows and columns are not swapped, and the class token's stays."""
    positions = torch.randn(1, 1 + 4 * 5, 3, generator=torch.Generator().manual_seed(0))
    out = models.interpolate_positions(positions, (4, 5), new)
    assert torch.equal(out[:, 0], positions[:, 0])
    grid = positions[0, 1:].reshape(4, 5, 3)
    expected = torch.einsum("yr,rcd,xc->yxd", resampling(4, new[0]), grid, resampling(5, new[1]))
    torch.testing.assert_close(out[0, 1:].reshape(*new, 3), expected)


def test_dropped_patches_are_as_if_they_never_were():
    """idx_keep equals the same blocks run on the kept tokens alone, and what a dropped patch shows changes nothing."""
    net, x = vit(), images(3, size=16)
    idx_keep, idx_mask = models.random_token_mask((3, 16), 0.75, generator=torch.Generator().manual_seed(1))
    kept = net.tokens(x, idx_keep)
    assert kept.shape == (3, 5, 16)

    patches = models.patchify(x, 4)
    for n in range(3):  # one sample at a time, patch by patch
        tokens = [net.class_token[0, 0] + net.positions[0, 0]]
        tokens += [net.patch_embed(patches[n, i]) + net.positions[0, 1 + i] for i in idx_keep[n].tolist()]
        z = torch.stack(tokens)[None]
        for block in net.blocks:
            z = block(z)
        torch.testing.assert_close(net.norm(z)[0], kept[n], rtol=1e-4, atol=1e-5)

    scrambled = models.unpatchify(models.set_at_index(patches, idx_mask, torch.rand(3, 12, 48)), 4)
    torch.testing.assert_close(net.tokens(scrambled, idx_keep), kept)
    torch.testing.assert_close(net.forward_features(x, idx_keep), kept[:, 0])
    every = torch.arange(16).expand(3, -1)
    torch.testing.assert_close(net.tokens(x, every), net.tokens(x))


def test_masked_patches_are_hidden_but_keep_their_place():
    net, x = vit(mask_token=True), images(size=16)
    mask = torch.zeros(2, 16, dtype=torch.bool)
    torch.testing.assert_close(net.tokens(x, mask=mask), net.tokens(x))
    mask[:, 3] = True
    patches = models.patchify(x, 4)
    patches[:, 3] = torch.rand(2, 48)
    other = models.unpatchify(patches, 4)
    masked = net.tokens(x, mask=mask)
    torch.testing.assert_close(net.tokens(other, mask=mask), masked)
    assert not torch.allclose(masked, net.tokens(x))
    moved = mask.roll(1, dims=1)
    assert not torch.allclose(net.tokens(x, mask=moved), masked)
    masked.sum().backward()
    assert net.mask_token.grad.abs().sum() > 0


@pytest.mark.parametrize("dtype", (torch.float16, torch.bfloat16))
@pytest.mark.parametrize(
    "make", (lambda: models.ResNet(8, (1, 1)), lambda: vit(mask_token=True)), ids=("resnet", "vit")
)
def test_half_precision(make, dtype):
    """The whole network in half precision, and under autocast with a backward pass: finite, near float32."""
    net, x = make(), images(4, size=16)
    expected = net.eval()(x)
    half = make()
    half.load_state_dict(net.state_dict())
    out = half.eval().to(dtype)(x.to(dtype))
    assert out.dtype == dtype and (out.float() - expected).abs().max() < 0.1 * expected.abs().max()
    with torch.autocast("cpu", dtype=dtype):
        loss = net.train()(x).float().square().mean()
    loss.backward()
    assert all(torch.isfinite(p.grad).all() for p in net.parameters() if p.grad is not None)


@pytest.mark.parametrize("make", (models.small_resnet, vit), ids=("resnet", "vit"))
def test_encoders_fit_the_evaluation(make):
    """num_features says what extract_features returns, with a classifier as well as without."""
    from sslcourse import evaluation

    for num_classes in (0, 5):
        net = make(num_classes=num_classes)
        assert evaluation.extract_features(net, images(3, size=16)).shape == (3, net.num_features)


@pytest.mark.parametrize("size", ((16, 24), (24, 24), (8, 32)))
def test_attention_maps_of_another_size_and_shape(size):
    """T is 1 + the patches that are there; a wide image turned into a tall one gives other numbers, not an error."""
    net, x = vit(), torch.rand(2, 3, *size, generator=torch.Generator().manual_seed(0))
    maps = net.attention_maps(x)
    T = 1 + size[0] * size[1] // 16
    assert maps.shape == (2, 2, 4, T, T)
    torch.testing.assert_close(maps.sum(-1), torch.ones(2, 2, 4, T))
    torch.testing.assert_close(net.attention_maps(x, layer=-1), maps[:, -1])
    hidden = net.tokens(x, models.random_token_mask((2, T - 1), 0.5)[0])
    assert hidden.shape == (2, 1 + (T - 1) // 2, 16) and hidden.isfinite().all()
