"""CLIP: its loss against the paper's, on its own features; what is drawn, what is learned, and what comes out of it."""

from __future__ import annotations

import math

import pytest
import torch

from sslcourse import methods, models, runtime, training
from tests.losses import oracles
from tests.methods.small import captions, net


def born(kind="softmax", seed=0, **settings):
    with runtime.seeded(seed):
        return methods.CLIP(net(), models.BagOfWords(40, 16), kind=kind, embedding_dim=16, **settings).eval()


def features(method, batch):
    images, tokens = batch
    return method.encode(images / 255), method.encode_text(tokens)


@pytest.mark.parametrize("kind", ["softmax", "sigmoid"])
def test_the_loss_is_the_paper_s_on_the_method_s_own_features(kind):
    method, batch = born(kind, drop=0.0), captions(12)
    I, T = features(method, batch)
    wanted = oracles.clip(I, T, 1 / 0.07) if kind == "softmax" else oracles.siglip(I, T, 10.0, -10.0)
    assert method.loss(batch).item() == pytest.approx(wanted, rel=1e-5)


def test_features_have_length_one_and_a_scale_that_is_learned_stays_at_a_hundred_or_below():
    method, batch = born(drop=0.0), captions(8)
    I, T = features(method, batch)
    assert torch.allclose(I.norm(dim=1), torch.ones(8)) and torch.allclose(T.norm(dim=1), torch.ones(8))
    with torch.no_grad():
        method.log_scale.fill_(math.log(1e6))
    assert method.loss(batch).item() == pytest.approx(oracles.clip(I, T, 100.0), rel=1e-4)
    method.loss(batch).backward()
    assert method.log_scale.grad.item() == 0  # beyond the edge nothing pulls, neither up nor down


@pytest.mark.parametrize("kind, learned", [("softmax", {"log_scale"}), ("sigmoid", {"log_scale", "bias"})])
def test_only_the_sigmoid_learns_a_bias(kind, learned):
    method = born(kind)
    method.loss(captions(8)).backward()
    assert {name for name, p in method.named_parameters() if p.ndim == 0 and p.grad is not None} == learned


def test_of_several_pictures_one_is_drawn_and_never_another_s():
    seen = []
    method = born(views=lambda images: seen.append(images) or images.float() / 255)
    images, tokens = captions(6)
    rows = torch.stack([images, images.flip(-1), images.flip(-2)], dim=1)  # (6, 3, 3, 16, 16)
    with runtime.seeded(0):
        for _ in range(20):
            method.loss((rows, tokens))
    places = [[next(k for k in range(3) if torch.equal(picture, own[k])) for picture, own in zip(batch, rows)]
              for batch in seen]
    assert {place for of_batch in places for place in of_batch} == {0, 1, 2} and len(set(map(tuple, places))) > 10


def test_words_are_dropped_in_a_step_and_not_when_texts_are_encoded():
    tokens = captions(64)[1]
    with runtime.seeded(0):
        some = models.drop_words(tokens, 0.5)
    counts = (some != 0).sum(dim=1)
    assert counts.min() == 1 and counts.max() == 2, "one of each row stays, and not always both"
    assert bool(((some == tokens) | (some == 0)).all())
    method = born()
    assert torch.equal(method.encode_text(tokens), method.encode_text(tokens))


def test_a_text_is_its_words_in_any_order():
    vocabulary = methods.Vocabulary(["a red apple", "red car"])
    with runtime.seeded(0):
        method = methods.CLIP(net(), models.BagOfWords(len(vocabulary), 8), embedding_dim=8)
    one, other = vocabulary.rows(["Red, apple", "the apple: red"], length=5)
    assert torch.allclose(method.encode_text(one[None]), method.encode_text(other[None]), atol=1e-6)


def test_a_vocabulary_counts_and_leaves_out_what_it_does_not_know():
    vocabulary = methods.Vocabulary(["b b a", "c a b", "Ünter_one"])
    assert vocabulary.words == ("", "b", "a", "c", "one", "ünter") and len(vocabulary) == 6
    assert vocabulary.rows(["C x A b b", "?"], length=3).tolist() == [[3, 2, 1], [0, 0, 0]]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["softmax", "sigmoid"])
def test_it_learns_which_text_belongs_to_which_image(kind):
    images, tokens = captions(48)
    method = born(kind, drop=0.0)
    training.train(method, (images, tokens), steps=120, batch_size=24, lr=1e-2)
    I, T = features(method.eval(), (images[:24], tokens[:24]))
    own = torch.arange(24)
    with torch.no_grad():
        found = ((I @ T.T).argmax(dim=1) == own).float().mean()
    assert found > 0.5, "by chance it is one in 24"


def test_a_rare_word_weighs_what_scikit_learn_says():
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = ["red apple, red", "red car", "a big red apple"]
    vocabulary = methods.Vocabulary(texts)
    theirs = TfidfVectorizer(token_pattern=r"\w+").fit(texts)
    wanted = [0.0, *(theirs.idf_[theirs.vocabulary_[word]] for word in vocabulary.words[1:])]
    torch.testing.assert_close(vocabulary.idf, torch.tensor(wanted), check_dtype=False, atol=1e-6, rtol=1e-6)
