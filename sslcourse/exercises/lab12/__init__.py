"""Lab 12, without negatives: a collapse seen, a stopped gradient, a teacher, cross-correlation, VICReg, a queue."""

from . import barlow_twins, enqueue, feature_deviation, follow, hunt_barlow_twins, simsiam_loss, vicreg

EXERCISES = (feature_deviation.EXERCISE, simsiam_loss.EXERCISE, follow.EXERCISE, barlow_twins.EXERCISE,
             hunt_barlow_twins.EXERCISE, vicreg.EXERCISE, enqueue.EXERCISE)
