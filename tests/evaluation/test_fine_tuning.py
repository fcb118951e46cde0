"""fine_tune: learns, repeats, leaves the encoder alone, and freezes what it is told to freeze."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from sslcourse import augment, data, models, training
from sslcourse.evaluation import FineTunedClassifier, extract_features, fine_tune


@pytest.fixture(scope="module")
def shapes():
    return data.shapes(160, size=16, seed=0, classes=("square", "ellipse"))


def net(seed: int = 0) -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return models.ResNet(width=8, depth=(1, 1))


def state(module: nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.detach().cpu().clone() for name, value in module.state_dict().items()}


def changed(before: dict, module: nn.Module) -> set[str]:
    return {name for name, value in state(module).items() if not torch.equal(before[name], value)}


def test_it_learns_and_says_so(shapes):
    reddish = (shapes.images[:, 0].float().mean(dim=(1, 2)) > shapes.images[:, 2].float().mean(dim=(1, 2))).long()
    classifier = fine_tune(net(), shapes.images, reddish, epochs=12, batch_size=32, lr=1e-2)
    assert classifier.score(shapes.images, reddish) > 0.9
    assert classifier.history.steps == 60 and classifier.history.recent() < classifier.history.loss[0] / 2
    proba = classifier.predict_proba(shapes.images[:5])
    assert proba.shape == (5, 2) and abs(proba.sum(axis=1) - 1).max() < 1e-6


@pytest.mark.slow
def test_the_given_encoder_stays_as_it_was(shapes):
    encoder = net().train()
    encoder.bn1.eval()
    before, modes = state(encoder), [m.training for m in encoder.modules()]
    fine_tune(encoder, shapes.images, shapes.labels, trainable="head", epochs=1)
    assert changed(before, encoder) == set() and [m.training for m in encoder.modules()] == modes
    assert all(p.requires_grad and p.grad is None for p in encoder.parameters())


def test_in_place_trains_the_encoder_itself(shapes):
    encoder = net()
    before = state(encoder)
    classifier = fine_tune(encoder, shapes.images, shapes.labels, epochs=1, batch_size=32, inplace=True)
    assert classifier.encoder is encoder and "conv1.weight" in changed(before, encoder)


def test_a_frozen_encoder_keeps_weights_and_statistics(shapes):
    """Catches BatchNorm's running statistics moving in an encoder that is said to be frozen."""
    encoder = net()
    classifier = fine_tune(encoder, shapes.images, shapes.labels, trainable="head", epochs=2)
    assert changed(state(encoder), classifier.encoder) == set()
    a, b = (extract_features(e, shapes.images) for e in (encoder, classifier.encoder))
    torch.testing.assert_close(a, b)


@pytest.mark.parametrize(("blocks", "layers"), [
    (1, {"layer2"}), (2, {"layer1", "layer2"}), (4, {"conv1", "bn1", "layer1", "layer2"}),
])
def test_the_last_blocks_alone_are_trained(shapes, blocks, layers):
    encoder = net()
    classifier = fine_tune(encoder, shapes.images, shapes.labels, trainable=blocks, epochs=1, batch_size=32)
    assert {name.split(".")[0] for name in changed(state(encoder), classifier.encoder)} == layers


def test_a_frozen_teacher_can_be_fine_tuned(shapes):
    """Catches "all" that trains only what wants a gradient: an EMA copy wants none."""
    encoder = net().requires_grad_(False)
    classifier = fine_tune(encoder, shapes.images, shapes.labels, epochs=1, batch_size=32)
    assert "conv1.weight" in changed(state(encoder), classifier.encoder)


def test_a_seed_repeats_it_and_another_does_not(shapes):
    few = shapes.images[:40], shapes.labels[:40]
    flip = augment.RandomHorizontalFlip()
    a, b, c = (fine_tune(net(), *few, epochs=2, batch_size=16, seed=seed, augment=flip) for seed in (3, 3, 4))
    assert changed(state(a), b) == set() and "head.weight" in changed(state(a), c)


def test_the_global_generator_is_not_touched(shapes):
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    fine_tune(net(), shapes.images[:20], shapes.labels[:20], epochs=1)
    assert torch.equal(torch.rand(1), expected)


def test_fewer_images_than_a_batch_and_labels_of_any_value(shapes):
    labels = shapes.labels * 5 - 2
    classifier = fine_tune(net(), shapes.images[:6], labels[:6], epochs=3)
    assert classifier.classes_.tolist() == [-2, 3] and set(classifier.predict(shapes.images[:9])) <= {-2, 3}
    assert classifier.history.steps == 3


def test_augmented_in_training_alone(shapes):
    seen = []

    def darken(images):
        seen.append((images.dtype, images.max().item() <= 1))
        return images * 0

    classifier = fine_tune(net(), shapes.images[:20], shapes.labels[:20], epochs=2, augment=darken)
    assert seen == [(torch.float32, True)] * 2
    classifier.predict(shapes.images)
    assert len(seen) == 2


def test_the_classifier_comes_back_in_evaluation_mode_and_can_be_copied(shapes):
    classifier = fine_tune(net(), shapes.images[:20], shapes.labels[:20], epochs=1)
    assert not any(part.training for part in classifier.modules())
    twin = copy.deepcopy(classifier)
    assert isinstance(twin, FineTunedClassifier)
    assert (twin.predict_proba(shapes.images[:4]) == classifier.predict_proba(shapes.images[:4])).all()


def test_other_lengths_and_settings_reach_the_loop(shapes):
    run = {"steps": 3, "optimizer": "sgd", "lr": 0.1, "warmup": 0, "bfloat16": False}
    classifier = fine_tune(net(), shapes.images, shapes.labels, epochs=None, **run)
    assert classifier.history.steps == 3 and classifier.history.lr[0] == pytest.approx(0.1)


def test_a_loss_that_is_not_a_number_stops_it(shapes):
    encoder = net()
    with torch.no_grad():
        encoder.conv1.weight.fill_(float("nan"))
    with pytest.raises((training.Diverged, ValueError)):
        fine_tune(encoder, shapes.images, shapes.labels, epochs=1)


def test_the_head_begins_by_the_seed_and_by_nothing_else(shapes):
    """Catches one first head for all seeds, and one that is drawn from whatever the caller drew before."""
    heads = []
    for seed in (3, 3, 4):
        torch.manual_seed(len(heads))
        tuned = fine_tune(net(), shapes.images[:16], shapes.labels[:16], steps=1, epochs=None, lr=1e-12, seed=seed)
        heads.append(tuned.head.weight.detach())
    torch.testing.assert_close(heads[0], heads[1], rtol=0, atol=1e-9)
    assert (heads[0] - heads[2]).abs().max() > 1e-2
