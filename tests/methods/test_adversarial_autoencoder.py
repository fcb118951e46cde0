"""methods.adversary_losses and AdversarialAutoencoder: each part learns from its own objective, and from no other."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from sslcourse import evaluation, losses, methods, models, runtime, training

DIGITS = torch.randint(0, 256, (12, 1, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def aae(j: int = 3, **settings) -> methods.AdversarialAutoencoder:
    with runtime.seeded(0):
        halves = models.MLPEncoder(j, 1, 8, hidden_dims=(16,)), models.MLPDecoder(j, 1, 8, hidden_dims=(16,))
        return methods.AdversarialAutoencoder(*halves, **settings)


def gradients(loss: torch.Tensor, module: nn.Module) -> list[torch.Tensor]:
    return list(torch.autograd.grad(loss, list(module.parameters()), allow_unused=True, retain_graph=True))


@pytest.mark.parametrize("dtype", (torch.float32, torch.float64))
def test_adversary_losses_against_a_plain_loop(dtype):
    prior, codes = torch.randn(7, dtype=dtype), torch.randn(4, dtype=dtype)
    def D(logit):
        return 1 / (1 + math.exp(-logit))

    said_yes = math.fsum(-math.log(D(logit)) for logit in prior.tolist()) / 7
    said_no = math.fsum(-math.log(1 - D(logit)) for logit in codes.tolist()) / 4
    fooled = math.fsum(-math.log(D(logit)) for logit in codes.tolist()) / 4
    for shape in ((-1,), (-1, 1)):
        discriminator, encoder = methods.adversary_losses(prior.view(shape), codes.view(shape))
        assert discriminator.item() == pytest.approx(said_yes + said_no, rel=1e-5)
        assert encoder.item() == pytest.approx(fooled, rel=1e-5) and encoder.dtype == dtype


def test_adversary_losses_equal_torch_s_cross_entropy():
    prior, codes = torch.randn(5), torch.randn(8)
    bce = nn.functional.binary_cross_entropy_with_logits
    want = bce(prior, torch.ones(5)) + bce(codes, torch.zeros(8)), bce(codes, torch.ones(8))
    torch.testing.assert_close(methods.adversary_losses(prior, codes), want)


def test_a_sure_discriminator_leaves_finite_losses_and_a_slope_for_the_encoder():
    codes = torch.full((3,), -200.0, requires_grad=True)
    discriminator, encoder = methods.adversary_losses(torch.full((3,), 200.0), codes)
    assert discriminator == 0 and encoder == 200
    assert torch.autograd.grad(encoder, codes)[0].tolist() == pytest.approx([-1 / 3] * 3)


def test_the_loss_is_the_sum_of_the_three():
    method = aae(weight=4.0, penalty=0)
    with runtime.seeded(1):
        loss = method.loss(DIGITS)
    z = method.encode(DIGITS)
    with runtime.seeded(1):
        discriminator, encoder = methods.adversary_losses(method.discriminator(torch.randn_like(z)), method.discriminator(z))
    reconstruction = losses.reconstruction_nll(method.decoder(z), DIGITS.float() / 255)
    torch.testing.assert_close(loss, reconstruction + 4 * encoder + discriminator)
    with runtime.seeded(1):
        assert method.loss((DIGITS, torch.zeros(12))) == loss


def test_each_part_gets_the_gradient_of_its_own_objective_only():
    method = aae(weight=4.0, penalty=0)
    with runtime.seeded(1):
        loss = method.loss(DIGITS)
    z = method.encode(DIGITS)
    with runtime.seeded(1):
        of_prior, of_codes = method.discriminator(torch.randn_like(z)), method.discriminator(z)
    discriminator, encoder = methods.adversary_losses(of_prior, of_codes)
    reconstruction = losses.reconstruction_nll(method.decoder(z), DIGITS.float() / 255)
    alone = {"discriminator": discriminator, "decoder": reconstruction, "encoder": reconstruction + 4 * encoder}
    for part, objective in alone.items():
        module = getattr(method, part)
        for got, want in zip(gradients(loss, module), gradients(objective, module)):
            torch.testing.assert_close(got, want)


def test_the_penalty_is_the_mean_squared_slope_at_both_kinds_of_points_and_reaches_the_discriminator_alone():
    plain, held = aae(penalty=0), aae(penalty=3.0)
    z = plain.encode(DIGITS).detach().requires_grad_()
    with runtime.seeded(1):
        without, encoder = plain.adversary(z)
    with runtime.seeded(1):
        penalised, same = held.adversary(z)
    with runtime.seeded(1):
        points = torch.cat([torch.randn_like(z), z.detach()])
    slopes = torch.func.vmap(torch.func.grad(lambda point: held.discriminator(point)[0]))(points)
    squares = [math.fsum(s * s for s in slope) for slope in slopes.tolist()]
    assert (penalised - without).item() == pytest.approx(1.5 * math.fsum(squares) / 12, rel=1e-5) and encoder == same
    assert torch.autograd.grad(penalised, z, allow_unused=True)[0] is None
    with torch.no_grad():
        assert held.loss(DIGITS).isfinite()                                             # where there are no slopes


def test_without_weight_it_is_a_plain_autoencoder_and_its_discriminator_is_left_alone():
    method = aae(weight=0)
    loss = method.loss(DIGITS)
    assert loss == losses.reconstruction_nll(method.decoder(method.encode(DIGITS)), DIGITS.float() / 255)
    assert all(gradient is None for gradient in gradients(loss, method.discriminator))


def test_encode_decode_sample():
    method = aae()
    z = method.encode(DIGITS)
    torch.testing.assert_close(evaluation.extract_features(method, DIGITS), z.detach())
    torch.testing.assert_close(method.decode(z), torch.sigmoid(method.decoder(z)))
    draws = torch.randn(5, 3, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(method.sample(5, torch.Generator().manual_seed(2)), method.decode(draws))


@pytest.mark.slow
def test_the_adversary_pulls_the_codes_to_the_prior():
    images = torch.rand(512, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    away = {}
    for weight in (0.0, 1.0):
        with runtime.seeded(0):
            halves = models.MLPEncoder(2, 1, 4, hidden_dims=(32,)), models.MLPDecoder(2, 1, 4, hidden_dims=(32,))
            method = methods.AdversarialAutoencoder(*halves, weight=weight)
        training.train(method, images, steps=300, batch_size=128, lr=3e-3)
        prior = torch.randn(2000, 2, generator=torch.Generator().manual_seed(1))
        away[weight] = evaluation.energy_distance(method.encode(images).detach(), prior)
    assert away[1.0] < 0.5 * away[0.0], away


L = torch.zeros(4)
BAD = [
    (methods.adversary_losses, (L / 0, L), "logits_prior"), (methods.adversary_losses, (L, L.long()), "logits_codes"),
    (methods.adversary_losses, (torch.zeros(4, 2), L), "logits_prior"), (methods.adversary_losses, (L, 0.0), "logits_codes"),
    (methods.adversary_losses, (L, torch.zeros(0)), "logits_codes"),
    (methods.adversary_losses, (torch.zeros(()), L), "logits_prior"),
    (methods.AdversarialAutoencoder, (models.MLPEncoder(4, 1, 8), models.MLPDecoder(2, 1, 8)), "encoder, decoder"),
    (lambda: aae(weight=-1), (), "weight"), (lambda: aae(penalty=-1), (), "penalty"),
    (lambda: aae().sample(0), (), "n"), (lambda: aae().loss(DIGITS[0]), (), "images"),
]


@pytest.mark.parametrize("function, args, argument", BAD)
def test_bad_input_names_the_argument(function, args, argument):
    with pytest.raises(ValueError, match=rf"^{argument}: got .+, wanted .+"):
        function(*args)
