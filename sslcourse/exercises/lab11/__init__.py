"""Lab 11, SimCLR v2: the middle of a deeper head, a teacher's soft labels, and FixMatch's sure ones."""

from . import distillation, fixmatch_loss, hunt_fixmatch_loss, labelled_distillation, middle_of_head

EXERCISES = (
    middle_of_head.EXERCISE, distillation.EXERCISE, labelled_distillation.EXERCISE, fixmatch_loss.EXERCISE,
    hunt_fixmatch_loss.EXERCISE,
)
