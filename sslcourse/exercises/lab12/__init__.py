"""Lab 12, without negatives: how to see a collapse, the stopped gradient, the cross-correlation, and MoCo's queue."""

from . import barlow_twins, enqueue, feature_deviation, hunt_barlow_twins, simsiam_loss

EXERCISES = (feature_deviation.EXERCISE, simsiam_loss.EXERCISE, barlow_twins.EXERCISE, hunt_barlow_twins.EXERCISE,
             enqueue.EXERCISE)
