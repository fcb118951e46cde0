"""Lab 06, colorization: a colour as a distribution over bins, the annealed mean back, and weights for rare colours."""

from . import annealed_mean, colorization_loss, encode_ab, hunt_encode_ab, rebalancing_weights

EXERCISES = (
    encode_ab.EXERCISE, hunt_encode_ab.EXERCISE, annealed_mean.EXERCISE, rebalancing_weights.EXERCISE,
    colorization_loss.EXERCISE,
)
