"""Lab 15, DINO: the cross-entropy of Algorithm 1, the pairs of views that it compares, and the centre."""

from . import dino_cross_entropy, multi_crop_loss, update_center

EXERCISES = (dino_cross_entropy.EXERCISE, multi_crop_loss.EXERCISE, update_center.EXERCISE)
