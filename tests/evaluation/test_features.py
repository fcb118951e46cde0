"""extract_features: right features, and an encoder that nobody can tell was used."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from sslcourse import data, evaluation


def small_net() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, stride=2), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(0.5),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(),
    )


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    return data.shapes(20, size=16, seed=0).images


def state(module: nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in module.state_dict().items()}


def test_features_equal_a_plain_forward_pass(images):
    """Catches uint8 that is not scaled, and dropout or batch statistics left in training mode."""
    net = small_net()
    found = evaluation.extract_features(net, images, batch_size=7)
    expected = net.eval()(images.float() / 255).detach()
    assert found.shape == (20, 4) and found.dtype == torch.float32 and found.device.type == "cpu"
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-7)


def test_weights_and_buffers_stay_bit_identical(images):
    """Catches BatchNorm's running statistics moving, num_batches_tracked included."""
    net = small_net().train()
    before = state(net)
    evaluation.extract_features(net, images)
    after = net.state_dict()
    assert before.keys() == after.keys() and all(torch.equal(before[name], after[name]) for name in before)
    assert all(p.grad is None and p.requires_grad for p in net.parameters())


def test_each_submodule_gets_its_own_mode_back(images):
    """Catches a blanket .train() afterwards: it would thaw a BatchNorm that was frozen on purpose."""
    net = small_net().train()
    net[1].eval()
    modes = [part.training for part in net.modules()]
    evaluation.extract_features(net, images)
    assert [part.training for part in net.modules()] == modes and not net[1].training and net[3].training


def test_modes_come_back_after_an_error(images):
    net = nn.Sequential(small_net(), nn.Linear(5, 2)).train()  # 4 features into 5
    with pytest.raises(RuntimeError):
        evaluation.extract_features(net, images)
    assert all(part.training for part in net.modules())


@pytest.mark.parametrize("batch_size", (1, 3, 20, 1000))
def test_the_batch_size_does_not_matter(images, batch_size):
    net = small_net()
    whole, cut = (evaluation.extract_features(net, images, batch_size=size) for size in (20, batch_size))
    torch.testing.assert_close(cut, whole, rtol=1e-6, atol=1e-6)


def test_no_gradient_is_recorded_and_features_can_be_trained_on(images):
    """Catches inference mode: its tensors refuse to take part in training later."""
    features = evaluation.extract_features(small_net(), images)
    assert not features.requires_grad
    head = nn.Linear(4, 2)
    head(features).sum().backward()
    assert head.weight.grad is not None


def test_what_an_encoder_caches_stays_trainable(images):
    class Caching(nn.Module):
        cache = None

        def forward(self, x):
            if self.cache is None:
                self.cache = x.mean(dim=(0, 2, 3))
            return x.mean(dim=(2, 3)) * self.cache

    net = Caching()
    evaluation.extract_features(net, images)
    weight = torch.ones(3, requires_grad=True)
    (net.cache * weight).sum().backward()
    assert weight.grad is not None


@pytest.mark.parametrize("dtype", (torch.float16, torch.bfloat16, torch.float32, torch.float64))
def test_float_images_are_taken_as_they_are(dtype):
    """Catches float images divided by 255 as well."""
    images = torch.full((3, 1, 2, 2), 0.5, dtype=dtype)
    assert torch.equal(evaluation.extract_features(lambda x: x.flatten(1), images), torch.full((3, 4), 0.5))


def test_a_bound_method_of_a_module_runs_in_evaluation_mode(images):
    class Method(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = small_net()

        def represent(self, x):
            return self.net(x)

    method = Method().train()
    before = state(method)
    found = evaluation.extract_features(method.represent, images)
    assert all(torch.equal(before[name], value) for name, value in method.state_dict().items()) and method.net.training
    torch.testing.assert_close(found, evaluation.extract_features(method.net, images))


def test_a_method_is_asked_to_encode(images):
    class Method(nn.Module):
        def encode(self, x):
            return x.mean(dim=(2, 3))

        def forward(self, x):
            raise AssertionError("a method's forward is not its representation")

    assert evaluation.extract_features(Method(), images).shape == (20, 3)


def test_a_classifier_is_asked_for_its_features(images):
    class Classifier(nn.Module):
        num_classes = 10

        def forward_features(self, x):
            return x.mean(dim=(2, 3))

        def forward(self, x):
            return torch.zeros(len(x), self.num_classes)

    net = Classifier()
    assert evaluation.extract_features(net, images).shape == (20, 3)
    net.num_classes = 0  # as timm's convention has it: now the forward pass gives the features
    net.forward = lambda x: torch.ones(len(x), 2)
    assert evaluation.extract_features(net, images).shape == (20, 2)


def test_feature_maps_are_averaged_over_positions(images):
    found = evaluation.extract_features(lambda x: x, images)
    torch.testing.assert_close(found, images.float().mean(dim=(2, 3)) / 255)


def test_token_ids_pass_unchanged():
    tokens = torch.tensor([[300, 2], [5, 7]])
    assert torch.equal(evaluation.extract_features(lambda x: x.double(), tokens), tokens.float())


def test_features_are_float32_inside_someone_elses_autocast(images):
    """Catches a measurement in bfloat16 because the caller trains in it."""
    net = nn.Sequential(nn.Flatten(), nn.Linear(3 * 16 * 16, 8))
    plain = evaluation.extract_features(net, images)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = evaluation.extract_features(net, images)
    assert torch.equal(plain, inside)
    tuned = evaluation.fine_tune(net, images, torch.arange(20) % 2, steps=1, epochs=None)
    plain = tuned.predict_proba(images)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert (tuned.predict_proba(images) == plain).all()


def test_nobody_can_ask_for_less_than_float32(images):
    with pytest.raises(TypeError, match="autocast"):
        evaluation.extract_features(small_net(), images, autocast=True)


@pytest.mark.parametrize("dtype", (torch.float16, torch.bfloat16))
def test_an_encoder_in_half_precision_is_refused_by_name(images, dtype):
    net = small_net()
    net[0].to(dtype)
    with pytest.raises(ValueError, match=rf"encoder: got {dtype} weights \(0.weight\), wanted float32 ones"):
        evaluation.extract_features(net, images)


@pytest.mark.gpu
def test_a_device_that_is_named_is_used_and_left_again(images):
    net, seen = small_net(), []
    net.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0].device.type))
    before = state(net)
    found = evaluation.extract_features(net, images, device="cuda")
    assert seen == ["cuda"] and found.device.type == "cpu"
    after = net.state_dict()
    assert all(after[name].device.type == "cpu" and torch.equal(before[name], after[name]) for name in before)
