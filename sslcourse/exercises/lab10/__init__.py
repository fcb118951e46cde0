"""Lab 10, SimCLR: the table of similarities, NT-Xent on it, and how evenly a cloud of points is spread."""

from . import nt_xent, nt_xent_logits, uniformity

EXERCISES = (nt_xent_logits.EXERCISE, nt_xent.EXERCISE, uniformity.EXERCISE)
