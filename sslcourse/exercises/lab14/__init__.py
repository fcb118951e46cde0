"""Lab 14, masked autoencoders: which patches to hide, everything back in its place, and the loss on what was hidden."""

from . import fill_in, masked_mse, split_by_noise

EXERCISES = (split_by_noise.EXERCISE, fill_in.EXERCISE, masked_mse.EXERCISE)
