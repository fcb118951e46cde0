"""Lab 15, DINO: Algorithm 1's cross-entropy, which views are compared, how the center follows, and a bug to hunt."""

from . import dino_cross_entropy, hunt_dino_cross_entropy, multi_crop_loss, update_center

EXERCISES = (
    dino_cross_entropy.EXERCISE, multi_crop_loss.EXERCISE, update_center.EXERCISE, hunt_dino_cross_entropy.EXERCISE,
)
