"""sslcourse.methods.contractive: the penalty against a Jacobian that is written out, and its estimate against both."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from sslcourse import data, models, runtime, training
from sslcourse.methods import ContractiveAutoencoder, contractive_penalty, jacobian_norm_estimate, squared_error


def seeded_encoder(dtype=torch.float64) -> nn.Module:
    with runtime.seeded(0):
        conv = models.ConvEncoder(4, in_channels=1, image_size=8, width=3, depth=2, batch_norm=False)
        return nn.Sequential(conv, nn.LayerNorm(4, elementwise_affine=False)).to(dtype)


def images(n: int, dtype=torch.float64) -> torch.Tensor:
    return torch.rand(n, 1, 8, 8, generator=torch.Generator().manual_seed(1)).to(dtype)


def norms_by_the_whole_jacobian(encode, x: torch.Tensor) -> torch.Tensor:
    """‖J‖² by jacrev, one input after the other."""
    found = []
    for one in x:
        J = torch.func.jacrev(lambda a: encode(a[None])[0])(one)        # (Z, …)
        found.append(sum(entry**2 for entry in J.flatten().tolist()))
    return torch.tensor(found, dtype=x.dtype)


@pytest.mark.parametrize("dtype, tolerance", [(torch.float32, 1e-5), (torch.float64, 1e-12)])
@pytest.mark.parametrize("n, h, d", [(5, 3, 7), (4, 6, 6), (1, 1, 3), (3, 8, 1)])
def test_the_penalty_of_a_sigmoid_layer_is_its_jacobian_s(n, h, d, dtype, tolerance):
    generator = torch.Generator().manual_seed(0)
    W, b, x = (torch.randn(*shape, generator=generator).to(dtype) for shape in ((h, d), (h,), (n, d)))

    def layer(x):
        return torch.sigmoid(x @ W.T + b)

    wanted = norms_by_the_whole_jacobian(layer, x)
    torch.testing.assert_close(contractive_penalty(layer(x), W), wanted, rtol=tolerance, atol=tolerance)


def test_a_unit_that_is_fully_on_or_off_costs_nothing():
    h = torch.tensor([[0.0, 1.0]])
    assert contractive_penalty(h, torch.full((2, 3), 100.0)).item() == 0


def test_averaged_over_every_sign_the_estimate_is_exact():
    """With Z = 4 there are 16 vectors of ±1; their plain mean is the expectation."""
    encode, x = seeded_encoder(), images(3)
    signs = torch.cartesian_prod(*[torch.tensor([-1.0, 1.0], dtype=torch.float64)] * 4)     # (16, 4)
    mean = sum(jacobian_norm_estimate(encode, x, v.expand(3, 4)) for v in signs) / len(signs)
    torch.testing.assert_close(mean, norms_by_the_whole_jacobian(encode, x), rtol=1e-10, atol=0)


def test_one_estimate_is_the_norm_of_j_transposed_v():
    encode, x = seeded_encoder(), images(3)
    v = torch.randn(3, 4, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    for one, draw, found in zip(x, v, jacobian_norm_estimate(encode, x, v)):
        J = torch.func.jacrev(lambda a: encode(a[None])[0])(one).flatten(1)                 # (4, 64)
        torch.testing.assert_close(found, (J.T @ draw).square().sum())


def test_bell_curve_draws_average_to_the_norm_as_well():
    encode, x = seeded_encoder(), images(1).expand(4000, -1, -1, -1)
    v = torch.randn(4000, 4, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    found = jacobian_norm_estimate(encode, x, v)
    wanted = norms_by_the_whole_jacobian(encode, x[:1])
    assert abs(found.mean() - wanted) < 5 * found.std() / len(found) ** 0.5


def test_the_estimate_can_be_trained_on_and_leaves_its_input_alone():
    encode, x = seeded_encoder(), images(3)
    v = torch.ones(3, 4, dtype=torch.float64)
    with torch.no_grad():                                               # it asks for its own gradient, also in here
        found = jacobian_norm_estimate(encode, x, v)
    assert not x.requires_grad and x.grad is None
    weight = encode[0].layers[0].weight
    slope = torch.autograd.grad(jacobian_norm_estimate(encode, x, v).sum(), weight)[0]
    step = torch.zeros_like(weight)
    step.view(-1)[5] = 1e-6
    with torch.no_grad():
        weight += step
    higher = jacobian_norm_estimate(encode, x, v).sum()
    assert ((higher - found.sum()) / 1e-6 - slope.view(-1)[5]).abs() < 1e-3 * (1 + slope.abs().max())


def pair(**options) -> ContractiveAutoencoder:
    return ContractiveAutoencoder(seeded_encoder(torch.float32), models.ConvDecoder(
        4, out_channels=1, image_size=8, width=3, depth=2, batch_norm=False), **options)


def test_the_loss_is_the_squared_error_plus_the_weighted_penalty():
    method, x = pair(weight=0.7), images(5, torch.float32)
    with runtime.seeded(4):
        found = method.loss(x)
    with runtime.seeded(4):
        v = torch.randint(0, 2, (5, 4)) * 2.0 - 1
    wanted = squared_error(method.decoder(method.encoder(x)), x).mean()
    wanted = wanted + 0.7 * jacobian_norm_estimate(method.encoder, x, v).mean()
    torch.testing.assert_close(found, wanted)
    free = pair(weight=0)
    torch.testing.assert_close(free.loss(x), squared_error(free.decoder(free.encoder(x)), x).mean())


def test_the_relative_penalty_does_not_see_the_codes_scale():
    x, found = images(5, torch.float32), []
    for scale in (1.0, 0.01):
        method = pair(weight=1.0, relative=True)
        method.encoder[1] = Scaled(scale)
        with runtime.seeded(4):
            error = squared_error(method.decoder(method.encoder(x)), x).mean()
            found.append((method.loss(x) - error).item())
    assert found[0] > 0 and abs(found[0] - found[1]) < 1e-3 * found[0]
    z = method.encoder(x)
    with runtime.seeded(4):
        v = torch.randint(0, 2, (5, 4)) * 2.0 - 1
    by_hand = jacobian_norm_estimate(method.encoder, x, v).mean() / (z - z.mean(0)).square().sum() * 4
    assert abs(by_hand.item() - found[1]) < 1e-3 * found[1]


class Scaled(nn.Module):
    def __init__(self, scale: float):
        super().__init__()
        self.scale = scale

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return self.scale * z


@pytest.mark.slow
def test_it_contracts():
    """The same steps with and without the penalty: with it, codes move less. (A mean over three runs: in an encoder as small
    as this one, a single run can lose all of its few units to the ReLU, and then nothing moves the code at all.)"""
    shapes = data.shapes(64, seed=0)
    grey = (shapes.images.float() / 255).mean(1, keepdim=True)
    small = nn.functional.adaptive_avg_pool2d(grey, 8)
    norms = {0.0: 0.0, 1.0: 0.0}
    for seed in range(3):
        for weight in norms:
            method = pair(weight=weight)
            training.train(method, small, steps=60, batch_size=16, lr=0.003, bfloat16=False, seed=seed)
            norms[weight] += norms_by_the_whole_jacobian(method.encoder, small[:8]).mean().item() / 3
    assert 0.02 < norms[0.0] and norms[1.0] < 0.5 * norms[0.0]


ONES = torch.ones(2, 3)


@pytest.mark.parametrize("call, argument", [
    (lambda: contractive_penalty(torch.full((2, 3), 1.5), ONES), "h"),
    (lambda: contractive_penalty(torch.full((2, 3), torch.nan), torch.ones(3, 4)), "h"),
    (lambda: contractive_penalty(torch.ones(3), torch.ones(3, 4)), "h"),
    (lambda: contractive_penalty(torch.ones(2, 3, dtype=torch.int64), torch.ones(3, 4)), "h"),
    (lambda: contractive_penalty(ONES, ONES), "W"),
    (lambda: contractive_penalty(ONES, torch.ones(3, 4).double()), "W"),
    (lambda: jacobian_norm_estimate(nn.Identity(), ONES, torch.ones(2, 4)), "v"),
    (lambda: jacobian_norm_estimate(nn.Identity(), ONES, torch.ones(3, 3)), "v"),
    (lambda: jacobian_norm_estimate(nn.Identity(), ONES.long(), ONES), "x"),
    (lambda: jacobian_norm_estimate(nn.Identity(), "x", ONES), "x"),
    (lambda: pair(weight=-1), "weight"),
    (lambda: pair(relative=True).loss(images(1, torch.float32)), "batch"),
    (lambda: ContractiveAutoencoder(models.ConvEncoder(4), models.ConvDecoder(4)), "encoder"),
])
def test_bad_input_names_the_argument(call, argument):
    with pytest.raises(ValueError, match=rf"^{argument}: got .+, wanted .+"):
        call()


def test_codes_that_are_all_alike_leave_the_relative_penalty_finite():
    encoder = nn.Sequential(nn.Flatten(), nn.Linear(16, 3))
    nn.init.zeros_(encoder[1].weight)
    decoder = nn.Sequential(nn.Linear(3, 16), nn.Unflatten(1, (1, 4, 4)))
    loss = ContractiveAutoencoder(encoder, decoder, relative=True).loss(torch.rand(4, 1, 4, 4))
    loss.backward()
    assert loss.isfinite() and all(p.grad.isfinite().all() for p in encoder.parameters())
