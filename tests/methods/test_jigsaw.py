"""The jigsaw network: one tile at a time, puzzles that come apart again, a loss that learns."""

from __future__ import annotations

import math

import pytest
import torch

from sslcourse import methods, models, runtime

ORDERS = methods.greedy_permutations(9, 20)


def jigsaw(**changes):
    with runtime.seeded(0):
        return methods.Jigsaw(models.ResNet(8, (1, 1), stem="half"), ORDERS, **changes)


def test_the_network_looks_at_one_tile_at_a_time():
    method = jigsaw().eval()
    tiles = torch.rand(3, 9, 3, 8, 8)
    features = torch.stack([method.encoder(tiles[:, p]) for p in range(9)], dim=1)  # (3, 9, D)
    assert torch.allclose(method(tiles), method.head(features.flatten(1)), atol=1e-5)


def test_puzzles_come_apart_again_by_their_index():
    method, images = jigsaw(jitter=False), torch.randint(0, 256, (7, 3, 32, 32), dtype=torch.uint8)
    shuffled, index = method.puzzles(images)
    assert torch.equal(methods.unshuffle_tiles(shuffled, ORDERS, index), method.tiles(images))
    assert torch.equal(method.tiles(images), methods.normalize_tiles(methods.cut_tiles(images, jitter=False)))


def test_an_untrained_network_guesses_and_its_gradient_reaches_every_weight():
    method, images = jigsaw(), torch.randint(0, 256, (64, 3, 32, 32), dtype=torch.uint8)
    loss = method.loss((images, torch.zeros(64)))
    assert abs(loss.item() - math.log(20)) < 0.7
    loss.backward()
    assert all(p.grad is not None and bool(p.grad.abs().sum() > 0) for p in method.parameters())


def test_a_few_puzzles_can_be_learned():
    method = jigsaw(jitter=False)
    with runtime.seeded(1):
        images = torch.nn.functional.interpolate(torch.rand(16, 3, 6, 6), size=32, mode="bicubic")
        optimizer = torch.optim.Adam(method.parameters(), lr=3e-3)
        for _ in range(60):
            optimizer.zero_grad()
            loss = method.loss(images)
            loss.backward()
            optimizer.step()
        tiles, index = method.puzzles(images)
    assert (method.solve(tiles) == index).float().mean() > 0.5
    assert method.training, "solve puts the mode back"


def test_encode_normalises_the_whole_image_as_a_tile_was():
    images = torch.rand(4, 3, 32, 32)
    method = jigsaw().eval()
    assert method.encode(images).shape == (4, 16)
    assert torch.allclose(method.encode(images), method.encode(images * 0.8 + 0.1), atol=1e-2)
    plain = jigsaw(normalize=False).eval()
    assert torch.equal(plain.encode(images), plain.encoder(images))


@pytest.mark.parametrize("misuse, message", [
    (lambda: methods.farthest_permutation(ORDERS[0], ORDERS), "chosen"),
    (lambda: methods.farthest_permutation(ORDERS, ORDERS[:, :4]), "candidates"),
    (lambda: methods.greedy_permutations(3, 7), "n_permutations: got 7, wanted an integer in .1, 6."),
    (lambda: methods.greedy_permutations(1, 1), "n_tiles: got 1"),
    (lambda: methods.match_edges(torch.rand(1, 8, 3, 4, 4), ORDERS), "tiles: .*square"),
    (lambda: methods.match_edges(torch.rand(1, 4, 3, 4, 4), ORDERS), "permutations"),
    (lambda: jigsaw(grid=2), "permutations"),
])
def test_bad_input_is_named(misuse, message):
    with pytest.raises(ValueError, match=message):
        misuse()
