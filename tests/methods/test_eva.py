"""EVA: its loss by a plain loop, a teacher that stands still, and CLIP from that start."""

from __future__ import annotations

import copy

import pytest
import torch

from sslcourse import methods, models, runtime, training
from tests.losses import oracles
from tests.methods.small import captions, images, vit

HIDDEN = torch.tensor([[1, 2, 7], [0, 5, 15]])


def floats(x):
    return x.float() / 255


def small(**settings):
    with runtime.seeded(0):
        teacher = models.VisionTransformer(16, 4, 24, 1, 2)
        return methods.EVA(vit(mask_token=True), teacher, views=floats, **settings)


def test_the_loss_is_the_paper_s_by_a_plain_loop():
    method, batch, terms = small(mask=lambda size, ratio, device: (None, HIDDEN)), images(2), []
    mask = torch.zeros(2, 16, dtype=torch.bool).scatter(1, HIDDEN, True)
    said = method.head(method.encoder.tokens(floats(batch), mask=mask))
    f = method.teacher.tokens(floats(batch))
    for n, places in enumerate(HIDDEN.tolist()):
        terms += [-oracles.cosine(said[n, 1 + place].tolist(), f[n, 1 + place].tolist()) for place in places]
    assert method.loss(batch).item() == pytest.approx(oracles.mean(terms), rel=1e-5)


def test_the_teacher_is_a_copy_that_stands_still():
    given = models.VisionTransformer(16, 4, 24, 1, 2)
    method = methods.EVA(vit(mask_token=True), given, views=floats)
    before = copy.deepcopy(given.state_dict())
    training.train(method, images(24), steps=10, batch_size=12, lr=1e-2)
    assert all(torch.equal(a, b) for a, b in zip(before.values(), given.state_dict().values()))
    assert all(torch.equal(a, b.cpu()) for a, b in zip(before.values(), method.teacher.state_dict().values()))
    assert given.patch_embed.weight.requires_grad, "the network that was handed in is still its owner's to train"


def test_clip_starts_from_it_and_learns():
    """The second stage: the encoder, trained by the first, becomes a CLIP's."""
    eva = small()
    training.train(eva, images(24), steps=20, batch_size=12, lr=3e-3)
    with runtime.seeded(1):
        clip = methods.CLIP(eva.encoder, models.BagOfWords(40, 16), embedding_dim=16, drop=0.0)
    history = training.train(clip, captions(24), steps=40, batch_size=24, lr=1e-2)
    assert history.loss[-1] < 0.8 * history.loss[0]
