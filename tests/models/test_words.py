"""A bag of words against plain loops, and what is left of a text whose words are dropped."""

from __future__ import annotations

import pytest
import torch

from sslcourse import models, runtime

TOKENS = torch.tensor([[3, 1, 4, 0, 0], [2, 0, 0, 0, 0], [0, 0, 0, 0, 0], [1, 2, 3, 4, 5]])


def test_the_mean_is_a_plain_loop_s_and_what_stands_in_empty_places_does_not_matter():
    vectors = torch.randn(4, 5, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    mean = models.mean_of_words(vectors, TOKENS)
    for row, own, tokens in zip(mean, vectors, TOKENS.tolist()):
        words = [v for v, token in zip(own, tokens) if token]
        wanted = sum(words) / len(words) if words else torch.zeros(3, dtype=torch.float64)
        torch.testing.assert_close(row, wanted)
    noisy = torch.where((TOKENS == 0)[:, :, None], 1e6, vectors)
    assert torch.equal(models.mean_of_words(noisy, TOKENS), mean)


def test_the_gradient_reaches_the_words_alone():
    vectors = torch.randn(4, 5, 3, requires_grad=True)
    models.mean_of_words(vectors, TOKENS).sum().backward()
    assert torch.equal(vectors.grad.any(dim=2), TOKENS != 0)
    assert torch.allclose(vectors.grad[3], torch.full((5, 3), 0.2))


def test_a_bag_knows_no_order():
    text = models.BagOfWords(6, 4)
    assert torch.allclose(text(TOKENS), text(TOKENS.flip(1)), atol=1e-6)
    assert not text(TOKENS)[2].any()


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 1.0])
def test_the_dropped_share_is_as_asked_and_one_word_stays(share):
    tokens = torch.arange(1, 41).repeat(200, 1)
    with runtime.seeded(0):
        left = models.drop_words(tokens, share)
    assert bool(((left == tokens) | (left == 0)).all())
    stays = (left != 0).float()
    assert stays.sum(dim=1).min() >= 1
    wanted = (1 - share) + share**40 / 40  # and the one that stays in any case
    assert stays.mean().item() == pytest.approx(wanted, abs=0.015)
    assert (models.drop_words(TOKENS, share) != 0).any(dim=1).tolist() == [True, True, False, True]
