"""methods.reparametrize, VAE and active_units: against torch.distributions, closed forms and plain loops."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn
from torch.distributions import Bernoulli, Normal, kl_divergence

from sslcourse import data, evaluation, methods, models, runtime, training

DIGITS = torch.randint(0, 256, (12, 1, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def vae(j: int = 3, **settings) -> methods.VAE:
    with runtime.seeded(0):
        halves = models.MLPEncoder(2 * j, 1, 8, hidden_dims=(16,)), models.MLPDecoder(j, 1, 8, hidden_dims=(16,))
    return methods.VAE(*halves, **settings)


@pytest.mark.parametrize("dtype", (torch.float32, torch.float64))
@pytest.mark.parametrize("shape", ((4, 3), (1, 1), (2, 3, 4)))
def test_reparametrize_is_mu_plus_sigma_times_the_generator_s_normal_numbers(shape, dtype):
    mu, log_var = torch.randn(2, *shape, dtype=dtype)
    z = methods.reparametrize(mu, log_var, torch.Generator().manual_seed(3))
    noise = torch.randn(shape, generator=torch.Generator().manual_seed(3), dtype=dtype)
    want = [m + math.exp(v / 2) * e for m, v, e in zip(*(t.flatten().tolist() for t in (mu, log_var, noise)))]
    assert z.dtype == dtype and z.shape == shape
    torch.testing.assert_close(z.flatten(), torch.tensor(want, dtype=dtype))


def test_reparametrize_draws_the_same_as_torch_distributions_do():
    mu, log_var = torch.randn(2, 5, 2)
    with runtime.seeded(1):
        ours = methods.reparametrize(mu, log_var)
    with runtime.seeded(1):
        theirs = Normal(mu, torch.exp(log_var / 2)).rsample()
    torch.testing.assert_close(ours, theirs)


def test_gradients_reach_mu_and_log_var():
    mu, log_var = torch.randn(2, 6, 2, dtype=torch.float64, requires_grad=True).unbind()
    z = methods.reparametrize(mu, log_var)
    to_mu, to_log_var = torch.autograd.grad(z.sum(), (mu, log_var))
    assert torch.equal(to_mu, torch.ones_like(mu))
    torch.testing.assert_close(to_log_var, (z - mu).detach() / 2)


def test_the_loss_is_the_negative_elbo_of_torch_distributions():
    method = vae(beta=2.5)
    x = DIGITS.float() / 255
    with runtime.seeded(4):
        loss = method.loss(DIGITS)
    mu, log_var = method.posterior(DIGITS)
    cloud = Normal(mu, torch.exp(log_var / 2))
    with runtime.seeded(4):
        z = cloud.rsample()
    likelihood = Bernoulli(logits=method.decoder(z), validate_args=False).log_prob(x)
    kl = kl_divergence(cloud, Normal(0.0, 1.0))
    want = (-likelihood.flatten(1).sum(1) + 2.5 * kl.sum(1)).mean()
    torch.testing.assert_close(loss, want)
    with runtime.seeded(4):
        assert method.loss((DIGITS, torch.zeros(12))) == loss                       # labels are not looked at


def test_a_representation_is_the_mean_of_the_cloud_and_decoding_gives_pixels():
    method = vae()
    mu, log_var = method.posterior(DIGITS)
    assert torch.equal(method.encode(DIGITS), mu) and mu.shape == log_var.shape == (12, 3)
    assert torch.equal(method.encode(DIGITS.float() / 255), mu)
    torch.testing.assert_close(evaluation.extract_features(method, DIGITS), mu.detach())
    pixels = method.decode(mu)
    torch.testing.assert_close(pixels, torch.sigmoid(method.decoder(mu)))
    assert pixels.shape == (12, 1, 8, 8)


def test_samples_are_decoded_draws_of_the_prior():
    method = vae()
    draws = torch.randn(5, 3, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(method.sample(5, torch.Generator().manual_seed(2)), method.decode(draws))
    assert not torch.equal(method.sample(5), method.sample(5))


@pytest.mark.slow
def test_it_learns_and_a_large_beta_silences_it():
    digits = data.shapes(256, seed=0).images.float().mean(1, keepdim=True).round().to(torch.uint8)
    kept = {}
    for beta in (0.1, 1000.0):
        with runtime.seeded(0):
            halves = models.MLPEncoder(8, 1, 32, hidden_dims=(32,)), models.MLPDecoder(4, 1, 32, hidden_dims=(32,))
        method = methods.VAE(*halves, beta=beta)
        history = training.train(method, digits, steps=120, batch_size=64, lr=5e-3)
        assert history.recent(10) < history.loss[0]
        kept[beta] = int(methods.active_units(method.encode(digits).detach()).sum())
    assert kept[0.1] > 0 and kept[1000.0] == 0


def test_active_units_against_a_plain_loop():
    mu = torch.randn(9, 5, dtype=torch.float64) * torch.tensor([1.0, 0.01, 0.2, 0.0, 0.09])
    want = []
    for column in mu.T.tolist():
        mean = math.fsum(column) / 9
        want.append(math.fsum((value - mean) ** 2 for value in column) / 8 > 0.01)
    assert methods.active_units(mu).tolist() == want and want[0] and not want[3]
    assert methods.active_units(mu, threshold=1e9).sum() == 0


M = torch.zeros(4, 2)
BAD = [
    (methods.reparametrize, (M, M[:3]), "mu, log_var"), (methods.reparametrize, (M.long(), M), "mu"),
    (methods.reparametrize, (M, M.double()), "log_var"), (methods.reparametrize, ([0.0], M), "mu"),
    (methods.reparametrize, (M, 0.0), "log_var"), (methods.active_units, (M[:1],), "mu"),
    (methods.active_units, (M / 0,), "mu"), (methods.active_units, (M[0],), "mu"),
    (methods.active_units, (M, 0), "threshold"),
    (methods.VAE, (models.MLPEncoder(3, 1, 8), models.MLPDecoder(3, 1, 8)), "encoder, decoder"),
    (lambda: vae(beta=-1), (), "beta"), (lambda: vae().sample(0), (), "n"),
    (lambda: vae().loss(DIGITS[0]), (), "images"), (lambda: vae().encode(DIGITS.long()), (), "images"),
    (lambda: vae().decode(torch.zeros(2, 4)), (), "z"),
]


@pytest.mark.parametrize("function, args, argument", BAD)
def test_bad_input_names_the_argument(function, args, argument):
    with pytest.raises(ValueError, match=rf"^{argument}: got .+, wanted .+"):
        function(*args)


def test_conv_halves_fit_as_well():
    method = methods.VAE(
        models.ConvEncoder(4, 1, 28, width=4, depth=2), models.ConvDecoder(2, 1, 28, width=4, depth=2),
    )
    assert isinstance(method, nn.Module) and method.loss(torch.zeros(6, 1, 28, 28, dtype=torch.uint8)).isfinite()
