"""MAE and its masks: what is hidden never reaches the encoder, all comes back to its place, the loss is the paper's."""

from __future__ import annotations

import math

import pytest
import torch

from sslcourse import data, methods, models, runtime, training


def vit(**more):
    with runtime.seeded(0):
        return models.VisionTransformer(image_size=16, patch_size=4, width=16, depth=2, heads=2, **more)


def mae(encoder=None, **more):
    with runtime.seeded(1):
        return methods.MAE(encoder or vit(), decoder_width=8, decoder_depth=1, decoder_heads=2, **more)


def as_they_are(images):
    return images.float() / 255


@pytest.fixture
def images():
    return data.shapes(6, size=16, seed=0).images


def draw(n=6, length=16, ratio=0.75, seed=0):
    return models.random_token_mask((n, length), ratio, generator=torch.Generator().manual_seed(seed))


def test_positions_by_the_formula():
    found = methods.sine_cosine_positions(2, 3, 8)[0]
    assert found.shape == (7, 8) and found[0].abs().sum() == 0
    for row in range(2):
        for column in range(3):
            wanted = [f(place / 10_000 ** (k / 2)) for place in (column, row) for f in (math.sin, math.cos) for k in range(2)]
            assert found[1 + 3 * row + column].tolist() == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("rows, columns, width, argument", [(0, 2, 8, "rows"), (2, 0, 8, "columns"), (2, 2, 6, "width")])
def test_bad_positions_are_named(rows, columns, width, argument):
    with pytest.raises(ValueError, match=f"{argument}: got"):
        methods.sine_cosine_positions(rows, columns, width)


def test_what_is_hidden_changes_nothing_in_the_prediction(images):
    method, (idx_keep, idx_mask) = mae().eval(), draw()
    x = as_they_are(images)
    patches = models.patchify(x, 4)
    other = models.set_at_index(patches, idx_mask, torch.rand(6, 12, 48))
    again = models.unpatchify(other, 4)
    assert not torch.equal(x, again)
    torch.testing.assert_close(method.predict(x, idx_keep, idx_mask), method.predict(again, idx_keep, idx_mask))


@pytest.mark.parametrize("normalize", [True, False])
def test_the_loss_by_a_loop_over_hidden_patches(images, normalize):
    idx = draw()
    method = mae(views=as_they_are, mask=lambda *_, **__: idx, normalize=normalize).eval()
    prediction, patches = method.predict(as_they_are(images), *idx), models.patchify(as_they_are(images), 4)
    errors = []
    for n in range(6):
        for place in idx[1][n].tolist():
            target = patches[n, place]
            if normalize:
                target = (target - target.mean()) / torch.sqrt(target.var() + 1e-6)
            errors.append(((prediction[n, place] - target) ** 2).mean())
    torch.testing.assert_close(method.loss(images), torch.stack(errors).mean())
    torch.testing.assert_close(method.loss((images, None)), method.loss(images))


def test_the_encoder_sees_the_visible_patches_alone(images):
    seen = []
    method = mae(views=as_they_are)
    method.encoder.blocks[0].register_forward_hook(lambda _, inputs, __: seen.append(inputs[0].shape[1]))
    method.loss(images)
    assert seen == [1 + 4]
    everything = mae(vit(mask_token=True), views=as_they_are, drop=False)
    everything.encoder.blocks[0].register_forward_hook(lambda _, inputs, __: seen.append(inputs[0].shape[1]))
    everything.loss(images)
    assert seen == [1 + 4, 1 + 16]


def test_without_dropping_the_hidden_patches_stay_hidden(images):
    method, (idx_keep, idx_mask) = mae(vit(mask_token=True), drop=False).eval(), draw()
    x = as_they_are(images)
    again = models.unpatchify(models.set_at_index(models.patchify(x, 4), idx_mask, torch.rand(6, 12, 48)), 4)
    torch.testing.assert_close(method.predict(x, idx_keep, idx_mask), method.predict(again, idx_keep, idx_mask))


@pytest.mark.parametrize("normalize", [True, False])
def test_reconstructions_keep_what_was_visible(images, normalize):
    method, (idx_keep, idx_mask) = mae(normalize=normalize).eval(), draw()
    picture = method.reconstruct(images, idx_keep, idx_mask)
    assert picture.shape == images.shape and not picture.requires_grad
    patches, wanted = models.patchify(picture, 4), models.patchify(as_they_are(images), 4)
    torch.testing.assert_close(models.get_at_index(patches, idx_keep), models.get_at_index(wanted, idx_keep))
    said = method.predict(as_they_are(images), idx_keep, idx_mask)
    if normalize:
        said = said * (wanted.var(dim=-1, keepdim=True) + 1e-6).sqrt() + wanted.mean(dim=-1, keepdim=True)
    torch.testing.assert_close(models.get_at_index(patches, idx_mask), models.get_at_index(said.detach(), idx_mask))
    whole = models.patchify(method.reconstruct(images, idx_keep, idx_mask, paste=False), 4)
    torch.testing.assert_close(whole, said.detach())


def test_encode_is_the_mean_of_the_patches_or_the_class_token(images):
    x = as_they_are(images)
    tokens = mae().encoder.tokens(x)
    torch.testing.assert_close(mae().encode(x), tokens[:, 1:].mean(dim=1))
    torch.testing.assert_close(mae(pool="class").encode(x), tokens[:, 0])


@pytest.mark.parametrize("drop", [True, False])
def test_every_weight_that_counts_gets_a_gradient(images, drop):
    method = mae(vit(mask_token=not drop), drop=drop)
    method.loss(images).backward()
    without = {name for name, parameter in method.named_parameters() if parameter.grad is None}
    assert without == (set() if drop else {"mask_token"})


@pytest.mark.slow
def test_a_short_run_learns(images):
    train = data.shapes(256, size=16, seed=1).images
    method = mae(normalize=False, views=as_they_are)
    history = training.train(method, train, steps=60, batch_size=64, lr=3e-3, seed=0)
    assert sum(history.loss[-5:]) < 0.7 * sum(history.loss[:5])


def test_a_run_repeats_with_its_seed(images):
    losses = [training.train(mae(), images, steps=3, batch_size=4, seed=5).loss for _ in range(2)]
    assert losses[0] == losses[1]


@pytest.mark.parametrize("more, argument", [
    ({"mask_ratio": 0.0}, "mask_ratio"), ({"mask_ratio": 1.0}, "mask_ratio"), ({"mask_ratio": 1}, "mask_ratio"),
    ({"pool": "max"}, "pool"), ({"drop": False}, "drop"),
])
def test_bad_settings_are_named(more, argument):
    with pytest.raises(ValueError, match=f"{argument}: got .*, wanted "):
        mae(**more)


def test_another_encoder_and_no_decoder_are_refused():
    with pytest.raises(ValueError, match="encoder: got ResNet"):
        methods.MAE(models.small_resnet())
    with pytest.raises(ValueError, match="decoder_depth: got 0, wanted "):
        methods.MAE(vit(), decoder_depth=0)


def test_attention_in_bfloat16_is_near_that_in_float32_and_keeps_its_type(images):
    block, x = models.TransformerBlock(width=16, heads=2), torch.randn(3, 5, 16)
    wanted = block(x)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        torch.testing.assert_close(block(x).float(), wanted, atol=0.05, rtol=0.05)
    assert block.bfloat16()(x.bfloat16()).dtype == torch.bfloat16


@pytest.mark.parametrize("size", [(16, 24), (24, 24), (8, 40)])
@pytest.mark.parametrize("drop", [True, False])
def test_images_of_another_size_have_a_loss_and_positions_of_their_own(size, drop):
    encoder = models.VisionTransformer(16, 4, 16, 1, 2, mask_token=not drop)
    method = methods.MAE(encoder, decoder_width=16, decoder_heads=2, drop=drop)
    assert method.loss(torch.rand(2, 3, *size)).isfinite()
    rows, columns = size[0] // 4, size[1] // 4
    assert torch.equal(method.positions(torch.rand(1, 3, *size)), methods.sine_cosine_positions(rows, columns, 16))
    assert method.positions(torch.rand(1, 3, 16, 16)) is method.decoder_positions
    with pytest.raises(ValueError, match="images"):
        method.loss(torch.rand(2, 3, size[0] + 2, size[1]))
