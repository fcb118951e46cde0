"""Lab 10, SimCLR: the table of similarities, NT-Xent on it, how evenly a cloud is spread, and partners chosen by labels."""

from . import hunt_nt_xent, nt_xent, nt_xent_logits, supervised_contrastive, uniformity

EXERCISES = (nt_xent_logits.EXERCISE, nt_xent.EXERCISE, hunt_nt_xent.EXERCISE, uniformity.EXERCISE,
             supervised_contrastive.EXERCISE)
