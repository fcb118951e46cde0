"""SwAV: its loss by a plain loop, prototypes of length 1, and the collapse that equal shares prevent."""

from __future__ import annotations

import math
import sys

import pytest
import torch
from torch import nn

from sslcourse import data, losses, methods, runtime, training
from tests.losses import oracles
from tests.methods.small import Tiny, given_views, pair

K = 8


@pytest.fixture
def shapes():
    return data.shapes(64, size=16, seed=0)


def three_views(images):
    """Two that give codes, and a smaller one that only predicts."""
    return [*given_views(images), images[:, :, :8, :8].float() / 255]


def tiny(seed=0, **settings):
    with runtime.seeded(seed):
        return methods.SwAV(Tiny(), **{"views": three_views, "n_prototypes": K, "output_dim": 8, **settings})


def cosines_by_hand(method, view):
    z = method.head(method.encoder(view)).tolist()
    return [[oracles.cosine(row, c) for c in method.prototypes.tolist()] for row in z]


def answers(p):
    """How many prototypes are in use: e to the entropy of their shares."""
    return math.exp(losses.output_entropies(p)[1])


def test_the_loss_is_the_paper_s_by_a_plain_loop(shapes):
    method = tiny(temperature=0.2, epsilon=0.3, iterations=2)
    scores = [cosines_by_hand(method, view) for view in three_views(shapes.images)]
    wanted = oracles.swav(scores, scores[:2], 0.2, 0.3, 2)
    assert method.loss(shapes.images).item() == pytest.approx(wanted, rel=1e-5)


def test_the_small_view_predicts_both_codes_and_gives_none(shapes):
    method = tiny()
    with torch.no_grad():
        whole = [method.scores(view) for view in three_views(shapes.images)]
        pairs = [losses.swav([whole[i], whole[v]], n_global=1) for i in (0, 1) for v in (0, 1, 2) if v != i]
        torch.testing.assert_close(method.loss(shapes.images), torch.stack(pairs).mean())


def test_gradients_reach_encoder_head_and_prototypes(shapes):
    method = tiny()
    method.loss(shapes.images).backward()
    assert all(part.grad.abs().max() > 0 for part in (method.encoder.map.weight, method.prototypes))
    assert all(layer.weight.grad.abs().max() > 0 for layer in method.head.layers if isinstance(layer, nn.Linear))


def test_prototypes_have_length_1_at_birth_and_after_every_step(shapes):
    method, one = tiny(), torch.ones(K)
    born = method.prototypes.detach().clone()
    torch.testing.assert_close(born.norm(dim=1), one)
    with torch.no_grad():
        method.prototypes.mul_(torch.arange(1.0, K + 1)[:, None])
    method.after_step(0.5)
    torch.testing.assert_close(method.prototypes.detach(), born)  # each keeps its direction
    training.train(method, shapes, steps=3, batch_size=32, lr=0.1, weight_decay=0.1)
    trained = method.prototypes.detach().cpu()
    torch.testing.assert_close(trained.norm(dim=1), one)
    assert (trained - born).norm() > 0.1


@pytest.mark.slow
@pytest.mark.parametrize("seed", (0, 1))
def test_without_equal_shares_all_images_get_one_prototype(shapes, seed, monkeypatch):
    """The same run twice; in the second a code is a softmax of its own row, and no longer shares with the batch."""
    def softmax(scores, epsilon, iterations):
        return torch.softmax(scores.detach() / epsilon, dim=1)

    def used():
        method = tiny(seed, views=pair())
        training.train(method, shapes, steps=60, batch_size=64, lr=1e-2, seed=seed, bfloat16=False)
        images = shapes.images.to(method.prototypes.device).float() / 255
        with torch.no_grad():
            return answers(softmax(method.eval().scores(images), epsilon=0.05, iterations=0))

    shared = used()
    monkeypatch.setattr(sys.modules["sslcourse.losses.swav"], "sinkhorn_knopp", softmax)
    alone = used()
    assert alone < 2 and shared > K / 2, f"of {K} prototypes {shared:.1f} are in use with equal shares, {alone:.1f} without"
