"""Lab 08, rotation: all copies of an image, what cannot be decided, maps of one size, and what an answer hangs on."""

from . import hidden_squares, hunt_undecided, pool_to, rotate_all, undecided

EXERCISES = (rotate_all.EXERCISE, undecided.EXERCISE, pool_to.EXERCISE, hidden_squares.EXERCISE, hunt_undecided.EXERCISE)
