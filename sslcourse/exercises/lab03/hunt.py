"""The lab's bug hunt: a KL term by torch's own distributions, which is 0 at the prior, never negative, and wrong."""

from __future__ import annotations

from torch.distributions import Normal, kl_divergence

from ..engine import hunt
from . import gaussian_kl


def hunt_kl(mu, log_var):
    cloud = Normal(mu, log_var.exp())
    prior = Normal(0.0, 1.0)
    return kl_divergence(cloud, prior).sum(dim=1).mean()


EXERCISE = hunt(
    gaussian_kl.EXERCISE, hunt_kl, title="Clouds that pay too much, narrow or wide",
    hints=("Sum and mean are right, and torch's formula is right. So what goes into it?",
           "A bell curve may be described by its variance or by its width, the root of it. Which of the two does "
           "`Normal(mean, …)` take? Its documentation calls it `scale`.",
           "`Normal` wants σ, and `log_var.exp()` is σ². Halve the logarithm first: `(log_var / 2).exp()`."),
)
