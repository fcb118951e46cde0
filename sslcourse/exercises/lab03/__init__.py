"""Lab 03, a prior on the bottleneck: one draw that lets a gradient through, the KL term, and the adversary's game."""

from . import adversarial_game, adversary_losses, gaussian_kl, hunt, reparametrize

EXERCISES = (
    reparametrize.EXERCISE, gaussian_kl.EXERCISE, hunt.EXERCISE, adversary_losses.EXERCISE, adversarial_game.EXERCISE,
)
