"""Lab 05, transfer learning: how fast a curve rises, the first blocks of a trained network, the scale of its weights."""

from . import block_changes, hunt_transfer_blocks, mean_var_init, steps_to_reach, transfer_blocks

EXERCISES = (
    steps_to_reach.EXERCISE, transfer_blocks.EXERCISE, hunt_transfer_blocks.EXERCISE, mean_var_init.EXERCISE,
    block_changes.EXERCISE,
)
