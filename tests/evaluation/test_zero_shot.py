"""ZeroShotClassifier: prompt ensembles averaged on the sphere."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sslcourse.evaluation import ZeroShotClassifier, zero_shot_predict_proba


def unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def embeddings(seed: int = 0):
    rng = np.random.default_rng(seed)
    names = ["owl", "cat", "dog"]
    return rng.normal(size=(9, 6)) * rng.uniform(0.1, 10, size=(9, 1)), np.array(names * 3), rng.normal(size=(50, 6))


def test_against_a_plain_loop():
    """Catches prompts averaged at their own lengths, averages left unnormalised, and a wrong order of classes."""
    prompts, names, images = embeddings()
    classifier = ZeroShotClassifier(temperature=0.1).fit(prompts, names)
    assert classifier.classes_.tolist() == ["cat", "dog", "owl"]
    for i, image in enumerate(images):
        similarities = []
        for name in classifier.classes_:
            mean = sum(p / np.linalg.norm(p) for p, n in zip(prompts, names) if n == name) / 3
            similarities.append(mean @ image / np.linalg.norm(mean) / np.linalg.norm(image))
        e = np.exp(np.array(similarities) / 0.1)
        np.testing.assert_allclose(classifier.predict_proba(images)[i], e / e.sum(), rtol=1e-4)
        assert classifier.predict(images)[i] == classifier.classes_[np.argmax(similarities)]


def test_class_weights_have_length_one():
    prompts, names, _ = embeddings()
    weights = ZeroShotClassifier().fit(prompts, names).class_weights_
    np.testing.assert_allclose(np.linalg.norm(weights, axis=1), 1, rtol=1e-6)


def test_the_second_normalisation_matters():
    """A class whose prompts disagree points the same way as one prompt there; without it the image would be a dog."""
    prompts = [[1.0, 2.0], [1.0, -2.0], [0.5, 1.0]]
    classifier = ZeroShotClassifier().fit(prompts, ["cat", "cat", "dog"])
    assert classifier.predict([[1.0, 0.1]]).tolist() == ["cat"]
    shorter = np.stack([np.mean(unit(np.array(prompts[:2])), axis=0), unit(np.array(prompts[2]))])
    assert (shorter @ [1.0, 0.1]).argmax() == 1


def test_a_repeated_prompt_changes_nothing_for_its_class_alone():
    prompts, names, images = embeddings()
    a = ZeroShotClassifier().fit(prompts, names)
    b = ZeroShotClassifier().fit(np.concatenate([prompts] * 4), np.concatenate([names] * 4))
    np.testing.assert_allclose(a.class_weights_, b.class_weights_, atol=1e-6)
    np.testing.assert_allclose(a.predict_proba(images), b.predict_proba(images), atol=1e-4)


@pytest.mark.parametrize("scale", (1e-3, 1e3))
def test_lengths_do_not_matter(scale):
    prompts, names, images = embeddings()
    a, b = ZeroShotClassifier().fit(prompts, names), ZeroShotClassifier().fit(prompts * scale, names)
    np.testing.assert_allclose(a.predict_proba(images), b.predict_proba(images / scale), atol=1e-4)


def test_temperature_is_clips_and_changes_no_answer():
    prompts, names, images = embeddings()
    sharp, soft = (ZeroShotClassifier(t).fit(prompts, names) for t in (0.01, 1.0))
    assert (sharp.predict(images) == soft.predict(images)).all()
    assert sharp.predict_proba(images).max(axis=1).mean() > soft.predict_proba(images).max(axis=1).mean() + 0.2
    assert np.isfinite(ZeroShotClassifier(1e-6).fit(prompts, names).predict_proba(images)).all()


def test_tensors_and_score():
    prompts, names, images = embeddings()
    classifier = ZeroShotClassifier().fit(torch.from_numpy(prompts).half(), names)
    answers = classifier.predict(torch.from_numpy(images))
    assert classifier.score(torch.from_numpy(images), answers) == 1.0


def test_prompts_that_cancel_leave_a_class_that_is_similar_to_nothing():
    """Catches NaN from a mean of length 0."""
    proba = ZeroShotClassifier().fit([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]], [0, 0, 1]).predict_proba([[0.0, 1.0]])
    assert np.isfinite(proba).all() and proba.argmax() == 1


def test_one_image_alone_gets_the_digits_it_gets_among_others():
    """Catches cosines in float32, which a product of one row rounds otherwise than one of many."""
    rng = np.random.default_rng(0)
    prompts, images = rng.normal(size=(9, 515)), rng.normal(size=(50, 515))
    classifier = ZeroShotClassifier(temperature=0.01).fit(prompts, ["owl", "cat", "dog"] * 3)
    together = classifier.predict_proba(images)
    for i in range(50):
        np.testing.assert_allclose(classifier.predict_proba(images[i:i + 1])[0], together[i], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("temperature", [0.01, 0.5])
def test_the_function_gives_the_classifier_s_answer(temperature):
    prompts, names, images = embeddings()
    classifier = ZeroShotClassifier(temperature).fit(prompts, names)
    codes = torch.from_numpy(np.searchsorted(classifier.classes_, names))
    proba = zero_shot_predict_proba(torch.from_numpy(images), torch.from_numpy(prompts), codes, temperature)
    np.testing.assert_allclose(proba.numpy(), classifier.predict_proba(images), rtol=1e-3, atol=1e-6)


def test_the_function_by_a_plain_loop():
    prompts, names, images = embeddings()
    codes = np.searchsorted(np.unique(names), names)
    proba = zero_shot_predict_proba(torch.from_numpy(images), torch.from_numpy(prompts), torch.from_numpy(codes), 0.1)
    for i, image in enumerate(images):
        means = [sum(unit(p) for p, code in zip(prompts, codes) if code == k) for k in range(3)]
        e = np.exp([unit(mean) @ unit(image) / 0.1 for mean in means])
        np.testing.assert_allclose(proba[i].numpy(), e / e.sum(), rtol=1e-4)
