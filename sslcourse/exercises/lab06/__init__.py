"""Lab 06, colorization: a colour as a distribution over bins, the annealed mean back, and weights for rare colours."""

from . import annealed_mean, encode_ab, rebalancing_weights

EXERCISES = (encode_ab.EXERCISE, annealed_mean.EXERCISE, rebalancing_weights.EXERCISE)
