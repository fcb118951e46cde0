"""Lab 15, DINO: Algorithm 1's cross-entropy, center and teacher, which views are compared, what attention covers; a bug."""

from . import attention_jaccard, dino_cross_entropy, hunt_dino_cross_entropy, move_teacher, multi_crop_loss, update_center

EXERCISES = (
    dino_cross_entropy.EXERCISE, update_center.EXERCISE, move_teacher.EXERCISE, multi_crop_loss.EXERCISE,
    hunt_dino_cross_entropy.EXERCISE, attention_jaccard.EXERCISE,
)
