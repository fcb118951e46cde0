"""Lab 03, a prior on the bottleneck: one draw that lets a gradient through, the KL term, and the adversary's game."""

from . import adversary_losses, gaussian_kl, reparametrize

EXERCISES = (reparametrize.EXERCISE, gaussian_kl.EXERCISE, adversary_losses.EXERCISE)
