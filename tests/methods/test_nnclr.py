"""NNCLR: its loss by a plain loop, and the neighbors that it looks up."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from sslcourse import data, methods
from tests.losses import oracles
from tests.methods.small import Tiny, given_views, projected


@pytest.fixture
def shapes():
    return data.shapes(24, size=16, seed=0).images


def test_the_loss_is_the_paper_s_by_a_plain_loop(shapes):
    method = methods.NNCLR(Tiny(), views=given_views, temperature=0.3, queue_size=30, output_dim=7).eval()
    z = projected(method, shapes)
    p, queue, wanted = [method.predictor(each).tolist() for each in z], method.queue.tolist(), []
    for one, other in ((0, 1), (1, 0)):
        nearest = [max(queue, key=lambda q, z=row: oracles.cosine(q, z)) for row in z[one].tolist()]
        wanted.append(oracles.info_nce(nearest, p[other], 0.3))
    assert method.loss(shapes).item() == pytest.approx(sum(wanted) / 2, rel=1e-4)


def test_the_support_set_takes_first_views_in_training_alone_and_gets_no_gradient(shapes):
    method = methods.NNCLR(Tiny(), views=given_views, queue_size=30, output_dim=7)
    born = method.queue.clone()
    method.eval().loss(shapes)
    assert torch.equal(method.queue, born)
    z0 = projected(method.train(), shapes)[0].detach()
    method.loss(shapes).backward()
    assert int(method.pointer) == 24 and not method.queue.requires_grad and torch.equal(method.queue[24:], born[24:])
    both = method.head(method.encoder(torch.cat(given_views(shapes)))).detach()[:24]     # BatchNorm sees both views
    torch.testing.assert_close(method.queue[:24], F.normalize(both, dim=1), rtol=1e-4, atol=1e-5)
    assert z0.shape == both.shape


def test_a_neighbor_is_another_image_once_the_queue_knows_some(shapes):
    """A queue of the batch's own embeddings: the nearest is oneself, with cosine 1; without that row it is another."""
    method = methods.NNCLR(Tiny(), views=given_views, queue_size=24, output_dim=7).eval()
    z = F.normalize(projected(method, shapes)[0], dim=1).detach()
    method.queue = z.clone()
    torch.testing.assert_close(method.nearest(z), z)
    method.queue[0] = -z[0]
    assert float((method.nearest(z[:1]) * z[:1]).sum()) < 1 - 1e-4
