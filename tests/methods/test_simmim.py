"""SimMIM: its loss by a plain loop, over the hidden patches alone."""

from __future__ import annotations

import pytest
import torch

from sslcourse import methods, runtime
from tests.losses import oracles
from tests.methods.small import images, vit

HIDDEN = torch.tensor([[1, 2, 7], [0, 5, 15]])


def floats(x):
    return x.float() / 255


def small(**settings):
    with runtime.seeded(0):
        return methods.SimMIM(vit(mask_token=True), **{"views": floats, "mask": lambda size, ratio, device: (None, HIDDEN),
                                                       **settings})


def test_the_loss_is_the_paper_s_by_a_plain_loop():
    method, batch, terms = small(), images(2), []
    mask = torch.zeros(2, 16, dtype=torch.bool)
    for n, places in enumerate(HIDDEN.tolist()):
        mask[n, places] = True
    said = method.head(method.encoder.tokens(floats(batch), mask=mask)[:, 1:])
    for n, places in enumerate(HIDDEN.tolist()):
        for place in places:
            row, column = place // 4 * 4, place % 4 * 4
            pixels = floats(batch)[n, :, row : row + 4, column : column + 4].permute(1, 2, 0).flatten().tolist()
            terms += [abs(a - b) for a, b in zip(said[n, place].tolist(), pixels)]
    assert method.loss(batch).item() == pytest.approx(oracles.mean(terms), rel=1e-5)


def test_the_encoder_does_not_see_what_is_hidden_and_the_loss_does():
    method, batch = small(), images(2)
    other = batch.clone()
    other[0, :, :4, 4:8] = 255 - other[0, :, :4, 4:8]                  # patch 1, hidden
    tokens, seen = method.encoder.tokens, []
    method.encoder.tokens = lambda x, mask=None: seen.append(tokens(x, mask=mask)) or seen[-1]
    losses = [method.loss(each).item() for each in (batch, other)]
    assert torch.equal(*seen) and losses[0] != losses[1]
    other = batch.clone()
    other[0, :, :4, :4] = 255 - other[0, :, :4, :4]                    # patch 0, visible: another input, the same target
    method.loss(other)
    assert not torch.equal(seen[0], seen[2])


def test_the_mask_token_learns():
    method = small(mask=methods.block_mask)
    method.loss(images(4)).backward()
    assert method.encoder.mask_token.grad.any()
