"""MoCo: its loss by a plain loop, and its queue beside a list."""

from __future__ import annotations

import copy
import math

import pytest
import torch
from torch.nn import functional as F

from sslcourse import data, methods
from tests.methods.small import TinyNorm as Tiny
from tests.methods.small import given_views


@pytest.fixture
def shapes():
    return data.shapes(64, seed=0)


def test_moco_s_loss_is_a_plain_loop(shapes):
    method = methods.MoCo(Tiny(), views=given_views, temperature=0.3, queue_size=10, output_dim=7).eval()
    v0, v1 = given_views(shapes.images)
    q, k = method.head(method.encoder(v0)), method.teacher_head(method.teacher_encoder(v1))
    wanted = []
    for query, key in zip(F.normalize(q).detach(), F.normalize(k)):
        own = math.exp(float(query @ key) / 0.3)
        others = sum(math.exp(float(query @ other) / 0.3) for other in method.queue)
        wanted.append(-math.log(own / (own + others)))
    assert method.loss(shapes.images).item() == pytest.approx(sum(wanted) / len(wanted), rel=1e-4)


def test_the_queue_is_a_list_from_which_the_oldest_goes():
    """Batches that do not divide the queue, beside a plain list."""
    generator = torch.Generator().manual_seed(0)
    queue, pointer = torch.randn(11, 3, generator=generator), 0
    kept = list(queue)                                                  # oldest first
    for n in (4, 4, 4, 1, 11, 3, 7):
        before, keys = queue.clone(), torch.randn(n, 3, generator=generator)
        new, pointer = methods.enqueue(queue, keys, pointer)
        assert torch.equal(queue, before)
        queue, kept = new, [*kept, *keys][n:]
        assert torch.equal(queue.roll(-pointer, dims=0), torch.stack(kept))


def test_moco_fills_its_queue_in_training_alone(shapes):
    method = methods.MoCo(Tiny(), views=given_views, queue_size=100, output_dim=8)
    born = method.queue.clone()
    assert torch.allclose(born.norm(dim=1), torch.ones(100))
    method.eval().loss(shapes.images)
    assert torch.equal(method.queue, born) and method.pointer == 0
    method.train()
    keys = []
    for _ in range(2):                                                  # 128 keys into 100 places
        with torch.no_grad():
            teacher = copy.deepcopy(method.teacher_encoder), copy.deepcopy(method.teacher_head)
            keys.append(F.normalize(teacher[1](teacher[0](given_views(shapes.images)[1])), dim=1))
        method.loss(shapes.images)
    assert method.pointer == 28
    torch.testing.assert_close(method.queue[28:64], keys[0][28:])
    torch.testing.assert_close(method.queue[64:], keys[1][:36])
    torch.testing.assert_close(method.queue[:28], keys[1][36:])
    assert not method.queue.requires_grad


def test_a_batch_larger_than_the_queue_is_refused(shapes):
    method = methods.MoCo(Tiny(), views=given_views, queue_size=10)
    with pytest.raises(ValueError, match="no more keys"):
        method.loss(shapes.images)
