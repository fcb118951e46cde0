"""SWAG: its loss by a plain loop, with rows of several lengths, and words that are learned."""

from __future__ import annotations

import pytest
import torch

from sslcourse import methods, runtime, training
from tests.losses import oracles
from tests.methods.small import captions, images, net

WORDS = torch.tensor([[1, 2, 5], [3, 0, 0], [0, 0, 0], [4, 1, 0]])


def small(vocab_size=40):
    with runtime.seeded(0):
        return methods.SWAG(net(), vocab_size).eval()


def test_the_loss_is_the_paper_s_by_a_plain_loop():
    method, terms = small(8), []
    for row, words in zip(method.classifier(method.encoder(images(4) / 255)).tolist(), WORDS.tolist()):
        words = [k for k in words if k]
        if words:
            terms.append(oracles.mean([oracles.minus_log_softmax(row, k) for k in words]))
    assert method.loss((images(4), WORDS)).item() == pytest.approx(oracles.mean(terms), rel=1e-5)


def test_the_order_of_words_and_empty_places_do_not_matter():
    method = small(8)
    other = torch.tensor([[5, 1, 2], [0, 0, 3], [0, 0, 0], [1, 0, 4]])
    assert method.loss((images(4), other)).item() == pytest.approx(method.loss((images(4), WORDS)).item(), rel=1e-6)


def test_an_image_without_words_has_no_part():
    method = small(8)
    assert method.loss((images(4)[:2], WORDS[:2])).item() == pytest.approx(
        method.loss((images(4)[[0, 1, 2]], WORDS[:3])).item(), rel=1e-5)


@pytest.mark.slow
def test_it_learns_the_word_that_says_the_shape():
    pictures, words = captions(48)
    method = small()
    training.train(method, (pictures, words), steps=120, batch_size=24, lr=1e-2)
    with torch.no_grad():
        said = method.eval().classifier(method.encoder(pictures.to(method.classifier.weight.device) / 255))[:, 1:7]
    assert (said.argmax(dim=1).cpu() + 1 == words[:, 0]).float().mean() > 0.6, "by chance it is one in six"
