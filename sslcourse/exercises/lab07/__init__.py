"""Lab 07, jigsaw puzzles: permutations far apart, tiles in their order, and each tile normalised by itself."""

from . import farthest_permutation, normalize_tiles, shuffle_tiles

EXERCISES = (farthest_permutation.EXERCISE, shuffle_tiles.EXERCISE, normalize_tiles.EXERCISE)
