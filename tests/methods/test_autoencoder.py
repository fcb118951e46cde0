"""sslcourse.methods.Autoencoder: its loss by hand, and a linear one against PCA."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.linalg import subspace_angles
from torch import nn

from sslcourse import data, methods, models, runtime, training
from sslcourse.methods import Autoencoder, squared_error


@pytest.fixture
def shapes():
    return data.shapes(64, seed=0)


def small(**options) -> Autoencoder:
    with runtime.seeded(0):
        encoder = models.ConvEncoder(5, width=4, depth=2)
        return Autoencoder(encoder, models.ConvDecoder(5, width=4, depth=2), **options)


def test_squared_error_is_a_sum_over_each_image_by_a_plain_loop():
    generator = torch.Generator().manual_seed(0)
    a, b = (torch.rand(3, 2 + 1, 4, 5, generator=generator) for _ in range(2))
    for one, other, found in zip(a, b, squared_error(a, b)):
        by_hand = sum((p - q) ** 2 for p, q in zip(one.flatten().tolist(), other.flatten().tolist()))
        assert abs(by_hand - found.item()) < 1e-5


def test_the_loss_is_the_mean_error_of_an_image_and_looks_at_no_label(shapes):
    method = small().eval()
    x = shapes.images.float() / 255
    wanted = (method.decoder(method.encoder(x)) - x).square().sum() / 64
    torch.testing.assert_close(method.loss(shapes.images), wanted)
    torch.testing.assert_close(method.loss((shapes.images, shapes.labels)), wanted)
    torch.testing.assert_close(method.loss(x), wanted)                  # floats are taken as they are


def test_a_corrupted_input_is_compared_with_the_clean_one(shapes):
    method = small(corrupt=torch.zeros_like).eval()
    x = shapes.images.float() / 255
    black = method.decoder(method.encoder(torch.zeros_like(x)))
    torch.testing.assert_close(method.loss(shapes.images), squared_error(black, x).mean())


def test_corruption_is_drawn_anew_for_each_batch_and_never_on_the_way_to_a_code(shapes):
    method = small(corrupt=lambda x: methods.masking_noise(x, 0.5)).eval()
    assert method.loss(shapes.images) != method.loss(shapes.images)
    x = shapes.images.float() / 255
    assert torch.equal(method.encode(x), method.encoder(x))
    assert torch.equal(method.reconstruct(x), method.reconstruct(shapes.images))


def test_reconstruct_needs_no_gradient_and_leaves_the_modes(shapes):
    method = small().train()
    method.decoder.eval()
    state = {name: value.clone() for name, value in method.state_dict().items()}
    copies = method.reconstruct(shapes.images)
    assert copies.shape == shapes.images.shape and not copies.requires_grad
    assert method.training and method.encoder.training and not method.decoder.training
    assert all(torch.equal(value, state[name]) for name, value in method.state_dict().items())


def test_it_learns(shapes):
    history = training.train(small(), shapes, steps=60, batch_size=32, lr=0.01)
    assert history.recent(10) < 0.7 * sum(history.loss[:3]) / 3


def test_a_linear_one_finds_pca_s_subspace_and_its_error_but_not_its_axes():
    """Baldi & Hornik (1989): every minimum spans the first principal directions."""
    generator = torch.Generator().manual_seed(0)
    turn = torch.linalg.qr(torch.randn(16, 16, generator=generator))[0]
    points = torch.randn(400, 16, generator=generator) * torch.tensor([3.0, 2.5, 2.0] + [0.5] * 13) @ turn + 0.5
    images = points.view(-1, 1, 4, 4)
    with runtime.seeded(0):
        encoder = models.MLPEncoder(3, 1, 4, hidden_dims=())
        method = Autoencoder(encoder, models.MLPDecoder(3, 1, 4, hidden_dims=()))
    training.train(method, images, steps=600, batch_size=400, lr=0.02, weight_decay=0, bfloat16=False)

    mean, components, _ = methods.pca(points, 3)
    directions = method.decoder.layers[0].weight.detach()               # (16, 3)
    assert np.degrees(subspace_angles(directions.numpy(), components.T.numpy())).max() < 0.5
    best = (points - methods.reconstruct(points, mean, components)).square().sum(dim=1).mean()
    assert best <= method.loss(images) < 1.001 * best
    assert (nn.functional.normalize(directions, dim=0).T @ components.T).abs().max(dim=0).values.min() < 0.99


@pytest.mark.parametrize("call, message", [
    (lambda s: small(corrupt=0.5), "corrupt: got 0.5"),
    (lambda s: small().loss(s.images[0]), "images: got"),
    (lambda s: small().reconstruct(s.labels), "images: got"),
    (lambda s: squared_error(torch.zeros(2, 1, 4, 4), torch.zeros(2, 1, 4, 5)), "reconstructions: got"),
    (lambda s: Autoencoder(nn.Flatten(), nn.Identity()).loss(s.images), "reconstructions: got"),
])
def test_bad_input(shapes, call, message):
    with pytest.raises(ValueError, match=message):
        call(shapes)
