"""Lab 03: typical wrong answers, each beside the mistake whose hint it must raise; and other ways of being right."""

import copy

import torch
import torch.nn.functional as F
from torch.distributions import Bernoulli, Normal, kl_divergence


def width(log_var):
    return torch.exp(log_var / 2)


def tosses_of_a_coin(mu, log_var):
    return mu + width(log_var) * torch.randint(2, mu.shape).mul(2).sub(1)


def evenly_but_as_wide(mu, log_var):
    return mu + width(log_var) * 12**0.5 * (torch.rand_like(mu) - 0.5)


def pairs_share_a_draw(mu, log_var):
    epsilon = torch.randn_like(mu)
    epsilon[1::2] = epsilon[: 2 * (len(mu) // 2) : 2]
    return mu + width(log_var) * epsilon


def a_draw_for_each_image_only(mu, log_var):
    return (mu + width(log_var) * torch.randn(len(mu), 1, dtype=mu.dtype)).sum(dim=1)


def a_stack_of_draws(mu, log_var):
    return mu + width(log_var) * torch.randn(3, *mu.shape, dtype=mu.dtype)


def one_for_the_batch(mu, log_var):
    return mu + width(log_var) * torch.randn(mu.shape[1], dtype=mu.dtype)


def one_for_all_numbers(mu, log_var):
    return mu + width(log_var) * torch.randn(len(mu), 1, dtype=mu.dtype)


def one_for_everything(mu, log_var):
    return mu + width(log_var) * torch.randn(1, dtype=mu.dtype)


def mean_and_width(mu, log_var):
    return mu + width(log_var)


def mean_only(mu, log_var):
    return mu


def a_seed_inside(mu, log_var):
    generator = torch.Generator().manual_seed(0)
    return mu + width(log_var) * torch.randn(mu.shape, dtype=mu.dtype, generator=generator)


def times_the_variance(mu, log_var):
    return mu + log_var.exp() * torch.randn_like(mu)


def times_the_logarithm(mu, log_var):
    return mu + log_var * torch.randn_like(mu)


def times_half_the_logarithm(mu, log_var):
    return mu + 0.5 * log_var * torch.randn_like(mu)


def times_half_the_variance(mu, log_var):
    return mu + 0.5 * log_var.exp() * torch.randn_like(mu)


def plain_noise(mu, log_var):
    return mu + torch.randn_like(mu)


def even_noise(mu, log_var):
    return mu + width(log_var) * torch.rand_like(mu)


def by_torch_normal(mu, log_var):
    return torch.normal(mu, width(log_var))


def by_sample(mu, log_var):
    return Normal(mu, width(log_var)).sample()


def detached_width(mu, log_var):
    return mu + width(log_var).detach() * torch.randn_like(mu)


def without_grad(mu, log_var):
    with torch.no_grad():
        return mu + width(log_var) * torch.randn_like(mu)


def no_mean(mu, log_var):
    return width(log_var) * torch.randn_like(mu)


def root_of_the_logarithm(mu, log_var):
    return mu + log_var.sqrt() * torch.randn_like(mu)


def single_precision(mu, log_var):
    return (mu + width(log_var) * torch.randn_like(mu)).float()


def with_the_noise(mu, log_var):
    epsilon = torch.randn_like(mu)
    return mu + width(log_var) * epsilon, epsilon


def by_rsample(mu, log_var):
    return Normal(mu, width(log_var)).rsample()


def by_the_square_root(mu, log_var):
    epsilon = torch.empty_like(mu).normal_()
    return epsilon * log_var.exp().sqrt() + mu


def row_by_row(mu, log_var):
    rows = [m + (v / 2).exp() * torch.randn(len(m), dtype=m.dtype) for m, v in zip(mu, log_var)]
    return torch.stack(rows)


def terms(mu, log_var):
    return 1 + log_var - mu**2 - log_var.exp()


def plus_a_half(mu, log_var):
    return 0.5 * terms(mu, log_var).sum(dim=1).mean()


def no_half(mu, log_var):
    return -terms(mu, log_var).sum(dim=1).mean()


def mean_of_everything(mu, log_var):
    return -0.5 * terms(mu, log_var).mean()


def sum_of_everything(mu, log_var):
    return -0.5 * terms(mu, log_var).sum()


def one_an_image(mu, log_var):
    return -0.5 * terms(mu, log_var).sum(dim=1)


def variance_without_exp(mu, log_var):
    return -0.5 * (1 + log_var - mu**2 - log_var).sum(dim=1).mean()


def variance_by_squaring(mu, log_var):
    return -0.5 * (1 + log_var - mu**2 - log_var**2).sum(dim=1).mean()


def width_for_variance(mu, log_var):
    return -0.5 * (1 + log_var - mu**2 - (0.5 * log_var).exp()).sum(dim=1).mean()


def taken_for_the_logarithm_of_sigma(mu, log_var):
    return -0.5 * (1 + 2 * log_var - mu**2 - (2 * log_var).exp()).sum(dim=1).mean()


def twice_the_logarithm(mu, log_var):
    return -0.5 * (1 + 2 * log_var - mu**2 - log_var.exp()).sum(dim=1).mean()


def minus_the_logarithm(mu, log_var):
    return -0.5 * (1 - log_var - mu**2 - log_var.exp()).sum(dim=1).mean()


def no_one(mu, log_var):
    return -0.5 * (log_var - mu**2 - log_var.exp()).sum(dim=1).mean()


def no_square(mu, log_var):
    return -0.5 * (1 + log_var - mu - log_var.exp()).sum(dim=1).mean()


def as_a_number(mu, log_var):
    return (-0.5 * terms(mu, log_var).sum(dim=1).mean()).item()


def no_mu(mu, log_var):
    return -0.5 * (1 + log_var - log_var.exp()).sum(dim=1).mean()


def by_torch_distributions(mu, log_var):
    cloud, prior = Normal(mu, width(log_var)), Normal(torch.zeros_like(mu), torch.ones_like(mu))
    return kl_divergence(cloud, prior).sum(dim=1).mean()


def kl_by_loops(mu, log_var):
    total = mu.new_zeros(())
    for m, v in zip(mu.flatten(), log_var.flatten()):
        total = total + (m**2 + v.exp() - 1 - v) / 2
    return total / len(mu)


def yes(logits):
    return F.softplus(-logits).mean()


def no(logits):
    return F.softplus(logits).mean()


def targets_swapped(prior, codes):
    return no(prior) + yes(codes), yes(codes)


def yes_only(prior, codes):
    return yes(prior), yes(codes)


def no_only(prior, codes):
    return no(codes), yes(codes)


def mean_of_both(prior, codes):
    return (yes(prior) + no(codes)) / 2, yes(codes)


def one_batch_of_both(prior, codes):
    logits = torch.cat([prior, codes])
    targets = torch.cat([torch.ones_like(prior), torch.zeros_like(codes)])
    return F.binary_cross_entropy_with_logits(logits, targets), yes(codes)


def sums(prior, codes):
    return F.softplus(-prior).sum() + F.softplus(codes).sum(), F.softplus(-codes).sum()


def encoder_says_no(prior, codes):
    return yes(prior) + no(codes), no(codes)


def minus_the_other(prior, codes):
    discriminator = yes(prior) + no(codes)
    return discriminator, -discriminator


def saturating_generator(prior, codes):
    return yes(prior) + no(codes), -no(codes)


def encoder_with_the_prior(prior, codes):
    return yes(prior) + no(codes), yes(codes) + yes(prior)


def encoder_against_the_prior(prior, codes):
    return yes(prior) + no(codes), yes(codes) + no(prior)


def sigmoid_before_the_logits(prior, codes):
    prior, codes = prior.sigmoid(), codes.sigmoid()
    return yes(prior) + no(codes), yes(codes)


def logarithms_of_sigmoids(prior, codes):
    prior, codes = prior.sigmoid(), codes.sigmoid()
    return -prior.log().mean() - (1 - codes).log().mean(), -codes.log().mean()


def encoder_first(prior, codes):
    return yes(codes), yes(prior) + no(codes)


def one_of_the_two(prior, codes):
    return yes(prior) + no(codes)


def squared_errors(prior, codes):
    return (prior - 1).square().mean() + codes.square().mean(), (codes - 1).square().mean()


def by_cross_entropy(prior, codes):
    bce = F.binary_cross_entropy_with_logits
    return bce(prior, torch.ones_like(prior)) + bce(codes, torch.zeros_like(codes)), bce(codes, torch.ones_like(codes))


def by_logsigmoid(prior, codes):
    return [-(F.logsigmoid(prior).mean() + F.logsigmoid(-codes).mean()), -F.logsigmoid(codes).mean()]


def by_bernoulli(prior, codes):
    of_codes = Bernoulli(logits=codes)
    said_no = of_codes.log_prob(torch.zeros_like(codes)).mean()
    said_yes = Bernoulli(logits=prior).log_prob(torch.ones_like(prior)).mean()
    return -(said_yes + said_no), -of_codes.log_prob(torch.ones_like(codes)).mean()


# ---- further answers --------------------------------------------------------------------------------------------------

def logarithm_of_the_width(mu, log_var):
    return mu + torch.exp(log_var) * torch.randn_like(mu) * 0 + torch.exp(2 * log_var) * torch.randn_like(mu)


def minus_in_the_exponent(mu, log_var):
    return mu + torch.exp(-log_var / 2) * torch.randn_like(mu)


def quarter_of_the_logarithm(mu, log_var):
    return mu + torch.exp(log_var / 4) * torch.randn_like(mu)


def softplus_width(mu, log_var):
    return mu + F.softplus(log_var) * torch.randn_like(mu)


def mu_scaled_too(mu, log_var):
    return (mu + torch.randn_like(mu)) * width(log_var)


def mu_times_noise(mu, log_var):
    return mu * torch.randn_like(mu) + width(log_var)


def noise_squared(mu, log_var):
    return mu + width(log_var) * torch.randn_like(mu).square()


def noise_positive(mu, log_var):
    return mu + width(log_var) * torch.randn_like(mu).abs()


def laplacian(mu, log_var):
    return mu + width(log_var) * torch.distributions.Laplace(0.0, 0.5**0.5).sample(mu.shape).to(mu.dtype)


def clamped_noise(mu, log_var):
    return mu + width(log_var) * torch.randn_like(mu).clamp(-1, 1)


def dropout_on_top(mu, log_var):
    return F.dropout(mu + width(log_var) * torch.randn_like(mu), 0.1)


def detached_mu(mu, log_var):
    return mu.detach() + width(log_var) * torch.randn_like(mu)


def seed_set_globally(mu, log_var):
    torch.manual_seed(42)
    return mu + width(log_var) * torch.randn_like(mu)


def variance_by_numpy(mu, log_var):
    import numpy as np

    epsilon = torch.from_numpy(np.random.randn(*mu.shape)).to(mu.dtype)
    return mu + log_var.exp() * epsilon


def log2_width(mu, log_var):
    return mu + 2 ** (log_var / 2) * torch.randn_like(mu)


def loop_of_loops(mu, log_var):
    return torch.stack([torch.stack([m + (v / 2).exp() * torch.randn((), dtype=m.dtype) for m, v in zip(a, b)])
                        for a, b in zip(mu, log_var)])


def noise_by_numpy(mu, log_var):
    import numpy as np

    return mu + (0.5 * log_var).exp() * torch.from_numpy(np.random.standard_normal(tuple(mu.shape))).to(mu.dtype)


def by_fused_ops(mu, log_var):
    return torch.addcmul(mu, torch.exp(0.5 * log_var), torch.randn_like(mu))


def by_standard_normal(mu, log_var):
    return mu + Normal(0.0, 1.0).sample(mu.shape).to(mu.dtype) * torch.pow(log_var.exp(), 0.5)


def summed_over_the_batch(mu, log_var):
    return -0.5 * terms(mu, log_var).sum(dim=0).mean()


def reverse(mu, log_var):
    cloud, prior = Normal(mu, width(log_var)), Normal(torch.zeros_like(mu), torch.ones_like(mu))
    return kl_divergence(prior, cloud).sum(dim=1).mean()


def one_outside(mu, log_var):
    return -0.5 * (1 + (log_var - mu**2 - log_var.exp()).sum(dim=1)).mean()


def plus_mu(mu, log_var):
    return -0.5 * (1 + log_var + mu**2 - log_var.exp()).sum(dim=1).mean()


def plus_variance(mu, log_var):
    return -0.5 * (1 + log_var - mu**2 + log_var.exp()).sum(dim=1).mean()


def half_of_the_first_only(mu, log_var):
    return (-0.5 * (1 + log_var) + mu**2 + log_var.exp()).sum(dim=1).mean()


def exp_of_half(mu, log_var):
    return 0.5 * (mu**2 + (log_var / 2).exp() - 1 - log_var).sum(1).mean()


def mu_squared_after_the_sum(mu, log_var):
    return -0.5 * ((1 + log_var - log_var.exp()).sum(dim=1) - mu.sum(dim=1) ** 2).mean()


def divided_by_everything(mu, log_var):
    return -0.5 * terms(mu, log_var).sum() / mu.numel()


def one_half_each(mu, log_var):
    return -0.5 * terms(mu, log_var).mean(dim=1).sum()


def absolute_value(mu, log_var):
    return (-0.5 * terms(mu, log_var)).clamp_min(0.5).sum(dim=1).mean()


def standard_deviation_squared_twice(mu, log_var):
    return -0.5 * (1 + torch.log(log_var.exp() ** 2) - mu**2 - log_var.exp() ** 2).sum(dim=1).mean()


def mu_cut_off(mu, log_var):
    return -0.5 * terms(mu.detach(), log_var).sum(dim=1).mean()


def log_of_log(mu, log_var):
    return -0.5 * (1 + log_var.log() - mu**2 - log_var).sum(dim=1).mean()


def kl_of_the_images_left(mu, log_var):
    return -0.5 * terms(mu, log_var).mean(dim=0)


def one_number_each(mu, log_var):
    return -0.5 * terms(mu, log_var)


def kl_by_numpy_free_sums(mu, log_var):
    return (mu.pow(2).sum() + log_var.exp().sum() - log_var.sum() - mu.numel()) / (2 * len(mu))


def kl_by_expm1(mu, log_var):
    return 0.5 * (mu * mu + torch.expm1(log_var) - log_var).sum(-1).mean(0)


def kl_in_double(mu, log_var):
    m, v = mu.double(), log_var.double()
    return (-0.5 * (1 + v - m**2 - v.exp()).sum(1).mean()).to(mu.dtype)


def kl_by_einsum(mu, log_var):
    squares = torch.einsum("nj,nj->n", mu, mu)
    return 0.5 * (squares + (log_var.exp() - log_var - 1).sum(dim=1)).mean()


def naive_bce(prior, codes):
    prior, codes = prior.sigmoid(), codes.sigmoid()
    bce = F.binary_cross_entropy
    return bce(prior, torch.ones_like(prior)) + bce(codes, torch.zeros_like(codes)), bce(codes, torch.ones_like(codes))


def logarithms_with_a_floor(prior, codes):
    prior, codes = prior.sigmoid(), codes.sigmoid()
    e = 1e-8
    return -(prior + e).log().mean() - (1 - codes + e).log().mean(), -(codes + e).log().mean()


def wasserstein(prior, codes):
    return codes.mean() - prior.mean(), -codes.mean()


def hinge(prior, codes):
    return F.relu(1 - prior).mean() + F.relu(1 + codes).mean(), -codes.mean()


def difference(prior, codes):
    return yes(prior) - no(codes), yes(codes)


def yes_to_both(prior, codes):
    return yes(prior) + yes(codes), yes(codes)


def encoder_halved(prior, codes):
    return yes(prior) + no(codes), yes(codes) / 2


def encoder_sees_the_prior_only(prior, codes):
    return yes(prior) + no(codes), yes(prior)


def codes_cut_off(prior, codes):
    return yes(prior) + no(codes.detach()), yes(codes)


def encoder_cut_off(prior, codes):
    return yes(prior) + no(codes), yes(codes.detach())


def one_for_each(prior, codes):
    return F.softplus(-prior) + F.softplus(codes[:len(prior)]).mean(), F.softplus(-codes)


def no_logarithm(prior, codes):
    return (1 - prior.sigmoid()).mean() + codes.sigmoid().mean(), (1 - codes.sigmoid()).mean()


def accuracy(prior, codes):
    return (prior > 0).float().mean() + (codes < 0).float().mean(), (codes > 0).float().mean()


def signs_turned(prior, codes):
    return -(yes(prior) + no(codes)), -yes(codes)


def in_bits(prior, codes):
    ln2 = 0.6931471805599453
    return (yes(prior) + no(codes)) / ln2, yes(codes) / ln2


def labels_smoothed(prior, codes):
    bce = F.binary_cross_entropy_with_logits
    return bce(prior, torch.full_like(prior, 0.9)) + no(codes), yes(codes)


def by_logaddexp(prior, codes):
    zero = torch.zeros((), dtype=prior.dtype)
    return (torch.logaddexp(zero, -prior).mean() + torch.logaddexp(zero, codes).mean(),
            torch.logaddexp(zero, -codes).mean())


def by_cross_entropy_of_two(prior, codes):
    def two(logits, label):
        table = torch.stack([torch.zeros_like(logits), logits], dim=1)
        return F.cross_entropy(table, torch.full((len(logits),), label))

    return two(prior, 1) + two(codes, 0), two(codes, 1)


def by_soft_margin(prior, codes):
    margin = F.soft_margin_loss
    return (margin(prior, torch.ones_like(prior)) + margin(codes, -torch.ones_like(codes)),
            margin(codes, torch.ones_like(codes)))


def half_of_the_noise(mu, log_var):
    return mu + width(log_var) * torch.randn_like(mu) / 2


def two_draws_added(mu, log_var):
    return mu + width(log_var) * (torch.randn_like(mu) + torch.randn_like(mu))


def logarithm_cut_off(mu, log_var):
    return -0.5 * (1 + log_var.detach() - mu**2 - log_var.exp()).sum(dim=1).mean()


def median_of_the_images(mu, log_var):
    return -0.5 * terms(mu, log_var).sum(dim=1).median()


def one_minus_the_logarithm(prior, codes):
    return yes(prior) - (1 - F.logsigmoid(codes)).mean(), yes(codes)


# ---- adversarial_game -------------------------------------------------------------------------------------------------

def held(D, parts, root=False, **graph):
    """Logits at points that are cut off, and the mean squared slope at each kind of point (the mean length for `root`)."""
    points = [part.detach().requires_grad_() for part in parts]
    logits = [D(part) for part in points]
    slopes = torch.autograd.grad([part.sum() for part in logits], points, **graph or {"create_graph": True})
    return logits, [slope.norm(dim=1).mean() if root else slope.square().sum(dim=1).mean() for slope in slopes]


def frozen(D):
    return copy.deepcopy(D).requires_grad_(False)


def game(of_D, of_encoder):
    """An answer out of its two lines: of_D(D, z, prior, penalty), of_encoder(D, z, prior, penalty)."""
    def played(discriminator, z, prior, penalty=1.0):
        return of_D(discriminator, z, prior, penalty), of_encoder(discriminator, z, prior, penalty)

    return played


def discriminator_s(D, z, prior, penalty):
    logits, steep = held(D, (prior, z))
    return yes(logits[0]) + no(logits[1]) + penalty / 2 * sum(steep)


def encoder_s(D, z, prior, penalty):
    return yes(frozen(D)(z))


def named(name, of_D=discriminator_s, of_encoder=encoder_s):
    answer = game(of_D, of_encoder)
    answer.__name__ = name
    return answer


def with_steep(change, **how):
    """The discriminator's loss with another penalty: change(steep of the prior, steep of the codes, γ)."""
    def loss(D, z, prior, penalty):
        logits, steep = held(D, (prior, z), **how)
        return yes(logits[0]) + no(logits[1]) + change(*steep, penalty)

    return loss


def all_in_one_graph(D, z, prior, penalty):
    of_prior, of_codes = D(prior), D(z)
    _, steep = held(D, (prior, z))
    return yes(of_prior) + no(of_codes) + penalty / 2 * sum(steep)


def slopes_of_the_probability(D, z, prior, penalty):
    points = [part.detach().requires_grad_() for part in (prior, z)]
    logits = [D(part) for part in points]
    slopes = torch.autograd.grad([part.sigmoid().sum() for part in logits], points, create_graph=True)
    return yes(logits[0]) + no(logits[1]) + penalty / 2 * sum(slope.square().sum(dim=1).mean() for slope in slopes)


def by_switching_the_weights_off(discriminator, z, prior, penalty=1.0):
    for_discriminator = discriminator_s(discriminator, z, prior, penalty)
    discriminator.requires_grad_(False)
    for_encoder = yes(discriminator(z))
    discriminator.requires_grad_(True)
    return for_discriminator, for_encoder


def by_one_batch_of_both(discriminator, z, prior, penalty=1.0):
    points = torch.cat([prior, z]).detach().requires_grad_()
    logits = discriminator(points)
    (slope,) = torch.autograd.grad(logits.sum(), points, create_graph=True)
    square, n = slope.square().sum(dim=1), len(prior)
    for_discriminator = yes(logits[:n]) + no(logits[n:]) + penalty / 2 * (square[:n].mean() + square[n:].mean())
    still = {name: weight.detach() for name, weight in discriminator.named_parameters()}
    return for_discriminator, yes(torch.func.functional_call(discriminator, still, (z,)))


def by_vmap(discriminator, z, prior, penalty=1.0):
    slope = torch.func.vmap(torch.func.grad(lambda point: discriminator(point)[0]))
    steep = sum((slope(part.detach()) ** 2).sum(1).mean() for part in (prior, z))
    loss = yes(discriminator(prior.detach())) + no(discriminator(z.detach())) + penalty / 2 * steep
    return loss, yes(frozen(discriminator)(z))


WRONG = {
    "reparametrize": [
        (a_draw_for_each_image_only, "another_shape"), (a_stack_of_draws, "another_shape"),
        (one_for_the_batch, "one_draw_for_several"), (one_for_all_numbers, "one_draw_for_several"),
        (one_for_everything, "one_draw_for_several"), (mean_and_width, "the_same_each_time"),
        (mean_only, "the_same_each_time"), (a_seed_inside, "the_same_each_time"),
        (times_the_variance, "variance_for_width"), (times_the_logarithm, "logarithm_for_width"),
        (times_half_the_logarithm, "logarithm_for_width"), (times_half_the_variance, "half_outside"),
        (plain_noise, "not_scaled"), (even_noise, "evenly_drawn"), (by_torch_normal, "no_way_for_the_gradient"),
        (by_sample, "no_way_for_the_gradient"), (detached_width, "no_way_for_the_gradient"),
        (without_grad, "no_way_for_the_gradient"), (no_mean, "another_middle"),
        (tosses_of_a_coin, "another_distribution"), (evenly_but_as_wide, "another_distribution"),
        (pairs_share_a_draw, "draws_go_together"), (root_of_the_logarithm, "logarithm_for_width"),
        (single_precision, "dtype"), (with_the_noise, "count"),
        (logarithm_of_the_width, "another_width"), (minus_in_the_exponent, "another_width"),
        (quarter_of_the_logarithm, "another_width"), (softplus_width, "another_width"),
        (mu_scaled_too, "another_middle"), (mu_times_noise, "another_middle"), (noise_squared, "another_middle"),
        (noise_positive, "another_middle"), (laplacian, "another_distribution"), (clamped_noise, "another_width"),
        (dropout_on_top, "another_width"), (detached_mu, "no_way_for_the_gradient"),
        (seed_set_globally, "the_same_each_time"), (variance_by_numpy, "variance_for_width"),
        (log2_width, "another_width"),
        (half_of_the_noise, "another_width"), (two_draws_added, "another_width"),
    ],
    "gaussian_kl": [
        (plus_a_half, "sign"), (no_half, "half_missing"), (mean_of_everything, "mean_over_the_numbers"),
        (sum_of_everything, "sum_over_the_images"), (one_an_image, "one_for_each_image"),
        (variance_without_exp, "logarithm_for_variance"), (variance_by_squaring, "logarithm_for_variance"),
        (width_for_variance, "width_for_variance"),
        (taken_for_the_logarithm_of_sigma, "taken_for_log_sigma"), (twice_the_logarithm, "another_logarithm"),
        (minus_the_logarithm, "another_logarithm"), (no_one, "one_missing"), (no_square, "mu_not_squared"),
        (as_a_number, "type"), (no_mu, "different"),
        (summed_over_the_batch, "axes_swapped"), (reverse, "prior_first"), (one_outside, "one_outside_of_the_sum"),
        (plus_mu, "sign_of_one_term"), (plus_variance, "sign_of_one_term"), (half_of_the_first_only, "different"),
        (exp_of_half, "width_for_variance"), (mu_squared_after_the_sum, "summed_before_squaring"),
        (divided_by_everything, "mean_over_the_numbers"), (one_half_each, "axes_swapped"),
        (absolute_value, "different"), (standard_deviation_squared_twice, "taken_for_log_sigma"),
        (mu_cut_off, "half_detached"), (log_of_log, "nan"), (kl_of_the_images_left, "not_summed"),
        (one_number_each, "nothing_summed"),
        (logarithm_cut_off, "gradient_differs"), (median_of_the_images, "different"),
    ],
    "adversary_losses": [
        (targets_swapped, "swapped"), (yes_only, "one_half_only"), (no_only, "one_half_only"),
        (mean_of_both, "halves_averaged"), (one_batch_of_both, "halves_averaged"), (sums, "summed"),
        (encoder_says_no, "encoder_helps"), (minus_the_other, "saturating"), (saturating_generator, "saturating"),
        (encoder_with_the_prior, "prior_in_the_encoder_s_loss"),
        (encoder_against_the_prior, "prior_in_the_encoder_s_loss"), (sigmoid_before_the_logits, "sigmoid_twice"),
        (logarithms_of_sigmoids, "logarithm_of_zero"), (encoder_first, "order"), (one_of_the_two, "count"),
        (squared_errors, "another_game"),
        (naive_bce, "capped"), (logarithms_with_a_floor, "capped"), (wasserstein, "another_game"),
        (hinge, "another_game"), (difference, "one_subtracted"), (yes_to_both, "yes_to_both"),
        (encoder_halved, "halved"), (encoder_sees_the_prior_only, "prior_in_the_encoder_s_loss"),
        (codes_cut_off, "half_detached"), (encoder_cut_off, "detached"), (one_for_each, "not_averaged"),
        (no_logarithm, "logarithm_missing"), (accuracy, "different"), (signs_turned, "negated"), (in_bits, "bits"),
        (labels_smoothed, "different"), (one_minus_the_logarithm, "different"), (by_soft_margin, "logarithm_of_zero"),
    ],
}

def by_normal_of_half_the_variance(mu, log_var):
    return kl_divergence(Normal(mu, log_var.exp() / 2), Normal(0.0, 1.0)).sum(dim=1).mean()


def half_the_variance(mu, log_var):
    return -0.5 * (1 + log_var - mu**2 - log_var.exp() / 2).sum(dim=1).mean()


def by_normal_of_the_logarithm(mu, log_var):
    return kl_divergence(Normal(mu, log_var), Normal(0.0, 1.0)).sum(dim=1).mean()


def entry_by_entry(prior, codes):
    return (F.softplus(-prior) + F.softplus(codes)).mean(), yes(codes)


def halved_in_place(mu, log_var):
    with torch.no_grad():
        log_var.mul_(0.5)
    return mu + log_var.exp() * torch.randn_like(mu)


def slopes_of_the_mean_logit(D, z, prior, penalty):
    points = [part.detach().requires_grad_() for part in (prior, z)]
    logits = [D(part) for part in points]
    slopes = torch.autograd.grad([part.mean() for part in logits], points, create_graph=True)
    return yes(logits[0]) + no(logits[1]) + penalty / 2 * sum(slope.square().sum(dim=1).mean() for slope in slopes)


def slopes_of_length_one(D, z, prior, penalty):
    points = [part.detach().requires_grad_() for part in (prior, z)]
    logits = [D(part) for part in points]
    slopes = torch.autograd.grad([part.sum() for part in logits], points, create_graph=True)
    gaps = [(slope.norm(dim=1) - 1).square().mean() for slope in slopes]
    return yes(logits[0]) + no(logits[1]) + penalty / 2 * sum(gaps)


def never_switched_on_again(discriminator, z, prior, penalty=1.0):
    learns = discriminator_s(discriminator, z, prior, penalty)
    return learns, yes(discriminator.requires_grad_(False)(z))


WRONG["reparametrize"].append((halved_in_place, "changes"))
WRONG["gaussian_kl"] += [(by_normal_of_half_the_variance, "half_outside"), (half_the_variance, "half_outside"),
                         (by_normal_of_the_logarithm, "error")]
WRONG["adversary_losses"].append((entry_by_entry, "added_entry_by_entry"))
WRONG["hunt_kl"] = WRONG["gaussian_kl"]
WRONG["adversarial_game"] = [
    (named("no_penalty", with_steep(lambda prior, codes, penalty: 0)), "penalty_left_out"),
    (named("penalty_negative", with_steep(lambda prior, codes, penalty: -penalty / 2 * (prior + codes))),
     "penalty_subtracted"),
    (named("slope_at_the_prior", with_steep(lambda prior, codes, penalty: penalty / 2 * prior)), "one_kind_of_point"),
    (named("slope_at_the_codes", with_steep(lambda prior, codes, penalty: penalty / 2 * codes)), "one_kind_of_point"),
    (named("no_half", with_steep(lambda prior, codes, penalty: penalty * (prior + codes))), "another_factor"),
    (named("no_gamma", with_steep(lambda prior, codes, penalty: 0 * penalty + (prior + codes) / 2)), "another_factor"),
    (named("kinds_averaged", with_steep(lambda prior, codes, penalty: penalty / 4 * (prior + codes))), "another_factor"),
    (named("mean_of_all_squares", lambda D, z, prior, penalty: with_steep(
        lambda of_prior, codes, gamma: gamma / 2 / z.shape[1] * (of_prior + codes))(D, z, prior, penalty)),
     "averaged_over_the_numbers"),
    (named("sums_of_squares", lambda D, z, prior, penalty: with_steep(
        lambda of_prior, codes, gamma: gamma / 2 * (len(prior) * of_prior + len(z) * codes))(D, z, prior, penalty)),
     "summed_over_the_points"),
    (named("lengths", with_steep(lambda prior, codes, penalty: penalty / 2 * (prior + codes), root=True)),
     "length_for_its_square"),
    (named("after_the_sigmoid", slopes_of_the_probability), "slope_of_the_probability"),
    (named("penalty_twice", of_encoder=lambda D, z, prior, penalty: encoder_s(D, z, prior, penalty) + penalty / 2 * sum(
        held(D, (prior, z))[1])), "penalty_for_the_encoder"),
    (named("a_helpful_encoder", of_encoder=lambda D, z, prior, penalty: no(frozen(D)(z))), "encoder_helps"),
    (named("kinds_the_wrong_way_round", lambda D, z, prior, penalty: discriminator_s(D, prior, z, penalty)), "kinds_swapped"),
    (named("one_graph_for_all", all_in_one_graph), "codes_not_cut_off"),
    (named("slopes_without_a_graph", with_steep(
        lambda prior, codes, penalty: penalty / 2 * (prior + codes), create_graph=False)), "penalty_without_a_graph"),
    (named("slopes_with_the_values_graph_alone", with_steep(
        lambda prior, codes, penalty: penalty / 2 * (prior + codes), retain_graph=True)), "penalty_without_a_graph"),
    (named("weights_that_move", of_encoder=lambda D, z, prior, penalty: yes(D(z))), "leaks"),
    (named("codes_that_stand_still", of_encoder=lambda D, z, prior, penalty: yes(frozen(D)(z.detach()))), "detached"),
    (named("encoder_s_minus", of_encoder=lambda D, z, prior, penalty: -no(frozen(D)(z))), "saturating"),
    (named("slopes_of_the_mean_logit", slopes_of_the_mean_logit), "slope_of_the_mean"),
    (named("slopes_of_length_one", slopes_of_length_one), "held_at_one"), (never_switched_on_again, "left_standing"),
    (lambda discriminator, z, prior, penalty=1.0: tuple(reversed(game(discriminator_s, encoder_s)(
        discriminator, z, prior, penalty))), "order"),
]

RIGHT = {
    "reparametrize": [
        by_rsample, by_the_square_root, row_by_row, loop_of_loops, noise_by_numpy, by_fused_ops, by_standard_normal,
    ],
    "gaussian_kl": [
        by_torch_distributions, kl_by_loops, kl_by_numpy_free_sums, kl_by_expm1, kl_in_double, kl_by_einsum,
    ],
    "adversary_losses": [by_cross_entropy, by_logsigmoid, by_bernoulli, by_logaddexp, by_cross_entropy_of_two],
}
RIGHT["hunt_kl"] = RIGHT["gaussian_kl"]
RIGHT["adversarial_game"] = [
    by_switching_the_weights_off, by_one_batch_of_both, by_vmap, named("piece_by_piece"),
]
