"""Lab 08, rotation: all copies of an image, which images cannot be decided, and maps pooled to one size."""

from . import pool_to, rotate_all, undecided

EXERCISES = (rotate_all.EXERCISE, undecided.EXERCISE, pool_to.EXERCISE)
