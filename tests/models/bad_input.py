"""Bad input to every public callable of `sslcourse.models`: (name, call, the argument that the message must name).

`test_models_room.py` runs the rows, and fails when a public callable has none.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import nn

from sslcourse import models

NAN = float("nan")
NOT_A_SIZE = (0, -1, 2.5, None, True, "8")
NOT_A_COUNT = (-1, 0.5, None, True)
NOT_A_NUMBER = (NAN, float("inf"), None, "1")
VIT = dict(image_size=8, patch_size=4, width=8, depth=1, heads=2)
TEXT = dict(vocab_size=5, max_length=6, width=8, depth=1, heads=2)
HEADS = {
    "SimCLRProjectionHead": (models.SimCLRProjectionHead, ("input_dim", "hidden_dim", "output_dim", "num_layers")),
    "BYOLProjectionHead": (models.BYOLProjectionHead, ("input_dim", "hidden_dim", "output_dim")),
    "BYOLPredictionHead": (models.BYOLPredictionHead, ("input_dim", "hidden_dim", "output_dim")),
    "SimSiamProjectionHead": (models.SimSiamProjectionHead, ("input_dim", "hidden_dim", "output_dim")),
    "SimSiamPredictionHead": (models.SimSiamPredictionHead, ("input_dim", "hidden_dim", "output_dim")),
    "BarlowTwinsProjectionHead": (models.BarlowTwinsProjectionHead, ("input_dim", "hidden_dim", "output_dim")),
}


def _numbers(name, call, argument, bad, **others):
    """One argument takes each bad value in turn, the others are good."""
    return [(name, lambda value=value: call(**others, **{argument: value}), argument) for value in bad]


def _images(name, call):
    """What a network for three channels refuses."""
    good = torch.rand(2, 3, 8, 8)
    bad = (good[0], good[:, :1], (good * 255).byte(), good[:0], good.tolist(), None)
    return [(name, lambda value=value: call(value), "images") for value in bad]


def _vectors(name, call, argument, size):
    good = torch.rand(4, size)
    bad = (good[0], good[:, 1:], good.long(), good[:0], good.tolist(), good[None, None] if argument == "z" else None)
    return [(name, lambda value=value: call(value), argument) for value in bad]


def _resnets():
    yield from _numbers("ResNet", models.ResNet, "width", NOT_A_SIZE)
    yield from _numbers("ResNet", models.ResNet, "depth", ((), (2, 0), (1.5,), 18, "22", None))
    yield from _numbers("ResNet", models.ResNet, "stem", ("cifar10", None))
    for name in ("ResNet", "resnet18_cifar", "small_resnet"):
        yield from _numbers(name, getattr(models, name), "in_channels", NOT_A_SIZE)
        yield from _numbers(name, getattr(models, name), "num_classes", NOT_A_COUNT)
        net = getattr(models, name)() if name != "resnet18_cifar" else models.ResNet(4, (1,))
        for call in (net, net.forward_features, net.feature_maps):
            yield from _images(name, call)


def _patch_resnets():
    filters, images = torch.rand(4, 3, 2, 2), torch.rand(4, 3, 8, 8)
    name, build = "PatchResNet", models.PatchResNet
    bad_filters = (filters[0], torch.rand(4, 3, 2, 3), filters[:0], filters * NAN, None)
    yield from _numbers(name, build, "filters", bad_filters)
    yield from _numbers(name, build, "mean", (torch.zeros(2), torch.zeros(3, 1), torch.full((3,), NAN), 0.5), filters=filters)
    for argument in ("width", "features", "stride"):
        yield from _numbers(name, build, argument, NOT_A_SIZE, filters=filters)
    yield from _numbers(name, build, "depth", ((), (2, 0), (1.5,), 18, "22", None), filters=filters)
    yield from _numbers(name, build, "num_classes", NOT_A_COUNT, filters=filters)
    net = build(filters, 4, (1,), features=8)
    for call in (net, net.forward_features, net.feature_maps, net.patches):
        yield from _images(name, call)
    yield from _numbers("patch_resnet", models.patch_resnet, "num_classes", NOT_A_COUNT, images=images)
    yield from _numbers("patch_resnet", models.patch_resnet, "width", NOT_A_SIZE, images=images)
    bad_images = (images[0], images[:, :2], images.long(), images[:0], images.tolist(), None, images * 0)
    for name in ("patch_resnet", "whitening_filters"):
        yield from _numbers(name, getattr(models, name), "images", bad_images)
    yield from _numbers("whitening_filters", models.whitening_filters, "kernel", (*NOT_A_SIZE, 9), images=images)
    yield from _numbers("whitening_filters", models.whitening_filters, "components", (0, -1, 2.5, True, 49), images=images)
    yield from _numbers("whitening_filters", models.whitening_filters, "eps", (0, -1.0, *NOT_A_NUMBER), images=images)


def _hierarchical():
    name, small = "HierarchicalViT", dict(patch_size=2, width=8, depth=(1, 1), heads=2, window=2)
    for argument in ("patch_size", "width", "heads", "window", "in_channels"):
        others = {key: value for key, value in small.items() if key != argument}
        yield from _numbers(name, models.HierarchicalViT, argument, NOT_A_SIZE, **others)
    others = {key: value for key, value in small.items() if key != "depth"}
    yield from _numbers(name, models.HierarchicalViT, "depth", ((), (0,), 2, "22"), **others)
    yield from _numbers(name, models.HierarchicalViT, "num_classes", NOT_A_COUNT, **small)
    net = models.HierarchicalViT(**small)
    for call in (net, net.tokens, net.forward_features):
        yield from _images(name, call)
        yield name, lambda call=call: call(torch.rand(2, 3, 8, 10)), "images"  # 4 × 5 tokens: no whole windows
    odd = models.HierarchicalViT(**small | {"window": 3})
    yield name, lambda: odd(torch.rand(2, 3, 6, 6)), "images"  # 3 × 3 tokens cannot be merged


def _vit():
    name = "VisionTransformer"
    for argument in ("image_size", "patch_size", "width", "depth", "heads"):
        others = {key: value for key, value in VIT.items() if key != argument}
        yield from _numbers(name, models.VisionTransformer, argument, NOT_A_SIZE, **others)
    yield from _numbers(name, models.VisionTransformer, "in_channels", NOT_A_SIZE, **VIT)
    yield from _numbers(name, models.VisionTransformer, "num_classes", NOT_A_COUNT, **VIT)
    yield from _numbers(name, models.VisionTransformer, "registers", NOT_A_COUNT, **VIT)
    yield from _numbers(name, models.VisionTransformer, "mlp_ratio", (0, -1.0, 0.1, NAN, None), **VIT)
    yield from _numbers(name, models.VisionTransformer, "stem", ("convolution", None), **VIT)
    yield from _numbers("ConvStem", models.ConvStem, "patch_size", (*NOT_A_SIZE, 1, 6))
    for argument in ("width", "in_channels"):
        yield from _numbers("ConvStem", models.ConvStem, argument, NOT_A_SIZE)
    yield name, lambda: models.VisionTransformer(**VIT | {"patch_size": 3}), "patch_size"  # 8 is no multiple of it
    yield name, lambda: models.VisionTransformer(**VIT | {"heads": 3}), "heads"
    net, images = models.VisionTransformer(**VIT), torch.rand(2, 3, 8, 8)
    for call in (net, net.tokens, net.forward_features, net.attention_maps):
        yield from _images(name, call)
        yield name, lambda call=call: call(torch.rand(2, 3, 8, 10)), "images"  # no whole number of patches
    yield from _numbers(name, net.attention_maps, "layer", (1, -2, 0.5), images=images)
    keep = torch.tensor([[0, 1], [2, 3]])
    for call in (net.tokens, net.forward_features):
        bad = (keep[:1], keep[0], keep.float(), keep + 1, keep - 1, keep.tolist(), keep[:, :0])
        yield from _numbers(name, call, "idx_keep", bad, images=images)
    yield from _numbers(name, net.tokens, "mask", (torch.ones(2, 4, dtype=torch.bool),), images=images)
    masked, mask = models.VisionTransformer(**VIT, mask_token=True), torch.ones(2, 4, dtype=torch.bool)
    yield from _numbers(name, masked.tokens, "mask", (mask[:1], mask[:, 1:], mask.long(), 0.5), images=images)

    name, call, positions = "interpolate_positions", models.interpolate_positions, torch.rand(1, 5, 3)
    bad = (positions[0], positions[:, 1:], torch.rand(2, 5, 3), None)
    yield from _numbers(name, call, "positions", bad, grid=(2, 2), new_grid=(3, 3))
    yield from _numbers(name, call, "new_grid", ((0, 2), (2,), 3, (1.5, 2)), positions=positions, grid=(2, 2))
    yield from _numbers(name, call, "grid", ((0, 2), (2,), 4, None), positions=positions, new_grid=(2, 2))


def _transformers():
    name = "TransformerBlock"
    yield from _numbers(name, models.TransformerBlock, "width", NOT_A_SIZE, heads=2)
    yield from _numbers(name, models.TransformerBlock, "heads", (*NOT_A_SIZE, 3, 16), width=8)
    yield from _numbers(name, models.TransformerBlock, "mlp_ratio", (0, -1.0, 0.1, NAN, None), width=8, heads=2)
    block, x = models.TransformerBlock(8, 2), torch.rand(2, 3, 8)
    yield from _numbers(name, block, "x", (x[0], x[..., 1:], x.long(), x.tolist(), None))
    square = torch.ones(1, 1, 3, 3, dtype=torch.bool)
    yield from _numbers(name, block, "mask", (square[0], square[..., 1:], square.float()), x=x)
    yield from _numbers(name, block, "mask", (square,), x=x, causal=True)

    padding = torch.zeros(2, 3, dtype=torch.bool)
    wrong = (padding[0], padding[None], padding.float(), padding.tolist(), None)
    yield from _numbers("attention_mask", partial(models.attention_mask, causal=True), "padding_mask", wrong)

    name, q = "self_attention", torch.rand(2, 3, 8)
    good = dict(q=q, k=q, v=q, heads=2, mask=square)
    for argument in ("q", "k", "v"):
        others = {key: value for key, value in good.items() if key != argument}
        bad = (q[0], q.tolist(), None) if argument == "q" else (q[0], q[:1], q[:, 1:], q[..., 1:], None)
        yield from _numbers(name, models.self_attention, argument, bad, **others)
    yield name, lambda: models.self_attention(q.long(), q, q, 2, square), "q"
    yield from _numbers(name, models.self_attention, "heads", (*NOT_A_SIZE, 3, 16), q=q, k=q, v=q, mask=square)
    bad = (square[0], square[..., 1:], square.float(), square.tolist())
    yield from _numbers(name, models.self_attention, "mask", bad, q=q, k=q, v=q, heads=2)

    name = "TextTransformer"
    for argument in TEXT:
        others = {key: value for key, value in TEXT.items() if key != argument}
        yield from _numbers(name, models.TextTransformer, argument, NOT_A_SIZE, **others)
    yield from _numbers(name, models.TextTransformer, "mlp_ratio", (0, -1.0, 0.1, NAN, None), **TEXT)
    yield name, lambda: models.TextTransformer(**TEXT | {"heads": 3}), "heads"
    net, tokens = models.TextTransformer(**TEXT), torch.tensor([[0, 4, 2], [1, 3, 0]])
    mask = torch.zeros(2, 3, dtype=torch.bool)
    for call in (net, net.forward_features, net.attention_maps):
        bad = (tokens[0], tokens.float(), tokens.int(), tokens + 1, tokens - 1, tokens[:0], tokens.tolist(), None)
        yield from _numbers(name, call, "tokens", (*bad, tokens.repeat(1, 3)), padding_mask=None)  # 9 words, 6 places
        yield from _numbers(name, call, "padding_mask", (mask[:1], mask[:, 1:], mask.long(), [0]), tokens=tokens)


def _words():
    vectors, tokens = torch.rand(2, 3, 4), torch.tensor([[1, 2, 0], [3, 0, 0]])
    name, call = "mean_of_words", models.mean_of_words
    yield from _numbers(name, call, "vectors", (vectors[0], vectors.long(), None), tokens=tokens)
    yield from _numbers(name, call, "tokens", (tokens[:1], tokens[:, 1:], tokens.float(), None), vectors=vectors)
    name, call = "drop_words", models.drop_words
    yield from _numbers(name, call, "tokens", (tokens[0], tokens.float(), None), share=0.5)
    yield from _numbers(name, call, "share", (-0.1, 1.1, NAN, None), tokens=tokens)
    name, call = "BagOfWords", models.BagOfWords
    yield from _numbers(name, call, "vocab_size", NOT_A_SIZE, width=4)
    yield from _numbers(name, call, "width", NOT_A_SIZE, vocab_size=4)
    yield from _numbers(name, call(4, 2), "tokens", (tokens[0], tokens.float(), tokens + 1, tokens - 1, None))


def _autoencoders():
    good = {"latent_dim": 4, "image_size": 8}
    for name, channels in (
        ("ConvEncoder", "in_channels"), ("ConvDecoder", "out_channels"),
        ("MLPEncoder", "in_channels"), ("MLPDecoder", "out_channels"),
    ):
        call = getattr(models, name)
        for argument in ("latent_dim", "image_size"):
            others = {key: value for key, value in good.items() if key != argument}
            yield from _numbers(name, call, argument, NOT_A_SIZE, **others)
        yield from _numbers(name, call, channels, NOT_A_SIZE, **good)
        if name.startswith("Conv"):
            for argument in ("width", "depth"):
                yield from _numbers(name, call, argument, NOT_A_SIZE, **good)
            yield from _numbers(name, call, "image_size", (12, 28), latent_dim=4, depth=3)  # halved three times
        else:
            yield from _numbers(name, call, "hidden_dims", ((0,), (2.5,), 512, "512", None), **good)
        net = call(**good)
        yield from (_images(name, net) if name.endswith("Encoder") else _vectors(name, net, "z", 4))
        if name.endswith("Encoder"):
            yield name, lambda net=net: net(torch.rand(2, 3, 8, 16)), "images"
            yield from _images(name, net.forward_features)


def _heads():
    for name, (call, sizes) in HEADS.items():
        for argument in sizes:
            yield from _numbers(name, call, argument, NOT_A_SIZE)
        yield from _vectors(name, call(4, 8, 8), "x", 4)
        yield name, lambda call=call: call(4, 8, 8)(torch.rand(1, 4)), "x"  # BatchNorm of a single row
    name, call, small = "DINOProjectionHead", models.DINOProjectionHead, dict(hidden_dim=8, output_dim=8)
    for argument in ("input_dim", "bottleneck_dim"):
        yield from _numbers(name, call, argument, NOT_A_SIZE, **small)
    for argument in ("hidden_dim", "output_dim"):
        yield from _numbers(name, call, argument, NOT_A_SIZE)
    yield from _numbers(name, call, "freeze_last_layer", NOT_A_COUNT, **small)
    head, normed = call(4, 8, 4, 8), call(4, 8, 4, 8, batch_norm=True)
    x = torch.rand(3, 2, 4)
    yield from _numbers(name, head, "x", (x[0, 0], x[..., 1:], x.long(), x.tolist(), None))
    yield from _vectors(name, normed, "x", 4)
    yield from _numbers(name, normed, "x", (x, x[:1, 0]))
    yield from _numbers(name, head.cancel_last_layer_gradients, "current_epoch", NOT_A_COUNT)


def _patches():
    images, patches = torch.rand(2, 3, 8, 12), torch.rand(2, 6, 48)
    yield from _numbers("patchify", models.patchify, "images", (images[0], images.tolist(), None), patch_size=4)
    yield from _numbers("patchify", models.patchify, "images", (images,), patch_size=8)  # not 12 in 8s
    yield from _numbers("patchify", models.patchify, "patch_size", NOT_A_SIZE, images=images)
    unpatchify = models.unpatchify
    yield from _numbers("unpatchify", unpatchify, "patch_size", NOT_A_SIZE, patches=patches)
    yield from _numbers("unpatchify", unpatchify, "channels", NOT_A_SIZE, patches=patches, patch_size=4)
    bad = (patches[0], patches[..., 1:], patches, None)  # the third for its 6 patches, which make no square
    yield from _numbers("unpatchify", unpatchify, "patches", bad, patch_size=4)
    bad = ((8, 8), (8,), 8, (0, 12), (8.0, 12.0))
    yield from _numbers("unpatchify", unpatchify, "image_size", bad, patches=patches, patch_size=4)
    yield from _numbers("unpatchify", unpatchify, "patch_size", (4,), patches=patches, image_size=(9, 12))

    name, call = "random_token_mask", models.random_token_mask
    yield from _numbers(name, call, "size", ((4,), (4, 0), (0, 4), 16, (2.0, 4), None))
    yield from _numbers(name, call, "size", ((4, 1),), class_token=True)
    yield from _numbers(name, call, "mask_ratio", (-0.1, 1, 1.0, 75, NAN, None, True), size=(2, 4))
    yield from _numbers(name, call, "generator", (0, "cpu"), size=(2, 4))

    tokens, index = torch.rand(2, 4, 3), torch.tensor([[0, 3], [1, 2]])
    for name, others in (
        ("get_at_index", {}),
        ("set_at_index", {"value": torch.rand(2, 2, 3)}),
        ("mask_at_index", {"mask_token": torch.rand(1, 1, 3)}),
    ):
        call = getattr(models, name)
        yield from _numbers(name, call, "tokens", (tokens[0], tokens.tolist(), None), index=index, **others)
        bad = (index[0], index[:1], index.float(), index.int(), index + 1, index - 1, [[0]], index == 1, index[:, :0])
        yield from _numbers(name, call, "index", bad, tokens=tokens, **others)
    value, token = torch.rand(2, 2, 3), torch.rand(1, 1, 3)
    good, bad = dict(tokens=tokens, index=index), (value[0], value[..., 1:], value[:1], 0.0)
    yield from _numbers("set_at_index", models.set_at_index, "value", bad, **good)
    bad = (token[0], token[..., 1:], value, 0.0)
    yield from _numbers("mask_at_index", models.mask_at_index, "mask_token", bad, **good)


def _noise():
    noise = torch.rand(2, 4)
    bad = (noise[0], noise[None], noise.tolist(), noise.index_fill(0, torch.tensor([1]), NAN), None)
    yield from _numbers("split_by_noise", models.split_by_noise, "noise", bad, mask_ratio=0.5)
    yield from _numbers("split_by_noise", models.split_by_noise, "mask_ratio", (1.0, -0.1, NAN, None), noise=noise)


def _teachers():
    name, call, model = "update_momentum", models.update_momentum, nn.Linear(2, 2)
    yield from _numbers(name, call, "m", (-0.1, 1.1, NAN, None, True), model=model, model_ema=nn.Linear(2, 2))
    yield from _numbers(name, call, "model", (None, [nn.Linear(2, 2)]), model_ema=model, m=0.9)
    others = (model, nn.Linear(2, 3), nn.Linear(2, 2, bias=False), nn.Sequential(nn.Linear(2, 2)), None, model.weight)
    yield from _numbers(name, call, "model_ema", others, model=model, m=0.9)
    norms = dict(model=nn.BatchNorm1d(2), model_ema=nn.BatchNorm1d(2, track_running_stats=False), m=0.9)
    yield name, lambda: call(**norms), "model_ema"  # the same parameters, other buffers
    yield from _numbers("deactivate_requires_grad", models.deactivate_requires_grad, "model", (None, model.weight))


def _schedules():
    name, call, good = "cosine_schedule", models.cosine_schedule, dict(start_value=0.9, end_value=1.0)
    yield from _numbers(name, call, "step", NOT_A_COUNT, max_steps=10, **good)
    yield from _numbers(name, call, "max_steps", NOT_A_SIZE, step=0, **good)
    yield from _numbers(name, call, "start_value", NOT_A_NUMBER, step=0, max_steps=9, end_value=1.0)
    yield from _numbers(name, call, "end_value", NOT_A_NUMBER, step=0, max_steps=9, start_value=1.0)


BAD_INPUT = [
    row
    for rows in (_resnets, _patch_resnets, _vit, _hierarchical, _transformers, _autoencoders, _heads, _patches, _noise,
                 _teachers, _schedules, _words)
    for row in rows()
]
