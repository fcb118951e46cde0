"""Lab 03: typical wrong answers, each beside the mistake whose hint it must raise; and other ways of being right."""

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
        (without_grad, "no_way_for_the_gradient"), (no_mean, "not_a_bell_curve"),
        (tosses_of_a_coin, "another_distribution"), (evenly_but_as_wide, "another_distribution"),
        (pairs_share_a_draw, "not_a_bell_curve"), (root_of_the_logarithm, "nan"),
        (single_precision, "dtype"), (with_the_noise, "count"),
    ],
    "gaussian_kl": [
        (plus_a_half, "sign"), (no_half, "half_missing"), (mean_of_everything, "mean_over_the_numbers"),
        (sum_of_everything, "sum_over_the_images"), (one_an_image, "one_for_each_image"),
        (variance_without_exp, "logarithm_for_variance"), (variance_by_squaring, "logarithm_for_variance"),
        (width_for_variance, "logarithm_for_variance"),
        (taken_for_the_logarithm_of_sigma, "logarithm_for_variance"), (twice_the_logarithm, "another_logarithm"),
        (minus_the_logarithm, "another_logarithm"), (no_one, "one_missing"), (no_square, "mu_not_squared"),
        (as_a_number, "type"), (no_mu, "different"),
    ],
    "adversary_losses": [
        (targets_swapped, "swapped"), (yes_only, "one_half_only"), (no_only, "one_half_only"),
        (mean_of_both, "halved"), (one_batch_of_both, "halved"), (sums, "summed"),
        (encoder_says_no, "encoder_helps"), (minus_the_other, "saturating"), (saturating_generator, "saturating"),
        (encoder_with_the_prior, "prior_in_the_encoder_s_loss"),
        (encoder_against_the_prior, "prior_in_the_encoder_s_loss"), (sigmoid_before_the_logits, "sigmoid_twice"),
        (logarithms_of_sigmoids, "logarithm_of_zero"), (encoder_first, "order"), (one_of_the_two, "count"),
        (squared_errors, "different"),
    ],
}

RIGHT = {
    "reparametrize": [by_rsample, by_the_square_root, row_by_row],
    "gaussian_kl": [by_torch_distributions, kl_by_loops],
    "adversary_losses": [by_cross_entropy, by_logsigmoid, by_bernoulli],
}
