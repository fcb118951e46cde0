"""Exercise `gaussian_kl`: what it costs to differ from the prior, in closed form."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import losses
from ..compare import close
from ..engine import Exercise, catches


def cases() -> dict[str, tuple]:
    generator = torch.Generator().manual_seed(0)

    def some(n: int, j: int, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
        mu = torch.randn(n, j, generator=generator, dtype=torch.float64) + 0.6
        log_var = torch.randn(n, j, generator=generator, dtype=torch.float64) - 0.8
        return mu.to(dtype), log_var.to(dtype)

    return {
        "a few images": some(5, 3),
        "more numbers than images": some(3, 8),
        "double precision": some(7, 2, torch.float64),
        "a single image": some(1, 4),
        "a single latent number": some(6, 1),
    }


def _with(mu: Tensor, log_var: Tensor, variance: Tensor, log: Tensor, one: float = 1.0) -> Tensor:
    return -0.5 * (one + log - mu**2 - variance).sum(dim=1).mean()


@catches("The sign is turned. A KL divergence is never negative, and 0 only where the cloud is the prior itself.")
def sign(got, mu, log_var):
    return close(got, -losses.gaussian_kl(mu, log_var))


@catches("Twice what it should be: the ½ is missing.")
def half_missing(got, mu, log_var):
    return close(got, 2 * losses.gaussian_kl(mu, log_var))


@catches("The J numbers of an image are averaged. Their divergences add up: *sum* over `dim=1`, and only then take the "
         "mean over the images.")
def mean_over_the_numbers(got, mu, log_var):
    return close(got, losses.gaussian_kl(mu, log_var) / mu.shape[1])


@catches("The images are summed. Sum over the J numbers of each image, `dim=1`, then take the mean over the images.")
def sum_over_the_images(got, mu, log_var):
    return close(got, losses.gaussian_kl(mu, log_var) * len(mu))


@catches("One number per image is a good way to have it, but the loss wants their mean over the batch: one number in all.")
def one_for_each_image(got, mu, log_var):
    return got.shape == (len(mu),) and close(got.mean(), losses.gaussian_kl(mu, log_var))


@catches("The sum runs over the images, and the mean over the latent numbers. The other way round: sum over `dim=1`, then "
         "the mean over the images.")
def axes_swapped(got, mu, log_var):
    return close(got, losses.gaussian_kl(mu, log_var) * len(mu) / mu.shape[1])


@catches("Nothing is added up yet. Sum over the J numbers of each image, `dim=1`, then take the mean over the images.")
def nothing_summed(got, mu, log_var):
    return got.shape == mu.shape and close(got.sum(dim=1).mean(), losses.gaussian_kl(mu, log_var))


@catches("That is the divergence of the prior from the cloud. Here it is the other way round, KL(cloud ‖ prior): the "
         "variance stands on top, and nothing is divided by it.")
def prior_first(got, mu, log_var):
    return close(got, 0.5 * (log_var + (1 + mu**2) / log_var.exp() - 1).sum(dim=1).mean())


@catches("The 1 belongs to each of the J numbers, inside of the sum. Outside it is added once per image.")
def one_outside_of_the_sum(got, mu, log_var):
    terms = (log_var - mu**2 - log_var.exp()).sum(dim=1)
    return any(close(got, value) for value in (-0.5 * (1 + terms).mean(), 1 - 0.5 * terms.mean(), -1 - 0.5 * terms.mean()))


@catches("One of the signs is turned. Inside the brackets, 1 and log σ² are added, μ² and σ² subtracted.")
def sign_of_one_term(got, mu, log_var):
    m, s = mu**2, log_var.exp()
    wrong = (1 + log_var + m - s, 1 + log_var - m + s, 1 + log_var + m + s, log_var - 1 - m - s)
    return any(close(got, sign * terms.sum(dim=1).mean() / 2) for terms in wrong for sign in (-1, 1))


@catches("μ is summed before it is squared. Each latent number has a divergence of its own: square first, then sum.")
def summed_before_squaring(got, mu, log_var):
    return close(got, -0.5 * ((1 + log_var - log_var.exp()).sum(dim=1) - mu.sum(dim=1) ** 2).mean())


@catches("Where σ² should stand there is σ: exp(½ log σ²). The variance is `log_var.exp()`, without the half.")
def width_for_variance(got, mu, log_var):
    return any(close(got, _with(mu, log_var, (log_var / 2).exp(), log)) for log in (log_var, log_var / 2))


@catches("The ½ stands outside of the `exp`: half of σ² is not σ. Halve the logarithm for σ, `(log_var / 2).exp()`; and "
         "where σ² is wanted, halve nothing.")
def half_outside(got, mu, log_var):
    half = log_var.exp() / 2
    return any(close(got, _with(mu, log_var, *way)) for way in ((half, log_var), (half.square(), 2 * half.log())))


@catches("`log_var` is doubled, as if it were log σ. It is log σ² already, and its `exp` is σ².")
def taken_for_log_sigma(got, mu, log_var):
    return any(close(got, _with(mu, log_var, (2 * log_var).exp(), log)) for log in (log_var, 2 * log_var))


@catches("`log_var` is taken for the variance itself. It is log σ²: use it as it is where log σ² stands, and "
         "`log_var.exp()` where σ² stands.")
def logarithm_for_variance(got, mu, log_var):
    wrong = (log_var, log_var**2)
    return any(close(got, _with(mu, log_var, variance, log)) for variance in wrong for log in (log_var, 2 * log_var))


@catches("The logarithm is not log σ² yet. `log_var` is it already: no further `log`, no `exp`, no factor 2, and its sign "
         "is opposite to that of σ².")
def another_logarithm(got, mu, log_var):
    wrong = (2 * log_var, log_var / 2, log_var.exp(), -log_var, torch.zeros_like(log_var))
    return any(close(got, _with(mu, log_var, log_var.exp(), log)) for log in wrong)


@catches("The 1 is missing. Without it, a cloud that equals the prior would not come out at 0.")
def one_missing(got, mu, log_var):
    return close(got, _with(mu, log_var, log_var.exp(), log_var, one=0.0))


@catches("The mean goes in squared, μ²: a cloud to the left of 0 is as far off as one to the right.")
def mu_not_squared(got, mu, log_var):
    return any(close(got, -0.5 * (1 + log_var - m - log_var.exp()).sum(dim=1).mean()) for m in (mu, mu.abs()))


EXERCISE = Exercise(
    "gaussian_kl", "03_generative_autoencoders", "What it costs to differ from the prior", minutes=10, difficulty=2,
    importance=5, reference=losses.gaussian_kl, returns=("kl",), cases=cases,
    trains_on=("mu", "log_var"),
    used_in="in the training of the autoencoders below",
    mistakes=(sign, half_missing, one_for_each_image, nothing_summed, mean_over_the_numbers, sum_over_the_images,
              axes_swapped, logarithm_for_variance, width_for_variance, half_outside, taken_for_log_sigma, another_logarithm,
              one_missing, one_outside_of_the_sum, sign_of_one_term, mu_not_squared, summed_before_squaring, prior_first),
    hints=("The formula gives one number for each latent number of each image. Which of them are added up, and over which "
           "is the mean taken?",
           "Write 1 + log σ² − μ² − σ² for each entry, sum it over the J latent numbers (`dim=1`), multiply by −½, and "
           "take the mean over the images.",
           "`terms = 1 + log_var - mu.square() - log_var.exp()`, and `return -0.5 * terms.sum(dim=1).mean()`."),
)
