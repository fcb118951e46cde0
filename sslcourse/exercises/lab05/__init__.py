"""Lab 05, transfer learning: the first blocks of a trained network, the scale of its weights, and how fast a curve rises."""

from . import mean_var_init, steps_to_reach, transfer_blocks

EXERCISES = (steps_to_reach.EXERCISE, transfer_blocks.EXERCISE, mean_var_init.EXERCISE)
