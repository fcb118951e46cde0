"""Lab 09, the triplet loss: the hinge, the triplets worth learning from, and how often a drawing finds its own."""

from . import recall_at_k, semihard_mask, triplet_loss

EXERCISES = (triplet_loss.EXERCISE, semihard_mask.EXERCISE, recall_at_k.EXERCISE)
