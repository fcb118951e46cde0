"""InstDisc: its loss by a plain loop, and the bank that follows."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from sslcourse import methods, training
from tests.losses import oracles
from tests.methods.small import Tiny, images

INDEX = torch.tensor([3, 0, 9, 7])


def floats(x):
    return x.float() / 255


def small(**settings):
    return methods.InstDisc(Tiny(), 12, **{"views": floats, "output_dim": 5, **settings})


def test_the_loss_is_equations_2_and_11_by_a_plain_loop():
    method, batch = small(temperature=0.3, proximal=0.7).eval(), images(4)
    f, bank, total = F.normalize(method.head(method.encoder(floats(batch))), dim=1).tolist(), method.bank.rows.tolist(), 0.0
    for row, i in zip(f, INDEX.tolist()):
        own = math.exp(oracles.dot(bank[i], row) / 0.3)
        total -= math.log(own / math.fsum(math.exp(oracles.dot(v, row) / 0.3) for v in bank))
        total += 0.7 * oracles.squared_distance(row, bank[i])
    assert method.loss((batch, INDEX)).item() == pytest.approx(total / 4, rel=1e-5)


def test_the_bank_takes_over_what_was_said_in_training_alone_and_gets_no_gradient():
    method, batch = small(), images(4)
    born = method.bank.rows.clone()
    method.eval().loss((batch, INDEX))
    assert torch.equal(method.bank.rows, born)
    said = F.normalize(method.head(method.encoder(floats(batch))), dim=1).detach()
    method.train().loss((batch, INDEX)).backward()
    torch.testing.assert_close(method.bank.rows[INDEX], said)
    left = [i for i in range(12) if i not in INDEX.tolist()]
    assert torch.equal(method.bank.rows[left], born[left]) and not method.bank.rows.requires_grad


def test_images_are_told_apart_after_training():
    method = small(views=floats, temperature=0.1)
    training.train(method, (images(12), torch.arange(12)), steps=150, batch_size=12, lr=1e-2)
    x = floats(images(12)).to(method.bank.rows.device)
    f = F.normalize(method.head(method.encoder(x)), dim=1)
    assert ((f @ method.bank.rows.T).argmax(dim=1).cpu() == torch.arange(12)).float().mean() > 0.9
