"""Lab 09, the triplet loss: the hinge, the triplets worth learning from, the hardest ones, and the share of hits."""

from . import batch_hard, hunt_semihard_mask, recall_at_k, semihard_mask, triplet_loss

EXERCISES = (recall_at_k.EXERCISE, triplet_loss.EXERCISE, semihard_mask.EXERCISE, hunt_semihard_mask.EXERCISE,
             batch_hard.EXERCISE)
