"""Heads, against lightly's with the same weights, what DINO's promises, and the halves of autoencoders."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from sslcourse import models


@pytest.fixture(autouse=True)
def same_numbers_each_time():
    torch.manual_seed(0)


def copied(ours, theirs):
    """Our head with the weights of lightly's, layer by layer in order, after its BatchNorms have been shaken."""
    for p in theirs.parameters():
        nn.init.normal_(p, std=0.5)
    assert [type(layer) for layer in ours.layers] == [type(layer) for layer in theirs.layers]
    ours.layers.load_state_dict(theirs.layers.state_dict())
    return ours


@pytest.mark.parametrize(("name", "args"), [
    ("SimCLRProjectionHead", (12, 8, 6)),
    ("SimCLRProjectionHead", (12, 8, 6, 3)),
    ("SimCLRProjectionHead", (12, 8, 6, 2, False)),
    ("BYOLProjectionHead", (12, 8, 6)),
    ("BYOLPredictionHead", (12, 8, 6)),
    ("SimSiamProjectionHead", (12, 8, 6)),
    ("SimSiamPredictionHead", (12, 8, 6)),
    ("BarlowTwinsProjectionHead", (12, 8, 6)),
])
def test_heads_are_lightlys(name, args):
    from lightly.models.modules import heads

    theirs = getattr(heads, name)(*args)
    ours, x = copied(getattr(models, name)(*args), theirs), torch.randn(5, 12)
    for mode in (True, False):
        torch.testing.assert_close(ours.train(mode)(x), theirs.train(mode)(x))
    assert getattr(models, name)().layers[0].weight.shape == getattr(heads, name)().layers[0].weight.shape


def test_one_layer_is_linear():
    head = models.SimCLRProjectionHead(4, 8, 3, num_layers=1, batch_norm=False)
    assert [type(layer) for layer in head.layers] == [nn.Linear] and head(torch.rand(2, 4)).shape == (2, 3)


@pytest.mark.filterwarnings("ignore:.*weight_norm.*:FutureWarning")  # lightly's way of doing it
@pytest.mark.parametrize("batch_norm", (False, True))
@pytest.mark.parametrize("norm_last_layer", (False, True))
def test_dino_head_is_lightlys(batch_norm, norm_last_layer):
    from lightly.models.modules.heads import DINOProjectionHead

    sizes = dict(batch_norm=batch_norm, norm_last_layer=norm_last_layer)
    theirs = DINOProjectionHead(12, 8, 6, 20, **sizes)
    ours, x = copied(models.DINOProjectionHead(12, 8, 6, 20, **sizes), theirs), torch.randn(5, 12)
    assert ours.gain.requires_grad == theirs.last_layer.weight_g.requires_grad == (not norm_last_layer)
    ours.last_layer.weight.data, ours.gain.data = theirs.last_layer.weight_v.data, theirs.last_layer.weight_g.data
    torch.testing.assert_close(ours(x), theirs(x))


def dino_head(**kwargs):
    return models.DINOProjectionHead(12, 8, 6, 20, **kwargs)


def test_dino_rows_have_unit_norm():
    """After a step of the optimiser, too: the gain is no parameter that it could move."""
    head, x = dino_head(), torch.randn(4, 12)
    optimizer = torch.optim.SGD([p for p in head.parameters() if p.requires_grad], lr=10.0)
    for _ in range(2):
        torch.testing.assert_close(head.prototypes.norm(dim=1), torch.ones(20))
        assert head(x).abs().max() <= 1 + 1e-5
        optimizer.zero_grad()
        head(x).square().sum().backward()
        optimizer.step()


def test_dino_logits_ignore_the_bottlenecks_scale():
    head, x = dino_head(), torch.randn(4, 12)
    expected = head(x)
    with torch.no_grad():
        head.layers[-1].weight.mul_(7.0), head.layers[-1].bias.mul_(7.0)
    torch.testing.assert_close(head(x), expected)
    with torch.no_grad():
        head.last_layer.weight.mul_(0.1)
    torch.testing.assert_close(head(x), expected)


@pytest.mark.parametrize("norm_last_layer", (False, True))
@pytest.mark.parametrize(("freeze", "epoch", "frozen"), [(0, 0, False), (1, 0, True), (1, 1, False), (3, 2, True)])
def test_dino_frozen_last_layer(freeze, epoch, frozen, norm_last_layer):
    """Frozen epochs leave the prototypes as they are, weight decay and momentum included; the rest learns on."""
    head = dino_head(freeze_last_layer=freeze, norm_last_layer=norm_last_layer)
    before = copy.deepcopy(head)
    optimizer = torch.optim.AdamW([p for p in head.parameters() if p.requires_grad], lr=0.1)
    head(torch.randn(4, 12)).square().sum().backward()
    head.cancel_last_layer_gradients(epoch)
    optimizer.step()
    assert torch.equal(head.prototypes, before.prototypes) == frozen
    assert not torch.equal(head.layers[0].weight, before.layers[0].weight)


def test_dino_head_takes_patch_tokens():
    head, x = dino_head(), torch.randn(2, 5, 12)
    torch.testing.assert_close(head(x)[:, 3], head(x[:, 3]))
    teacher = copy.deepcopy(head)  # as a teacher is made
    models.update_momentum(head, teacher, 0.5)
    torch.testing.assert_close(teacher(x), head(x))


@pytest.mark.parametrize("dtype", (torch.float16, torch.bfloat16))
@pytest.mark.parametrize("make", [
    lambda: models.SimCLRProjectionHead(12, 8, 6), lambda: models.BYOLPredictionHead(12, 8, 6), dino_head,
    lambda: models.ConvEncoder(4, 1, 4, width=4, depth=1), lambda: models.MLPDecoder(12, 1, 4, hidden_dims=(8,)),
    lambda: models.ConvDecoder(12, 1, 4, width=4, depth=1),
], ids=("simclr", "byol", "dino", "conv", "mlp", "deconv"))
def test_half_precision(make, dtype):
    net = make()
    x = torch.rand(5, 1, 4, 4) if isinstance(net, models.ConvEncoder) else torch.rand(5, 12)
    with torch.autocast("cpu", dtype=dtype):
        loss = net(x).float().square().mean()
    loss.backward()
    assert all(torch.isfinite(p.grad).all() for p in net.parameters() if p.requires_grad)
    out = net.eval().to(dtype)(x.to(dtype))
    assert out.dtype == dtype and torch.isfinite(out).all()


def test_dino_head_of_nothing_is_finite_in_float16():
    head = dino_head().half()
    nn.init.zeros_(head.layers[-1].weight)
    assert torch.isfinite(head(torch.rand(3, 12).half())).all()


@pytest.mark.parametrize("batch_norm", (False, True))
@pytest.mark.parametrize(("channels", "size", "depth"), [(1, 28, 2), (3, 32, 3), (3, 16, 4), (2, 6, 1)])
def test_convolutional_halves_mirror_each_other(channels, size, depth, batch_norm):
    sizes = dict(width=4, depth=depth, batch_norm=batch_norm)
    encoder = models.ConvEncoder(5, channels, size, **sizes)
    decoder = models.ConvDecoder(5, channels, size, **sizes)
    images = torch.rand(3, channels, size, size)
    z = encoder(images)
    assert z.shape == (3, encoder.num_features) == (3, 5) and decoder(z).shape == images.shape
    kernels = [layer.weight.shape for layer in encoder.layers if isinstance(layer, nn.Conv2d)]
    mirrored = [layer.weight.shape for layer in decoder.layers if isinstance(layer, nn.ConvTranspose2d)]
    assert kernels == mirrored[::-1]
    assert any(isinstance(m, nn.BatchNorm2d) for half in (encoder, decoder) for m in half.modules()) == batch_norm
    assert isinstance(decoder.layers[-1], nn.ConvTranspose2d)  # bare output, no activation


@pytest.mark.parametrize("hidden", ((), (7,), (9, 7)))
def test_mlp_halves(hidden):
    encoder = models.MLPEncoder(5, 2, 4, hidden_dims=hidden)
    decoder = models.MLPDecoder(5, 2, 4, hidden_dims=hidden[::-1])
    images = torch.rand(3, 2, 4, 4)
    assert encoder(images).shape == (3, 5) == encoder.forward_features(images).shape
    assert decoder(encoder(images)).shape == images.shape
    widths = [layer.out_features for layer in encoder.layers if isinstance(layer, nn.Linear)]
    assert widths == [*hidden, 5]
    is_affine = torch.allclose(encoder(images) + encoder(-images), 2 * encoder(torch.zeros_like(images)), atol=1e-5)
    assert is_affine == (hidden == ())


def test_a_linear_autoencoder_can_be_pca():
    """With PCA's components for weights the reconstruction is the projection on its subspace: nothing else is there."""
    images = torch.rand(50, 1, 4, 4)
    rows = images.flatten(1)
    mean = rows.mean(0)
    components = torch.linalg.svd(rows - mean, full_matrices=False).Vh[:3]  # (3, 16)
    encoder, decoder = models.MLPEncoder(3, 1, 4, hidden_dims=()), models.MLPDecoder(3, 1, 4, hidden_dims=())
    encoder.layers[1].weight.data, encoder.layers[1].bias.data = components, -components @ mean
    decoder.layers[0].weight.data, decoder.layers[0].bias.data = components.T, mean
    projected = (rows - mean) @ components.T @ components + mean
    torch.testing.assert_close(decoder(encoder(images)).flatten(1), projected, rtol=1e-4, atol=1e-5)
