"""PIRL: its loss by a plain loop, the order that must not matter, and the bank that follows whole images."""

from __future__ import annotations

import pytest
import torch

from sslcourse import methods, runtime
from sslcourse.methods.bank import MemoryBank
from tests.losses import oracles
from tests.methods.small import Tiny, images

INDEX = torch.tensor([3, 0, 9, 7])


def floats(x):
    return x.float() / 255


def small(**settings):
    with runtime.seeded(0):
        return methods.PIRL(Tiny(), 12, **{"views": floats, "grid": 2, "output_dim": 5, "n_negatives": 6, **settings})


def test_the_loss_is_equation_5_by_a_plain_loop(monkeypatch):
    method, batch = small(temperature=0.3, weight=0.3).eval(), images(4)
    wrong = method.bank.rows[[1, 2, 4]].clone()
    monkeypatch.setattr(MemoryBank, "others", lambda self, index, n: wrong)
    monkeypatch.setattr(torch, "rand", lambda *size, device=None: torch.arange(float(size[1])).expand(*size))    # in order
    monkeypatch.setattr(torch, "randint", lambda high, size, device=None: torch.zeros(size, dtype=torch.long))
    f, g = method.head(method.encoder(floats(batch))), []
    for image in floats(batch):                                                     # four tiles of 8 × 8, row by row
        tiles = torch.stack([image[:, r:r + 8, c:c + 8] for r in (0, 8) for c in (0, 8)])
        g.append(method.order_head(method.tile_head(method.encoder(tiles)).flatten()))
    own = method.bank.rows[INDEX]
    wanted = 0.3 * oracles.info_nce(torch.stack(g), own, 0.3, wrong) + 0.7 * oracles.info_nce(f, own, 0.3, wrong)
    assert method.loss((batch, INDEX)).item() == pytest.approx(wanted, rel=1e-5)


def test_each_image_s_tiles_lie_in_an_order_of_their_own():
    method = small()
    method.tile_head = torch.nn.Identity()
    method.encoder, method.order_head = torch.nn.Flatten(), torch.nn.Identity()     # a tile is one number, its name
    orders = method.of_tiles(torch.arange(4.0).view(1, 4, 1, 1, 1).expand(30, 4, 1, 1, 1))
    assert sorted(orders[0].tolist()) == [0, 1, 2, 3] and len({tuple(row) for row in orders.tolist()}) > 8


def test_the_bank_follows_whole_images_by_its_momentum():
    method, batch = small(momentum=0.5), images(4)
    born, twin = method.bank.rows.clone(), MemoryBank(12, 5, m=0.5)
    twin.rows.copy_(born)
    twin.move(INDEX, method.head(method.encoder(floats(batch))))
    method.loss((batch, INDEX)).backward()
    torch.testing.assert_close(method.bank.rows, twin.rows)
    assert not method.bank.rows.requires_grad and all(p.grad is not None for p in method.parameters())
