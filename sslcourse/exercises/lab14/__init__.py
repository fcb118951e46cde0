"""Lab 14, masked autoencoders: what to hide, everything back in its place, the loss on what was hidden, and positions."""

from . import fill_in, hunt_masked_mse, masked_mse, sine_cosine_positions, split_by_noise

EXERCISES = (
    split_by_noise.EXERCISE, fill_in.EXERCISE, masked_mse.EXERCISE, sine_cosine_positions.EXERCISE,
    hunt_masked_mse.EXERCISE,
)
