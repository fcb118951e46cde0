"""Lab 20, scaling: operations counted, a schedule that ends with its budget, the valley's floor, and how it moves."""

from . import hunt_moments_of_shares, isoflop_optimum, scaling_exponents, training_flops, warmup_cosine

EXERCISES = (training_flops.EXERCISE, warmup_cosine.EXERCISE, isoflop_optimum.EXERCISE, scaling_exponents.EXERCISE,
             hunt_moments_of_shares.EXERCISE)
