"""Mugs: its three losses by plain loops, the neighbors that it gathers, and what it remembers."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from sslcourse import methods, runtime
from tests.losses import oracles
from tests.methods.small import Tiny, images


def three_views(batch):
    x = batch.float() / 255
    return [x, x.flip(3), x[:, :, :8, :8]]


def small(**settings):
    with runtime.seeded(0):
        method = methods.Mugs(Tiny(), **{"views": three_views, "output_dim": 7, "hidden_dim": 10, "bottleneck_dim": 6,
                                         "queue_size": 20, "neighbors": 3, **settings})
        with torch.no_grad():
            method.encoder.map.weight.add_(0.1 * torch.randn_like(method.encoder.map.weight))
    return method


def gathered(method, heads, y):
    """The local group of each row, by a plain look at every row of the memory."""
    memory, rows = method.memory.tolist(), []
    for row in y:
        order = sorted(range(len(memory)), key=lambda i, row=row: -oracles.cosine(row.tolist(), memory[i]))
        rows.append(heads["gather"](torch.cat([row[None], method.memory[order[:3]]])[None])[0, 0])
    return torch.stack(rows)


def test_the_three_losses_are_the_paper_s_by_plain_loops():
    method, batch = small(weights=(1.0, 0.5, 2.0), temperature=0.3).eval(), images(5)
    y, t = ([encoder(view) for view in three_views(batch)] for encoder in (method.encoder, method.teacher_encoder))
    of = {"instance": lambda heads, y: heads["instance"](y),
          "local group": lambda heads, y: heads["local group"](gathered(method, heads, y))}
    wanted = {}
    for name, queue in (("instance", method.instances), ("local group", method.local_groups)):
        both = [oracles.info_nce(of[name](method.heads, y[i]), of[name](method.teacher_heads, t[1 - i]), 0.3, queue)
                for i in (0, 1)]
        wanted[name] = oracles.mean(both)
    wanted["group"] = oracles.dino([method.teacher_heads["group"](v) for v in t[:2]], [method.heads["group"](v) for v in y],
                                   [0.0] * 7, 0.04, 0.1)
    loss = method.loss(batch).item()
    assert {name: part.item() for name, part in method.parts.items()} == pytest.approx(wanted, rel=1e-4)
    assert loss == pytest.approx(wanted["instance"] + 0.5 * wanted["local group"] + 2 * wanted["group"], rel=1e-4)


def test_queues_take_the_teacher_s_answers_in_training_alone():
    method, batch = small(), images(12)
    born = {name: getattr(method, name).clone() for name in ("memory", "instances", "local_groups")}
    method.eval().loss(batch)
    assert all(torch.equal(getattr(method, name), rows) for name, rows in born.items())
    y = F.normalize(method.teacher_encoder(three_views(batch)[0]), dim=1)
    z = F.normalize(method.teacher_heads["instance"](method.teacher_encoder(three_views(batch)[0])), dim=1)
    method.train().loss(batch).backward()
    torch.testing.assert_close(method.memory[:12], y)
    torch.testing.assert_close(method.instances[:12], z)
    assert int(method.pointer) == 12 and torch.equal(method.memory[12:], born["memory"][12:])
    assert not any(getattr(method, name).requires_grad for name in born)
    method.loss(batch)
    assert int(method.pointer) == 4                                     # 24 into 20 places


def test_each_part_reaches_the_encoder():
    for weights in ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)):
        method = small(weights=weights)
        method.loss(images(5)).backward()
        assert method.encoder.map.weight.grad.any()
