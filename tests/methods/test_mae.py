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


# the masks

MASKS = {"random": models.random_token_mask, "block": methods.block_mask, "grid": methods.grid_mask}
every_mask = pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)


@every_mask
@pytest.mark.parametrize("ratio", [0.0, 0.25, 0.5, 0.75, 0.9, 0.99])
@pytest.mark.parametrize("length", [1, 9, 64])
def test_kept_and_hidden_are_all_places_once_in_order_and_as_many_as_asked(mask, ratio, length):
    idx_keep, idx_mask = mask((5, length), ratio, generator=torch.Generator().manual_seed(0))
    assert idx_keep.shape == (5, max(1, math.floor(length * (1 - ratio) + 1e-9)))
    assert idx_keep.dtype == idx_mask.dtype == torch.int64
    for kept, hidden in zip(idx_keep.tolist(), idx_mask.tolist()):
        assert kept == sorted(kept) and hidden == sorted(hidden) and sorted(kept + hidden) == list(range(length))


def test_split_by_noise_keeps_those_with_the_least_each_row_for_itself():
    noise = torch.rand(7, 12, generator=torch.Generator().manual_seed(0))
    idx_keep, _ = methods.split_by_noise(noise, 0.6)
    for row, kept in zip(noise.tolist(), idx_keep.tolist()):
        assert kept == sorted(sorted(range(12), key=row.__getitem__)[:4])


def test_a_block_is_a_block_and_another_one_for_each_image():
    idx_mask = methods.block_mask((50, 64), 0.25, generator=torch.Generator().manual_seed(0))[1]
    assert len({tuple(row) for row in idx_mask.tolist()}) > 20
    for row in idx_mask:  # 16 of 64, in a window of at most 8 × 5 even in a corner
        rows, columns = row // 8, row % 8
        assert (rows.max() - rows.min() + 1) * (columns.max() - columns.min() + 1) <= 40
        assert min(rows.max() - rows.min(), columns.max() - columns.min()) <= 4


def test_the_grid_keeps_one_in_four_and_a_chessboard():
    places = torch.arange(64)
    quarter, half = (methods.grid_mask((2, 64), ratio)[0] for ratio in (0.75, 0.5))
    assert quarter[0].tolist() == quarter[1].tolist() == places[(places // 8 % 2 == 0) & (places % 2 == 0)].tolist()
    assert half[0].tolist() == places[(places // 8 + places) % 2 == 0].tolist()


def test_block_masks_repeat_with_their_generator():
    one, other = (methods.block_mask((4, 16), 0.5, generator=torch.Generator().manual_seed(3)) for _ in range(2))
    assert all(map(torch.equal, one, other))


def test_fill_in_by_a_loop():
    idx_keep, _ = draw()
    visible, token = torch.randn(6, 4, 3), torch.randn(1, 1, 3)
    found = methods.fill_in(visible, idx_keep, token, 16)
    for n in range(6):
        for place in range(16):
            kept = idx_keep[n].tolist()
            wanted = visible[n, kept.index(place)] if place in kept else token[0, 0]
            assert torch.equal(found[n, place], wanted)


@pytest.mark.parametrize("bad, argument", [
    (lambda: methods.split_by_noise(torch.rand(4), 0.5), "noise"),
    (lambda: methods.split_by_noise(torch.tensor([[0.1, math.nan]]), 0.5), "noise"),
    (lambda: methods.split_by_noise(torch.rand(2, 4), 1.0), "mask_ratio"),
    (lambda: methods.split_by_noise(torch.rand(2, 4), -0.1), "mask_ratio"),
    (lambda: methods.block_mask((2, 12), 0.5), "size"),
    (lambda: methods.grid_mask((0, 16), 0.5), "size"),
    (lambda: methods.grid_mask(16, 0.5), "size"),
    (lambda: methods.fill_in(torch.rand(2, 3), torch.zeros(2, 3, dtype=torch.int64), torch.rand(1, 1, 3), 8), "visible"),
    (lambda: methods.fill_in(torch.rand(2, 3, 4), torch.zeros(2, 2, dtype=torch.int64), torch.rand(1, 1, 4), 8), "idx_keep"),
    (lambda: methods.fill_in(torch.rand(2, 3, 4), torch.zeros(2, 3), torch.rand(1, 1, 4), 8), "idx_keep"),
    (lambda: methods.fill_in(torch.rand(2, 1, 4), torch.tensor([[8], [0]]), torch.rand(1, 1, 4), 8), "idx_keep"),
    (lambda: methods.fill_in(torch.rand(2, 3, 4), torch.zeros(2, 3, dtype=torch.int64), torch.rand(4), 8), "mask_token"),
    (lambda: methods.fill_in(torch.rand(2, 3, 4), torch.zeros(2, 3, dtype=torch.int64), torch.rand(1, 1, 4), 2), "length"),
])
def test_bad_input_is_named(bad, argument):
    with pytest.raises(ValueError, match=f"{argument}: got .*, wanted "):
        bad()


# positions

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


# the method

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


# what bfloat16 does on a CPU

def test_attention_in_bfloat16_is_near_that_in_float32_and_keeps_its_type(images):
    block, x = models.TransformerBlock(width=16, heads=2), torch.randn(3, 5, 16)
    wanted = block(x)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        torch.testing.assert_close(block(x).float(), wanted, atol=0.05, rtol=0.05)
    assert block.bfloat16()(x.bfloat16()).dtype == torch.bfloat16
