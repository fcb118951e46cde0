"""Lab 07, jigsaw puzzles: tiles, cut and normalized each by itself; permutations far apart; tiles in their order."""

from . import cut_tiles, farthest_permutation, hunt_normalize_tiles, normalize_tiles, shuffle_tiles

EXERCISES = (
    shuffle_tiles.EXERCISE, farthest_permutation.EXERCISE, cut_tiles.EXERCISE, normalize_tiles.EXERCISE,
    hunt_normalize_tiles.EXERCISE,
)
